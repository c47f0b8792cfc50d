-- Rows as version 1 of the schema writes them. Every later migration must carry them; tests load them on both databases
-- (`AS BLOB` is `AS bytea` on PostgreSQL) and read them.
INSERT INTO code_version (id, name) VALUES (1, '0.1.0');

INSERT INTO workflow (id, kind, key, status, standing, title, run, subject, machine_id, volume_id, state, state_version,
  revision, actions, timers, wake_at, has_pending, pending, pool, pool_group, pool_priority, pool_since, last_activity)
VALUES
  (1, 'sample', 'paused', 'awaiting_decision', 1, 'acme/shop#7', 1, '3f2a91c', NULL, 'vol_1', '{"step":3}', 1,
   3, 2, '[{"name":"nudge","armed":3,"at":1800000000000}]', 1800000000000, 0, NULL, NULL, NULL, NULL, NULL,
   1700000000300),
  (2, 'sample', 'running', 'running', 0, 'acme/shop#8', 2, NULL, 'm-1', 'vol_2', '{"step":1}', 1,
   1, 1, '[{"name":"silence","armed":1,"at":1700000000000,"silence_ms":60000,"signals":true}]', 1700000060000, 1,
   '[{"id":1,"action":{"start":"m-1"}}]', 'machines', 'acme/shop', NULL, NULL, 1700000000000),
  (3, 'sample', 'queued', 'queued', 0, 'acme/shop#9', 0, NULL, NULL, NULL, '{"step":0}', 1,
   1, 0, NULL, NULL, 0, NULL, 'machines', 'acme/shop', 1, 1700000000100, 1700000000100);

INSERT INTO event (workflow, id, seq, effect, payload, at, code) VALUES
  (1, 'gh:d-1',  1, 0, '{"opened":{}}',   1700000000100, 1),
  (1, 'act:1',   2, 0, '{"reviewed":{}}', 1700000000200, 1),
  (1, 'act:2',   3, 2, '{"late":{}}',     1700000000300, 1),
  (2, 'gh:d-2',  1, 0, '{"opened":{}}',   1700000000000, 1),
  (3, 'upgrade:0:1:1', 1, 1, '{"step":0}', 1700000000100, 1);

INSERT INTO early (kind, key, id, payload, at, keep_until) VALUES
  ('sample', 'running', 'gh:d-3', '{"clicked":{}}', 1700000000050, 1900000000000);

INSERT INTO blob (digest, bytes, expires_at) VALUES
  ('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824', CAST('hello' AS BLOB), NULL);

INSERT INTO document (collection, key, value, revision, updated_at) VALUES
  ('checks', 'acme/shop#7', '{"id":1}', 4, 1700000000000);

INSERT INTO log (stream, sequence, at, text) VALUES ('wf_1/1', 1, 1700000000000, 'claimed');
