//! One commit: events, rows and early events of a batch, and the check of the fences, in one statement and so in one
//! round trip and one transaction.
//!
//! `held` locks the fences shared: whoever wants to raise one waits for the commits that hold it, and a commit that comes
//! later finds another epoch. Without all of them `ok` is empty, and every other part writes what it joins with: nothing.

use crate::{
    code::Codes,
    columns::{Early, Events, Workflows},
    convert::{limit, number},
    fences::Fences,
    text::stored,
};
use engine::{Batch, EventId, InboxDone};
use sqlx::{PgConnection, Row};
use std::{borrow::Cow, sync::Arc};

/// Parts of one statement do not see what the others write. Nothing needs them to: a workflow is once in a batch, and an
/// early event that is kept and used in the same batch is in neither list.
const COMMIT: &str = "\
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
SELECT (SELECT count(*) FROM ok), (SELECT count(*) FROM changed_rows)
";

/// Columns that name early events.
struct Used<'a> {
    kind: Vec<Cow<'a, str>>,
    key: Vec<Cow<'a, str>>,
    id: Vec<Cow<'a, str>>,
}

impl<'a> Used<'a> {
    fn of(names: &'a [(Arc<str>, Arc<str>, EventId)]) -> Self {
        Self {
            kind: names.iter().map(|(kind, ..)| stored(kind)).collect(),
            key: names.iter().map(|(_, key, _)| stored(key)).collect(),
            id: names.iter().map(|(.., id)| stored(id.as_str())).collect(),
        }
    }
}

/// Places of the inbox that were dealt with.
struct Done<'a> {
    taken: Vec<i64>,
    refused: Vec<i64>,
    why: Vec<Cow<'a, str>>,
}

impl<'a> Done<'a> {
    fn of(done: &'a [InboxDone]) -> Self {
        let taken = done.iter().filter(|it| it.refusal.is_none()).map(|it| number(it.place)).collect();
        let refused = done.iter().filter_map(|it| Some((number(it.place), stored(it.refusal.as_deref()?))));
        let (refused, why) = refused.unzip();
        Self { taken, refused, why }
    }
}

/// Writes a batch if all fences hold; `None`: they do not, and nothing was written.
pub(crate) async fn write(
    connection: &mut PgConnection,
    fences: &Fences,
    codes: &Codes,
    batch: &Batch,
) -> Result<Option<()>, sqlx::Error> {
    let mut numbers = Vec::with_capacity(batch.events.len());
    for event in &batch.events {
        numbers.push(codes.number(connection, &event.code).await?);
    }
    let events = Events::of(&batch.events, numbers);
    let (inserts, updates) = (Workflows::of(&batch.inserts), Workflows::of(&batch.updates));
    let (early, used) = (Early::of(&batch.early), Used::of(&batch.early_used));
    let done = Done::of(&batch.inbox_done);
    let rested: Vec<i64> = batch.rested.iter().map(|id| number(id.0)).collect();
    let query = sqlx::query(COMMIT)
        .bind(&fences.partitions)
        .bind(&fences.epochs)
        .bind(&events.workflow)
        .bind(&events.id)
        .bind(&events.seq)
        .bind(&events.effect)
        .bind(&events.payload)
        .bind(&events.at)
        .bind(&events.code)
        .bind(&inserts.id)
        .bind(&inserts.kind)
        .bind(&inserts.key)
        .bind(&inserts.status)
        .bind(&inserts.standing)
        .bind(&inserts.title)
        .bind(&inserts.run)
        .bind(&inserts.subject)
        .bind(&inserts.machine_id)
        .bind(&inserts.volume_id)
        .bind(&inserts.state)
        .bind(&inserts.state_version)
        .bind(&inserts.revision)
        .bind(&inserts.actions)
        .bind(&inserts.timers)
        .bind(&inserts.wake_at)
        .bind(&inserts.active)
        .bind(&inserts.pending)
        .bind(&inserts.pool)
        .bind(&inserts.pool_group)
        .bind(&inserts.pool_priority)
        .bind(&inserts.pool_since)
        .bind(&inserts.last_activity)
        .bind(&updates.id)
        .bind(&updates.status)
        .bind(&updates.standing)
        .bind(&updates.title)
        .bind(&updates.run)
        .bind(&updates.subject)
        .bind(&updates.machine_id)
        .bind(&updates.volume_id)
        .bind(&updates.state)
        .bind(&updates.state_version)
        .bind(&updates.revision)
        .bind(&updates.actions)
        .bind(&updates.timers)
        .bind(&updates.wake_at)
        .bind(&updates.active)
        .bind(&updates.pending)
        .bind(&updates.pool)
        .bind(&updates.pool_group)
        .bind(&updates.pool_priority)
        .bind(&updates.pool_since)
        .bind(&updates.last_activity)
        .bind(&early.kind)
        .bind(&early.key)
        .bind(&early.id)
        .bind(&early.payload)
        .bind(&early.at)
        .bind(&early.keep_until)
        .bind(&used.kind)
        .bind(&used.key)
        .bind(&used.id)
        .bind(&done.taken)
        .bind(&done.refused)
        .bind(&done.why)
        .bind(&rested);
    let row = query.fetch_one(connection).await?;
    let (held, changed): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if held == 0 {
        return Ok(None);
    }
    if changed != limit(batch.updates.len()) {
        let missing = limit(batch.updates.len()) - changed;
        return Err(sqlx::Error::Protocol(format!("{missing} workflows are gone from the database")));
    }
    Ok(Some(()))
}
