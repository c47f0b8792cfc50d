//! Events that wait for the owner of their workflow.

use super::{clock, span};
use crate::{
    convert::{limit, number, positive},
    text::{original, stored},
};
use engine::{
    EventId, InboxRow, WorkflowId,
    cluster::{Fence, InboxEvent, Outcome},
};
use sqlx::{PgPool, Row, postgres::PgRow};
use std::time::Duration;

/// Puts events into the inbox, all in one commit; `false`: the fence did not hold.
pub(super) async fn append(on: &PgPool, events: &[InboxEvent], fence: Option<Fence>) -> Result<bool, sqlx::Error> {
    // Two nodes that append the same events meet in the same order; so they wait for each other and never in a circle.
    let sql = concat!(
        "WITH held AS MATERIALIZED (SELECT 1 FROM fence WHERE partition = $1 AND epoch >> 32 = $2 FOR SHARE), \
         ok AS MATERIALIZED (SELECT 1 AS yes WHERE $1::integer IS NULL OR EXISTS (SELECT FROM held)), \
         new AS (INSERT INTO inbox (partition, kind, key, id, payload, at) \
           SELECT u.partition, u.kind, u.key, u.id, u.payload, ",
        clock!(),
        " FROM ok, unnest($3::integer[], $4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY \
             AS u(partition, kind, key, id, payload, n) ORDER BY u.kind COLLATE \"C\", u.key COLLATE \"C\", u.n \
           ON CONFLICT (kind, key, id) DO NOTHING) \
         SELECT EXISTS (SELECT FROM ok)"
    );
    let query = sqlx::query_scalar(sql)
        .bind(fence.map(|fence| i32::from(fence.partition)))
        .bind(fence.map(|fence| number(fence.epoch)))
        .bind(events.iter().map(|event| i32::from(event.partition)).collect::<Vec<_>>())
        .bind(events.iter().map(|event| stored(&event.kind)).collect::<Vec<_>>())
        .bind(events.iter().map(|event| stored(&event.key)).collect::<Vec<_>>())
        .bind(events.iter().map(|event| stored(event.id.as_str())).collect::<Vec<_>>())
        .bind(events.iter().map(|event| stored(&event.payload)).collect::<Vec<_>>());
    query.fetch_one(on).await
}

/// Those that nobody has dealt with, at most so many of each partition.
pub(super) async fn waiting(on: &PgPool, partitions: &[u16], rows: usize) -> Result<Vec<(u16, InboxRow)>, sqlx::Error> {
    let sql = "SELECT i.partition, i.place, i.kind, i.key, i.id, i.payload FROM unnest($1::integer[]) AS p(partition) \
               CROSS JOIN LATERAL (SELECT * FROM inbox WHERE partition = p.partition AND refusal IS NULL \
                 ORDER BY place LIMIT $2) AS i ORDER BY i.place";
    let partitions: Vec<_> = partitions.iter().copied().map(i32::from).collect();
    sqlx::query(sql).bind(partitions).bind(limit(rows)).fetch_all(on).await?.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<(u16, InboxRow), sqlx::Error> {
    let partition: i32 = row.try_get(0)?;
    let text = |column: usize| row.try_get(column).map(original);
    let read = InboxRow {
        place: positive(row.try_get(1)?),
        kind: text(2)?.into(),
        key: text(3)?.into(),
        id: EventId::from_stored(text(4)?),
        payload: text(5)?.into(),
    };
    Ok((u16::try_from(partition).unwrap_or(u16::MAX), read))
}

/// What became of one, read as of one moment: its owner takes it out in the commit that records it.
pub(super) async fn outcome(on: &PgPool, kind: &str, key: &str, id: &EventId) -> Result<Outcome, sqlx::Error> {
    let sql = "SELECT (SELECT w.id FROM workflow w JOIN event e ON e.workflow = w.id AND e.id = $3 \
                 WHERE w.kind = $1 AND w.key = $2), \
               EXISTS (SELECT FROM inbox i WHERE i.kind = $1 AND i.key = $2 AND i.id = $3), \
               (SELECT i.refusal FROM inbox i WHERE i.kind = $1 AND i.key = $2 AND i.id = $3), \
               EXISTS (SELECT FROM early y WHERE y.kind = $1 AND y.key = $2 AND y.id = $3)";
    let query = sqlx::query(sql).bind(stored(kind)).bind(stored(key)).bind(stored(id.as_str()));
    let row = query.fetch_one(on).await?;
    if let Some(workflow) = row.try_get::<Option<i64>, _>(0)? {
        return Ok(Outcome::Recorded(WorkflowId(positive(workflow))));
    }
    let (there, refusal, kept): (bool, Option<String>, bool) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    Ok(match refusal {
        Some(why) => Outcome::Refused(original(why)),
        None if kept && !there => Outcome::Kept,
        None => Outcome::Waiting,
    })
}

pub(super) async fn forget_refused(on: &PgPool, older: Duration) -> Result<(), sqlx::Error> {
    let sql = concat!("DELETE FROM inbox WHERE refusal IS NOT NULL AND at < ", clock!(), " - $1");
    let older = span(u64::try_from(older.as_millis()).unwrap_or(u64::MAX));
    sqlx::query(sql).bind(older).execute(on).await.map(|_| ())
}
