//! History.

use crate::{
    commit::Parameters,
    workflow::{limit, millis, number, positive, time},
};
use engine::{EventEffect, EventId, EventRecord, WorkflowId};
use sqlx::{Row, SqliteExecutor, sqlite::SqliteRow};

pub(crate) const INSERT: &str =
    "INSERT INTO event (workflow, id, seq, effect, payload, at, code) VALUES (?, ?, ?, ?, ?, ?, ?)";

pub(crate) fn bind(to: &mut Parameters<'_, '_>, event: &EventRecord, code: i64) -> rusqlite::Result<()> {
    to.add(number(event.workflow.0))?.add(event.id.as_str())?.add(number(event.seq))?.add(event.effect as i64)?;
    to.add(&*event.payload)?.add(millis(event.at))?.add(code)?;
    Ok(())
}

pub(crate) async fn history(
    on: impl SqliteExecutor<'_>,
    workflow: WorkflowId,
    after: u64,
    rows: usize,
) -> Result<Vec<EventRecord>, sqlx::Error> {
    // A workflow's rows lie together and are few; sorting them is cheaper than an index.
    let sql = "SELECT e.id, e.seq, e.effect, e.payload, e.at, c.name FROM event e JOIN code_version c ON c.id = e.code \
               WHERE e.workflow = ? AND e.seq > ? ORDER BY e.seq LIMIT ?";
    let query = sqlx::query(sql).bind(number(workflow.0)).bind(number(after)).bind(limit(rows));
    query.fetch_all(on).await?.iter().map(|row| read(workflow, row)).collect()
}

fn read(workflow: WorkflowId, row: &SqliteRow) -> Result<EventRecord, sqlx::Error> {
    let effect: i64 = row.try_get(2)?;
    let unknown = || sqlx::Error::Decode(format!("event effect {effect} is unknown to this program").into());
    Ok(EventRecord {
        workflow,
        id: EventId::from_stored(row.try_get::<String, _>(0)?),
        seq: positive(row.try_get(1)?),
        effect: EventEffect::from_number(effect).ok_or_else(unknown)?,
        payload: row.try_get::<String, _>(3)?.into(),
        at: time(row.try_get(4)?),
        code: row.try_get::<String, _>(5)?.into(),
    })
}

/// Of some event ids, those that are there.
pub(crate) async fn known_by_id(
    on: impl SqliteExecutor<'_>,
    ids: &[(WorkflowId, EventId)],
) -> Result<Vec<(WorkflowId, EventId, u64)>, sqlx::Error> {
    let sql = "SELECT e.workflow, e.id, e.seq FROM json_each(?) j \
               CROSS JOIN event e ON e.workflow = j.value ->> 0 AND e.id = j.value ->> 1";
    known(on, sql, serde_json::json!(ids).to_string()).await
}

pub(crate) async fn known(
    on: impl SqliteExecutor<'_>,
    sql: &'static str,
    ids: String,
) -> Result<Vec<(WorkflowId, EventId, u64)>, sqlx::Error> {
    let rows = sqlx::query(sql).bind(ids).fetch_all(on).await?;
    let read = |row: &SqliteRow| {
        let id = EventId::from_stored(row.try_get::<String, _>(1)?);
        Ok((WorkflowId(positive(row.try_get(0)?)), id, positive(row.try_get(2)?)))
    };
    rows.iter().map(read).collect()
}
