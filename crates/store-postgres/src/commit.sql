-- Parts of one statement do not see what the others write. Nothing needs them to: a workflow is once in a batch, and an
-- early event that is kept and used in the same batch is in neither list.
WITH held AS MATERIALIZED (
  SELECT f.partition FROM fence f JOIN unnest($1::integer[], $2::bigint[]) AS w(partition, epoch) USING (partition, epoch)
  FOR SHARE OF f),
ok AS MATERIALIZED (SELECT 1 AS yes FROM held HAVING count(*) = cardinality($1::integer[])),
new_events AS (INSERT INTO event (
    workflow, id, seq, effect, payload, at, code)
  SELECT u.* FROM ok, unnest(
    $3::bigint[], $4::text[], $5::bigint[], $6::smallint[], $7::text[], $8::bigint[], $9::bigint[]) AS u),
new_rows AS (INSERT INTO workflow (
    id, kind, key, status, standing, title, run, subject, machine_id, volume_id, state, state_version, revision,
    actions, timers, wake_at, active, pending, pool, pool_group, pool_priority, pool_since, last_activity)
  SELECT u.* FROM ok, unnest(
    $10::bigint[], $11::text[], $12::text[], $13::text[], $14::smallint[], $15::text[], $16::bigint[], $17::text[],
    $18::text[], $19::text[], $20::text[], $21::bigint[], $22::bigint[], $23::bigint[], $24::text[], $25::bigint[],
    $26::smallint[], $27::text[], $28::text[], $29::text[], $30::smallint[], $31::bigint[], $32::bigint[]) AS u),
changed_rows AS (UPDATE workflow SET
    status = u.status, standing = u.standing, title = u.title, run = u.run, subject = u.subject,
    machine_id = u.machine_id, volume_id = u.volume_id, state = u.state, state_version = u.state_version,
    revision = u.revision, actions = u.actions, timers = u.timers, wake_at = u.wake_at, active = u.active,
    pending = u.pending, pool = u.pool, pool_group = u.pool_group, pool_priority = u.pool_priority,
    pool_since = u.pool_since, last_activity = u.last_activity
  FROM ok, unnest(
    $33::bigint[], $34::text[], $35::smallint[], $36::text[], $37::bigint[], $38::text[], $39::text[], $40::text[],
    $41::text[], $42::bigint[], $43::bigint[], $44::bigint[], $45::text[], $46::bigint[], $47::smallint[],
    $48::text[], $49::text[], $50::text[], $51::smallint[], $52::bigint[], $53::bigint[]) AS u(
    id, status, standing, title, run, subject, machine_id, volume_id, state, state_version, revision, actions,
    timers, wake_at, active, pending, pool, pool_group, pool_priority, pool_since, last_activity)
  WHERE workflow.id = u.id RETURNING 1),
new_early AS (INSERT INTO early (
    kind, key, id, payload, at, keep_until)
  SELECT u.* FROM ok, unnest(
    $54::text[], $55::text[], $56::text[], $57::text[], $58::bigint[], $59::bigint[]) AS u),
used_early AS (DELETE FROM early USING ok, unnest($60::text[], $61::text[], $62::text[]) AS u(kind, key, id)
  WHERE early.kind = u.kind AND early.key = u.key AND early.id = u.id),
taken AS (DELETE FROM inbox USING ok, unnest($63::bigint[]) AS u(place) WHERE inbox.place = u.place),
rested AS (UPDATE workflow SET active = 0 FROM ok
  WHERE id = ANY($66::bigint[]) AND active = 1 AND pending IS NULL),
refused AS (UPDATE inbox SET refusal = u.why FROM ok, unnest($64::bigint[], $65::text[]) AS u(place, why)
  WHERE inbox.place = u.place)
SELECT (SELECT count(*) FROM ok) AS "held!", (SELECT count(*) FROM changed_rows) AS "changed!"
