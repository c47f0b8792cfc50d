//! Partitions taken and given back.

use super::{epoch_of, fences_of, span, timed};
use crate::convert::{number, positive};
use engine::cluster::{Claimed, ClusterLimits, Fence};
use sqlx::PgPool;
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
    let partition = i32::from(seen.partition);
    let query = timed!(query:
        "SELECT f.epoch, l.owner IS NULL OR l.owner = $2 OR l.lease_until <= " NOW " AS \"free!\", \
         greatest(l.outside_until - " NOW ", 0) AS \"hold!\" \
         FROM lease l JOIN fence f USING (partition) WHERE partition = $1 FOR UPDATE OF l",
        partition,
        node
    );
    let found = query.fetch_one(&mut *on).await?;
    if epoch_of(found.epoch) != seen.epoch || !found.free {
        return Ok(None);
    }
    let next = Fence { partition: seen.partition, epoch: seen.epoch + 1 };
    let raise = timed!(query:
        "UPDATE fence SET epoch = $2, owner = $3, taken_at = " NOW " WHERE partition = $1",
        partition,
        fences_of(next).epochs[0],
        node
    );
    raise.execute(&mut *on).await?;
    let lease = timed!(query:
        "UPDATE lease SET owner = $2, lease_until = " NOW " + $3, \
         outside_until = greatest(outside_until, " NOW " + $4) WHERE partition = $1",
        partition,
        node,
        span(limits.lease_ms),
        span(limits.outside_ms)
    );
    lease.execute(&mut *on).await?;
    on.commit().await?;
    Ok(Some(Claimed { epoch: next.epoch, hold: Duration::from_millis(positive(found.hold)) }))
}

/// Ends the sessions whose statements hold a fence and do not come to an end. Their supervisors connect again; what they
/// then find decides.
async fn end_stuck(on: &PgPool) -> Result<(), sqlx::Error> {
    let query = sqlx::query!(
        "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a \
         WHERE a.query_start < now() - $1::text::interval AND a.pid IN (SELECT pid FROM pg_locks \
         WHERE relation = 'fence'::regclass AND mode = 'RowShareLock' AND granted) AND a.pid <> pg_backend_pid()",
        STUCK
    );
    query.fetch_all(on).await.map(|_| ())
}

/// Gives a partition back at once; calls may still be under way for `outside`.
pub(super) async fn release(on: &PgPool, fence: Fence, outside: Duration) -> Result<(), sqlx::Error> {
    let outside = span(u64::try_from(outside.as_millis()).unwrap_or(u64::MAX));
    let query = timed!(query:
        "UPDATE lease SET owner = NULL, lease_until = 0, outside_until = " NOW " + $3 \
         FROM fence f WHERE lease.partition = $1 AND f.partition = $1 AND f.epoch >> 32 = $2",
        i32::from(fence.partition),
        number(fence.epoch),
        outside
    );
    query.execute(on).await.map(|_| ())
}
