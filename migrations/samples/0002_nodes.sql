-- Rows as version 2 of the schema writes them. What several supervisors share on PostgreSQL lives for seconds and is never
-- carried over; what is carried is a delivery that was being told to many workflows.
INSERT INTO document (collection, key, value, revision, updated_at) VALUES
  ('fan_out', '001700000000000 gh:d-9',
   '{"id":"gh:d-9","parts":[{"scope":{"repository":10003},"change":{"change":"repository_archived"},"of_reminders":null}],"read_then":null,"at":{"part":0,"reminders":true,"after":200}}',
   3, 1700000000000);
