-- What several supervisors on one database share; the twin of sqlite/0002_nodes.sql. Times are milliseconds since the Unix
-- epoch by the database's own clock, which alone decides about leases.

-- Who owns a partition of the workflows, and until when. How many rows there are is decided when the first node begins, and
-- never again: a workflow stays in the partition that its id says. The epochs lie in `fence`, so that a renewal and a
-- commit do not wait for each other.
CREATE TABLE lease (
  partition     integer PRIMARY KEY,
  owner         text,               -- null: nobody
  lease_until   bigint NOT NULL,    -- after that another node may take it
  outside_until bigint NOT NULL     -- after that no call of this owner, or the one before, can still be under way
) WITH (fillfactor = 50);

-- The nodes.
CREATE TABLE node (
  name    text COLLATE "C" PRIMARY KEY,
  seen_at bigint NOT NULL,
  about   text   NOT NULL   -- JSON, what the others may know of it
) WITH (fillfactor = 50);

-- Events that are durable and that their workflow's owner has not taken yet. A refused one stays a while, for its sender.
CREATE TABLE inbox (
  place     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  partition integer NOT NULL,
  kind      text COLLATE "C" NOT NULL,
  key       text COLLATE "C" NOT NULL,
  id        text COLLATE "C" NOT NULL,
  payload   text    NOT NULL,
  at        bigint  NOT NULL,
  refusal   text
);

CREATE UNIQUE INDEX inbox_once ON inbox (kind, key, id);                              -- the same event twice is one
CREATE INDEX inbox_waiting ON inbox (partition, place) WHERE refusal IS NULL;         -- an owner's next page
CREATE INDEX inbox_refused ON inbox (at) WHERE refusal IS NOT NULL;                   -- the sweep
