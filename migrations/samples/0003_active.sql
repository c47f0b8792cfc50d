-- Rows as version 3 of the schema writes them: one that is active without a pending action, since it has not come to rest.
INSERT INTO workflow (id, kind, key, status, standing, title, run, subject, machine_id, volume_id, state, state_version,
  revision, actions, timers, wake_at, active, pending, pool, pool_group, pool_priority, pool_since, last_activity)
VALUES
  (4, 'sample', 'resting', 'idle', 1, 'acme/shop#10', 1, NULL, NULL, 'vol_4', '{"step":4}', 1,
   2, 1, NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, 1700000000400);

INSERT INTO event (workflow, id, seq, effect, payload, at, code) VALUES
  (4, 'gh:d-4', 1, 0, '{"opened":{}}',   1700000000300, 1),
  (4, 'act:1',  2, 0, '{"reviewed":{}}', 1700000000400, 1);
