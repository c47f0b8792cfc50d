//! History, read. What writes it is `commit`.

use crate::{
    convert::{limit, number, positive, time},
    text::{original, stored},
};
use engine::{EventEffect, EventId, EventRecord, WorkflowId};
use sqlx::{PgExecutor, Row, postgres::PgRow};

pub(crate) async fn history(
    on: impl PgExecutor<'_>,
    workflow: WorkflowId,
    after: u64,
    rows: usize,
) -> Result<Vec<EventRecord>, sqlx::Error> {
    // A workflow's rows are few; sorting them is cheaper than an index.
    let sql = "SELECT e.id, e.seq, e.effect, e.payload, e.at, c.name FROM event e JOIN code_version c ON c.id = e.code \
               WHERE e.workflow = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3";
    let query = sqlx::query(sql).bind(number(workflow.0)).bind(number(after)).bind(limit(rows));
    query.fetch_all(on).await?.iter().map(|row| read(workflow, row)).collect()
}

fn read(workflow: WorkflowId, row: &PgRow) -> Result<EventRecord, sqlx::Error> {
    let effect: i16 = row.try_get(2)?;
    let unknown = || sqlx::Error::Decode(format!("event effect {effect} is unknown to this program").into());
    let text = |column: usize| row.try_get(column).map(original);
    Ok(EventRecord {
        workflow,
        id: EventId::from_stored(text(0)?),
        seq: positive(row.try_get(1)?),
        effect: EventEffect::from_number(effect.into()).ok_or_else(unknown)?,
        payload: text(3)?.into(),
        at: time(row.try_get(4)?),
        code: text(5)?.into(),
    })
}

/// Of some event ids, those that are there.
pub(crate) async fn known_by_id(
    on: impl PgExecutor<'_>,
    ids: &[(WorkflowId, EventId)],
) -> Result<Vec<(WorkflowId, EventId, u64)>, sqlx::Error> {
    let sql = "SELECT e.workflow, e.id, e.seq FROM unnest($1::bigint[], $2::text[]) AS n(workflow, id) \
               JOIN event e USING (workflow, id)";
    let (workflows, ids): (Vec<_>, Vec<_>) = ids.iter().map(|(of, id)| (number(of.0), stored(id.as_str()))).unzip();
    known(&sqlx::query(sql).bind(workflows).bind(ids).fetch_all(on).await?)
}

pub(crate) fn known(rows: &[PgRow]) -> Result<Vec<(WorkflowId, EventId, u64)>, sqlx::Error> {
    let read = |row: &PgRow| {
        let id = EventId::from_stored(original(row.try_get(1)?));
        Ok((WorkflowId(positive(row.try_get(0)?)), id, positive(row.try_get(2)?)))
    };
    rows.iter().map(read).collect()
}
