//! History.

use crate::{
    commit::Parameters,
    workflow::{limit, millis, number, positive, time},
};
use engine::{EventEffect, EventId, EventRecord, WorkflowId};
use sqlx::SqliteExecutor;
use std::sync::Arc;

pub(crate) const INSERT: &str =
    "INSERT INTO event (workflow, id, seq, effect, payload, at, code) VALUES (?, ?, ?, ?, ?, ?, ?)";

pub(crate) fn bind(to: &mut Parameters<'_, '_>, event: &EventRecord, code: i64) -> rusqlite::Result<()> {
    to.add(number(event.workflow.0))?.add(event.id.as_str())?.add(number(event.seq))?.add(event.effect as i64)?;
    to.add(&*event.payload)?.add(millis(event.at))?.add(code)?;
    Ok(())
}

/// A row as it is read, of a workflow that is known.
struct Stored {
    id: String,
    seq: i64,
    effect: i64,
    payload: String,
    at: i64,
    code: String,
}

impl Stored {
    fn read(self, workflow: WorkflowId) -> Result<EventRecord, sqlx::Error> {
        let Self { effect, .. } = self;
        let unknown = || sqlx::Error::Decode(format!("event effect {effect} is unknown to this program").into());
        Ok(EventRecord {
            workflow,
            id: EventId::from_stored(self.id),
            seq: positive(self.seq),
            effect: EventEffect::from_number(effect).ok_or_else(unknown)?,
            payload: self.payload.into(),
            at: time(self.at),
            code: self.code.into(),
        })
    }
}

pub(crate) async fn history(
    on: impl SqliteExecutor<'_>,
    workflow: WorkflowId,
    after: u64,
    rows: usize,
) -> Result<Vec<EventRecord>, sqlx::Error> {
    let (of, after, rows) = (number(workflow.0), number(after), limit(rows));
    // A workflow's rows lie together and are few; sorting them is cheaper than an index.
    let query = sqlx::query_as!(
        Stored,
        "SELECT e.id, e.seq, e.effect, e.payload, e.at, c.name AS code FROM event e \
         JOIN code_version c ON c.id = e.code WHERE e.workflow = ? AND e.seq > ? ORDER BY e.seq LIMIT ?",
        of,
        after,
        rows
    );
    query.fetch_all(on).await?.into_iter().map(|row| row.read(workflow)).collect()
}

/// An event that is there.
struct Known {
    workflow: i64,
    id: String,
    seq: i64,
}

impl From<Known> for (WorkflowId, EventId, u64) {
    fn from(known: Known) -> Self {
        (WorkflowId(positive(known.workflow)), EventId::from_stored(known.id), positive(known.seq))
    }
}

/// Of some event ids, those that are there.
pub(crate) async fn known_by_id(
    on: impl SqliteExecutor<'_>,
    ids: &[(WorkflowId, EventId)],
) -> Result<Vec<(WorkflowId, EventId, u64)>, sqlx::Error> {
    let ids = serde_json::json!(ids).to_string();
    let query = sqlx::query_as!(
        Known,
        "SELECT e.workflow AS \"workflow!\", e.id AS \"id!\", e.seq AS \"seq!\" FROM json_each(?) j \
         CROSS JOIN event e ON e.workflow = j.value ->> 0 AND e.id = j.value ->> 1",
        ids
    );
    Ok(query.fetch_all(on).await?.into_iter().map(Into::into).collect())
}

/// Of some event ids, by the name of their workflow, those that are there.
pub(crate) async fn known_by_name(
    on: impl SqliteExecutor<'_>,
    ids: &[(Arc<str>, Arc<str>, EventId)],
) -> Result<Vec<(WorkflowId, EventId, u64)>, sqlx::Error> {
    let ids = serde_json::json!(ids).to_string();
    let query = sqlx::query_as!(
        Known,
        "SELECT e.workflow AS \"workflow!\", e.id AS \"id!\", e.seq AS \"seq!\" FROM json_each(?) j \
         CROSS JOIN workflow w ON w.kind = j.value ->> 0 AND w.key = j.value ->> 1 \
         CROSS JOIN event e ON e.workflow = w.id AND e.id = j.value ->> 2",
        ids
    );
    Ok(query.fetch_all(on).await?.into_iter().map(Into::into).collect())
}
