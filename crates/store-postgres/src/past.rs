//! What is removed once its time has come, in bounded steps, so that no statement is long.
//!
//! The statements here are texts and no `query!`: those about histories share a condition, which the macro cannot take. Both
//! databases are asked about each of them by the suite that every store passes.

use crate::{
    PostgresStore, blob,
    convert::{limit, millis, number, positive},
    error::store,
    log,
};
use engine::{StoreError, Timestamp, beside::Past};
use sqlx::{PgPool, Row};

/// Rows, or workflows, of one step.
const STEP: usize = 500;

/// Events that may go of a workflow that is over: all but the last that moved it. An event that was refused did not.
macro_rules! superfluous {
    () => {
        "NOT (e.effect <> 2 AND e.seq IS NOT DISTINCT FROM \
         (SELECT max(m.seq) FROM event m WHERE m.workflow = e.workflow AND m.effect <> 2))"
    };
}

/// Some workflows that were over before a time, in one statement: its rows are locked, so that none begins anew meanwhile,
/// and what another janitor has in hand is passed over.
const FORGET: &str = concat!(
    "WITH over AS (SELECT w.id, w.state FROM workflow w WHERE w.standing = 2 AND w.last_activity < $1 \
     AND EXISTS (SELECT 1 FROM event e WHERE e.workflow = w.id AND ",
    superfluous!(),
    ") ORDER BY w.id LIMIT $2 FOR UPDATE OF w SKIP LOCKED), \
     gone AS (DELETE FROM event e USING over WHERE e.workflow = over.id AND ",
    superfluous!(),
    " RETURNING 1), \
     snapshot AS (UPDATE event e SET effect = 1, payload = over.state FROM over WHERE e.workflow = over.id AND NOT ",
    superfluous!(),
    ") SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM over)"
);

const COUNT_BLOBS: &str = "SELECT count(*) FROM (SELECT 1 FROM blob WHERE expires_at <= $1 LIMIT $2) p";
const COUNT_LOGS: &str = "SELECT count(*) FROM (SELECT 1 FROM log WHERE at < $1 LIMIT $2) p";
const COUNT_HISTORY: &str = concat!(
    "SELECT count(*) FROM (SELECT 1 FROM workflow w JOIN event e ON e.workflow = w.id \
     WHERE w.standing = 2 AND w.last_activity < $1 AND ",
    superfluous!(),
    " LIMIT $2) p"
);

impl PostgresStore {
    pub(crate) async fn count_past(&self, past: Past, before: Timestamp, rows_max: u64) -> Result<u64, StoreError> {
        let sql = match past {
            Past::Blobs => COUNT_BLOBS,
            Past::Logs => COUNT_LOGS,
            Past::History => COUNT_HISTORY,
        };
        let query = sqlx::query(sql).bind(millis(before)).bind(number(rows_max));
        let row = query.fetch_one(&self.beside).await.map_err(store)?;
        row.try_get(0).map(positive).map_err(store)
    }

    pub(crate) async fn remove(&self, past: Past, before: Timestamp, rows_max: u64) -> Result<u64, StoreError> {
        let mut gone = 0;
        while gone < rows_max {
            let (removed, more) = match past {
                Past::Blobs => blob::sweep(&self.beside, before, STEP).await.map(step),
                Past::Logs => log::sweep(&self.beside, before, STEP).await.map(step),
                Past::History => forget(&self.beside, before).await,
            }
            .map_err(store)?;
            gone += removed;
            if !more {
                break;
            }
        }
        Ok(gone)
    }
}

/// How many rows went, and whether there may be more.
const fn step(removed: u64) -> (u64, bool) {
    (removed, removed >= STEP as u64)
}

/// The same for histories.
async fn forget(on: &PgPool, before: Timestamp) -> Result<(u64, bool), sqlx::Error> {
    let row = sqlx::query(FORGET).bind(millis(before)).bind(limit(STEP)).fetch_one(on).await?;
    let count = |column: usize| row.try_get(column).map(positive);
    Ok((count(0)?, count(1)? >= STEP as u64))
}
