//! Events that wait for the owner of their workflow.

use super::{span, timed};
use crate::{
    convert::{limit, number, positive},
    text::{Texts, original, stored},
};
use engine::{
    EventId, InboxRow, WorkflowId,
    cluster::{Fence, InboxEvent, Outcome},
};
use sqlx::PgPool;
use std::time::Duration;

/// Puts events into the inbox, all in one commit; `false`: the fence did not hold.
pub(super) async fn append(on: &PgPool, events: &[InboxEvent], fence: Option<Fence>) -> Result<bool, sqlx::Error> {
    let partitions: Vec<_> = events.iter().map(|event| i32::from(event.partition)).collect();
    let kinds: Vec<_> = events.iter().map(|event| stored(&event.kind)).collect();
    let keys: Vec<_> = events.iter().map(|event| stored(&event.key)).collect();
    let ids: Vec<_> = events.iter().map(|event| stored(event.id.as_str())).collect();
    let payloads: Vec<_> = events.iter().map(|event| stored(&event.payload)).collect();
    // Two nodes that append the same events meet in the same order; so they wait for each other and never in a circle.
    let query = timed!(query_scalar:
        "WITH held AS MATERIALIZED (SELECT 1 FROM fence WHERE partition = $1 AND epoch >> 32 = $2 FOR SHARE), \
         ok AS MATERIALIZED (SELECT 1 AS yes WHERE $1::integer IS NULL OR EXISTS (SELECT FROM held)), \
         new AS (INSERT INTO inbox (partition, kind, key, id, payload, at) \
           SELECT u.partition, u.kind, u.key, u.id, u.payload, " NOW " \
           FROM ok, unnest($3::integer[], $4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY \
             AS u(partition, kind, key, id, payload, n) ORDER BY u.kind COLLATE \"C\", u.key COLLATE \"C\", u.n \
           ON CONFLICT (kind, key, id) DO NOTHING) \
         SELECT EXISTS (SELECT FROM ok) AS \"held!\"",
        fence.map(|fence| i32::from(fence.partition)),
        fence.map(|fence| number(fence.epoch)),
        &partitions[..],
        &kinds as &Texts<'_>,
        &keys as &Texts<'_>,
        &ids as &Texts<'_>,
        &payloads as &Texts<'_>
    );
    query.fetch_one(on).await
}

/// Those that nobody has dealt with, at most so many of each partition.
pub(super) async fn waiting(on: &PgPool, partitions: &[u16], rows: usize) -> Result<Vec<(u16, InboxRow)>, sqlx::Error> {
    let partitions: Vec<_> = partitions.iter().copied().map(i32::from).collect();
    let query = sqlx::query!(
        "SELECT i.partition, i.place, i.kind, i.key, i.id, i.payload FROM unnest($1::integer[]) AS p(partition) \
         CROSS JOIN LATERAL (SELECT * FROM inbox WHERE partition = p.partition AND refusal IS NULL \
           ORDER BY place LIMIT $2) AS i ORDER BY i.place",
        &partitions[..],
        limit(rows)
    );
    let waiting = query.fetch_all(on).await?.into_iter().map(|row| {
        let event = InboxRow {
            place: positive(row.place),
            kind: original(row.kind).into(),
            key: original(row.key).into(),
            id: EventId::from_stored(original(row.id)),
            payload: original(row.payload).into(),
        };
        (u16::try_from(row.partition).unwrap_or(u16::MAX), event)
    });
    Ok(waiting.collect())
}

/// What became of one, read as of one moment: its owner takes it out in the commit that records it.
pub(super) async fn outcome(on: &PgPool, kind: &str, key: &str, id: &EventId) -> Result<Outcome, sqlx::Error> {
    let query = sqlx::query!(
        "SELECT (SELECT w.id FROM workflow w JOIN event e ON e.workflow = w.id AND e.id = $3 \
           WHERE w.kind = $1 AND w.key = $2) AS workflow, \
         EXISTS (SELECT FROM inbox i WHERE i.kind = $1 AND i.key = $2 AND i.id = $3) AS \"there!\", \
         (SELECT i.refusal FROM inbox i WHERE i.kind = $1 AND i.key = $2 AND i.id = $3) AS refusal, \
         EXISTS (SELECT FROM early y WHERE y.kind = $1 AND y.key = $2 AND y.id = $3) AS \"kept!\"",
        &*stored(kind),
        &*stored(key),
        &*stored(id.as_str())
    );
    let found = query.fetch_one(on).await?;
    if let Some(workflow) = found.workflow {
        return Ok(Outcome::Recorded(WorkflowId(positive(workflow))));
    }
    Ok(match found.refusal {
        Some(why) => Outcome::Refused(original(why)),
        None if found.kept && !found.there => Outcome::Kept,
        None => Outcome::Waiting,
    })
}

pub(super) async fn forget_refused(on: &PgPool, older: Duration) -> Result<(), sqlx::Error> {
    let older = span(u64::try_from(older.as_millis()).unwrap_or(u64::MAX));
    let query = timed!(query: "DELETE FROM inbox WHERE refusal IS NOT NULL AND at < " NOW " - $1", older);
    query.execute(on).await.map(|_| ())
}
