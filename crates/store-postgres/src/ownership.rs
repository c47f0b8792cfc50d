//! One supervisor owns the database (E8). A lock of its session refuses a second one at once; the epoch of a fence makes
//! sure of it: an owner whose session was lost, or who slept, and whose place was taken, writes nothing any more.
//!
//! This is the whole of it for a single owner; several owners hold leases on partitions instead and share only
//! [`Fences`] with it.

use crate::{connect::Address, convert::millis, error::OpenError, fences::Fences, text};
use environment::Timestamp;
use sqlx::{Connection, PgConnection};

/// The partition that stands for all.
const EVERYTHING: i32 = 0;
/// Names the lock among all advisory locks of this database: "longshor" read as a number.
const LOCK: i64 = 0x6c6f_6e67_7368_6f72;
/// How long a new owner waits for the session of one that has just ended: the server notices a moment later.
const LOCK_WAIT: &str = "SET LOCAL lock_timeout = '3s'";
/// SQLSTATE of a lock that was not given in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Takes the database, on the connection that will commit.
pub(crate) async fn take(
    connection: &mut PgConnection,
    address: &Address,
    who: &str,
    now: Timestamp,
) -> Result<Fences, OpenError> {
    match lock(connection).await {
        Ok(()) => {}
        Err(error) if is_taken(&error) => {
            let owner = owner(connection).await.map_err(|error| address.failed(&error))?;
            return Err(OpenError::InUse { place: address.place.clone(), owner });
        }
        Err(error) => return Err(address.failed(&error)),
    }
    let partitions = partitions(connection).await.map_err(|error| address.failed(&error))?;
    if partitions > 1 {
        return Err(OpenError::Divided { place: address.place.clone(), partitions });
    }
    raise(connection, who, now).await.map_err(|error| address.failed(&error))
}

/// Takes the lock again on a new connection. The server may not have noticed yet that the old one is gone, so this may
/// fail; the fence holds without it, and the next connection tries again.
pub(crate) async fn lock_again(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!("SELECT pg_try_advisory_lock($1) AS \"taken!\"", LOCK).fetch_one(connection).await
}

/// Says that this session is one of several nodes; `false`: one supervisor owns the database alone. The session's end ends
/// it.
pub(crate) async fn join(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!("SELECT pg_try_advisory_lock_shared($1) AS \"taken!\"", LOCK).fetch_one(connection).await
}

async fn lock(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    // A session's lock outlives the transaction that it was taken in; the time limit does not.
    let mut transaction = connection.begin().await?;
    sqlx::query(LOCK_WAIT).execute(&mut *transaction).await?;
    sqlx::query!("SELECT pg_advisory_lock($1)", LOCK).execute(&mut *transaction).await?;
    transaction.commit().await
}

fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|database| database.code().as_deref() == Some(LOCK_NOT_AVAILABLE))
}

pub(crate) async fn owner(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    let query = sqlx::query_scalar!("SELECT owner FROM fence WHERE partition = $1", EVERYTHING);
    Ok(query.fetch_optional(connection).await?.map_or_else(|| "which has just begun".to_owned(), text::original))
}

/// Partitions that several share; none: nobody has shared it yet.
pub(crate) async fn partitions(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("SELECT count(*) AS \"count!\" FROM lease").fetch_one(connection).await
}

async fn raise(connection: &mut PgConnection, who: &str, now: Timestamp) -> Result<Fences, sqlx::Error> {
    let query = sqlx::query_scalar!(
        "INSERT INTO fence (partition, epoch, owner, taken_at) VALUES ($1, 1, $2, $3) \
         ON CONFLICT (partition) DO UPDATE SET epoch = fence.epoch + 1, owner = excluded.owner, \
         taken_at = excluded.taken_at RETURNING epoch",
        EVERYTHING,
        &*text::stored(who),
        millis(now)
    );
    Ok(Fences::one(EVERYTHING, query.fetch_one(connection).await?))
}
