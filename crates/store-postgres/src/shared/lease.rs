//! Partitions taken and given back.

use super::{clock, epoch_of, fences_of, span};
use crate::convert::{number, positive};
use engine::cluster::{Claimed, ClusterLimits, Fence};
use sqlx::{PgPool, Row};
use std::time::Duration;

/// SQLSTATE of a lock that was not given in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";
/// A statement that holds a fence for so long belongs to a process that was stopped while it sent it.
const STUCK: &str = "5 seconds";

/// Takes a partition, if it is free and nobody was faster. A commit of the owner before that is being carried out is waited
/// for; one that comes later finds another epoch.
pub(super) async fn claim(
    on: &PgPool,
    node: &str,
    seen: Fence,
    limits: &ClusterLimits,
) -> Result<Option<Claimed>, sqlx::Error> {
    let claimed = take(on, node, seen, limits).await;
    if let Err(error) = &claimed
        && error.as_database_error().and_then(|error| error.code()).as_deref() == Some(LOCK_NOT_AVAILABLE)
    {
        end_stuck(on).await?;
    }
    claimed
}

async fn take(on: &PgPool, node: &str, seen: Fence, limits: &ClusterLimits) -> Result<Option<Claimed>, sqlx::Error> {
    let mut on = on.begin().await?;
    let sql = concat!(
        "SELECT f.epoch, l.owner IS NULL OR l.owner = $2 OR l.lease_until <= ",
        clock!(),
        ", greatest(l.outside_until - ",
        clock!(),
        ", 0) FROM lease l JOIN fence f USING (partition) WHERE partition = $1 FOR UPDATE OF l"
    );
    let row = sqlx::query(sql).bind(i32::from(seen.partition)).bind(node).fetch_one(&mut *on).await?;
    let (epoch, free, hold): (i64, bool, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if epoch_of(epoch) != seen.epoch || !free {
        return Ok(None);
    }
    let next = Fence { partition: seen.partition, epoch: seen.epoch + 1 };
    let fences = fences_of(next);
    let sql = concat!("UPDATE fence SET epoch = $2, owner = $3, taken_at = ", clock!(), " WHERE partition = $1");
    let raise = sqlx::query(sql).bind(fences.partitions[0]).bind(fences.epochs[0]).bind(node);
    raise.execute(&mut *on).await?;
    let sql = concat!(
        "UPDATE lease SET owner = $2, lease_until = ",
        clock!(),
        " + $3, outside_until = greatest(outside_until, ",
        clock!(),
        " + $4) WHERE partition = $1"
    );
    let lease = sqlx::query(sql).bind(fences.partitions[0]).bind(node);
    lease.bind(span(limits.lease_ms)).bind(span(limits.outside_ms)).execute(&mut *on).await?;
    on.commit().await?;
    Ok(Some(Claimed { epoch: next.epoch, hold: Duration::from_millis(positive(hold)) }))
}

/// Ends the sessions whose statements hold a fence and do not come to an end. Their supervisors connect again; what they
/// then find decides.
async fn end_stuck(on: &PgPool) -> Result<(), sqlx::Error> {
    let sql = "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a \
               WHERE a.query_start < now() - $1::interval AND a.pid IN (SELECT pid FROM pg_locks \
               WHERE relation = 'fence'::regclass AND mode = 'RowShareLock' AND granted) AND a.pid <> pg_backend_pid()";
    sqlx::query(sql).bind(STUCK).execute(on).await.map(|_| ())
}

/// Gives a partition back at once; calls may still be under way for `outside`.
pub(super) async fn release(on: &PgPool, fence: Fence, outside: Duration) -> Result<(), sqlx::Error> {
    let sql = concat!(
        "UPDATE lease SET owner = NULL, lease_until = 0, outside_until = ",
        clock!(),
        " + $3 FROM fence f WHERE lease.partition = $1 AND f.partition = $1 AND f.epoch >> 32 = $2"
    );
    let outside = span(u64::try_from(outside.as_millis()).unwrap_or(u64::MAX));
    let query = sqlx::query(sql).bind(i32::from(fence.partition)).bind(number(fence.epoch)).bind(outside);
    query.execute(on).await.map(|_| ())
}
