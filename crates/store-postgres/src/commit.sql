-- Parts of one statement do not see what the others write. Nothing needs them to: a workflow is once in a batch, and an
-- early event that is kept and used in the same batch is in neither list. Rows come as arrays of the tables' own types.
WITH held AS MATERIALIZED (
  SELECT f.partition FROM fence f JOIN unnest($1::integer[], $2::bigint[]) AS w(partition, epoch) USING (partition, epoch)
  FOR SHARE OF f),
ok AS MATERIALIZED (SELECT 1 AS yes FROM held HAVING count(*) = cardinality($1::integer[])),
new_events AS (INSERT INTO event SELECT u.* FROM ok, unnest($3::event[]) AS u),
new_rows AS (INSERT INTO workflow SELECT u.* FROM ok, unnest($4::workflow[]) AS u),
changed_rows AS (UPDATE workflow SET
    status = u.status, standing = u.standing, title = u.title, run = u.run, subject = u.subject,
    machine_id = u.machine_id, volume_id = u.volume_id, state = u.state, state_version = u.state_version,
    revision = u.revision, actions = u.actions, timers = u.timers, wake_at = u.wake_at, active = u.active,
    pending = u.pending, pool = u.pool, pool_group = u.pool_group, pool_priority = u.pool_priority,
    pool_since = u.pool_since, last_activity = u.last_activity
  FROM ok, unnest($5::workflow[]) AS u WHERE workflow.id = u.id RETURNING 1),
new_early AS (INSERT INTO early SELECT u.* FROM ok, unnest($6::early[]) AS u),
used_early AS (DELETE FROM early USING ok, unnest($7::text[], $8::text[], $9::text[]) AS u(kind, key, id)
  WHERE early.kind = u.kind AND early.key = u.key AND early.id = u.id),
taken AS (DELETE FROM inbox USING ok, unnest($10::bigint[]) AS u(place) WHERE inbox.place = u.place),
refused AS (UPDATE inbox SET refusal = u.why FROM ok, unnest($11::bigint[], $12::text[]) AS u(place, why)
  WHERE inbox.place = u.place),
rested AS (UPDATE workflow SET active = 0 FROM ok
  WHERE id = ANY($13::bigint[]) AND active = 1 AND pending IS NULL)
SELECT (SELECT count(*) FROM ok) AS "held!", (SELECT count(*) FROM changed_rows) AS "changed!"
