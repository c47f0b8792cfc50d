-- The twin of postgres/0002_nodes.sql, which holds what several supervisors share. One supervisor owns a SQLite file, by a
-- lock on it, so there is nothing to add here.
SELECT 1;
