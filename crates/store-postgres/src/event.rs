//! History, read. What writes it is `commit`.

use crate::{
    convert::{limit, number, positive, time},
    text::{Texts, original, stored},
};
use engine::{EventEffect, EventId, EventRecord, WorkflowId};
use sqlx::PgExecutor;
use std::sync::Arc;

/// A row as it is read, of a workflow that is known.
struct Stored {
    id: String,
    seq: i64,
    effect: i16,
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
            id: EventId::from_stored(original(self.id)),
            seq: positive(self.seq),
            effect: EventEffect::from_number(effect.into()).ok_or_else(unknown)?,
            payload: original(self.payload).into(),
            at: time(self.at),
            code: original(self.code).into(),
        })
    }
}

pub(crate) async fn history(
    on: impl PgExecutor<'_>,
    workflow: WorkflowId,
    after: u64,
    rows: usize,
) -> Result<Vec<EventRecord>, sqlx::Error> {
    // A workflow's rows are few; sorting them is cheaper than an index.
    let query = sqlx::query_as!(
        Stored,
        "SELECT e.id, e.seq, e.effect, e.payload, e.at, c.name AS code FROM event e \
         JOIN code_version c ON c.id = e.code WHERE e.workflow = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3",
        number(workflow.0),
        number(after),
        limit(rows)
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
        (WorkflowId(positive(known.workflow)), EventId::from_stored(original(known.id)), positive(known.seq))
    }
}

/// Of some event ids, those that are there.
pub(crate) async fn known_by_id(
    on: impl PgExecutor<'_>,
    ids: &[(WorkflowId, EventId)],
) -> Result<Vec<(WorkflowId, EventId, u64)>, sqlx::Error> {
    let (workflows, ids): (Vec<_>, Vec<_>) = ids.iter().map(|(of, id)| (number(of.0), stored(id.as_str()))).unzip();
    let query = sqlx::query_as!(
        Known,
        "SELECT e.workflow, e.id, e.seq FROM unnest($1::bigint[], $2::text[]) AS n(workflow, id) \
         JOIN event e USING (workflow, id)",
        &workflows[..],
        &ids as &Texts<'_>
    );
    Ok(query.fetch_all(on).await?.into_iter().map(Into::into).collect())
}

/// Of some event ids, by the name of their workflow, those that are there.
pub(crate) async fn known_by_name(
    on: impl PgExecutor<'_>,
    ids: &[(Arc<str>, Arc<str>, EventId)],
) -> Result<Vec<(WorkflowId, EventId, u64)>, sqlx::Error> {
    let kinds: Vec<_> = ids.iter().map(|(kind, ..)| stored(kind)).collect();
    let keys: Vec<_> = ids.iter().map(|(_, key, _)| stored(key)).collect();
    let ids: Vec<_> = ids.iter().map(|(.., id)| stored(id.as_str())).collect();
    let query = sqlx::query_as!(
        Known,
        "SELECT e.workflow, e.id, e.seq FROM unnest($1::text[], $2::text[], $3::text[]) AS n(kind, key, id) \
         JOIN workflow w ON w.kind = n.kind AND w.key = n.key JOIN event e ON e.workflow = w.id AND e.id = n.id",
        &kinds as &Texts<'_>,
        &keys as &Texts<'_>,
        &ids as &Texts<'_>
    );
    Ok(query.fetch_all(on).await?.into_iter().map(Into::into).collect())
}
