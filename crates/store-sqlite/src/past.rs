//! What is removed once its time has come, in bounded steps, so that commits get their turn in between.
//!
//! The statements here are texts and no `query!`: those about histories share a condition, which the macro cannot take. Both
//! databases are asked about each of them by the suite that every store passes.

use crate::{
    SqliteStore, blob,
    error::store,
    log,
    workflow::{limit, millis, number, positive},
};
use engine::{StoreError, Timestamp, beside::Past};
use sqlx::{Connection, Row, SqliteConnection};

/// Rows, or workflows, of one step.
const STEP: usize = 500;

/// Events that may go of a workflow that is over: all but the last that moved it. An event that was refused did not.
macro_rules! superfluous {
    () => {
        "NOT (e.effect <> 2 AND e.seq IS (SELECT max(m.seq) FROM event m WHERE m.workflow = e.workflow AND m.effect <> 2))"
    };
}

/// Workflows that were over before a time and have such events.
const OVER: &str = concat!(
    "SELECT w.id FROM workflow w WHERE w.standing = 2 AND w.last_activity < ? \
     AND EXISTS (SELECT 1 FROM event e WHERE e.workflow = w.id AND ",
    superfluous!(),
    ") ORDER BY w.id LIMIT ?"
);
const FORGET: &str =
    concat!("DELETE FROM event AS e WHERE e.workflow IN (SELECT value FROM json_each(?)) AND ", superfluous!());
const SNAPSHOT: &str = "UPDATE event SET effect = 1, payload = (SELECT w.state FROM workflow w WHERE w.id = event.workflow) \
                        WHERE workflow IN (SELECT value FROM json_each(?))";

const COUNT_BLOBS: &str = "SELECT count(*) FROM (SELECT 1 FROM blob WHERE expires_at <= ? LIMIT ?)";
const COUNT_LOGS: &str = "SELECT count(*) FROM (SELECT 1 FROM log WHERE at < ? LIMIT ?)";
const COUNT_HISTORY: &str = concat!(
    "SELECT count(*) FROM (SELECT 1 FROM workflow w JOIN event e ON e.workflow = w.id \
     WHERE w.standing = 2 AND w.last_activity < ? AND ",
    superfluous!(),
    " LIMIT ?)"
);

impl SqliteStore {
    pub(crate) async fn count_past(&self, past: Past, before: Timestamp, rows_max: u64) -> Result<u64, StoreError> {
        let sql = match past {
            Past::Blobs => COUNT_BLOBS,
            Past::Logs => COUNT_LOGS,
            Past::History => COUNT_HISTORY,
        };
        let query = sqlx::query(sql).bind(millis(before)).bind(number(rows_max));
        let row = query.fetch_one(&self.readers).await.map_err(store)?;
        row.try_get(0).map(positive).map_err(store)
    }

    pub(crate) async fn remove(&self, past: Past, before: Timestamp, rows_max: u64) -> Result<u64, StoreError> {
        let mut gone = 0;
        while gone < rows_max {
            let mut writer = self.writer.lock().await;
            let (removed, more) = match past {
                Past::Blobs => blob::sweep(&mut *writer, before, STEP).await.map(step),
                Past::Logs => log::sweep(&mut *writer, before, STEP).await.map(step),
                Past::History => forget(&mut writer, before).await,
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

/// The same for histories, some workflows at a time.
async fn forget(on: &mut SqliteConnection, before: Timestamp) -> Result<(u64, bool), sqlx::Error> {
    // Whoever is over may begin anew: from here to the end nobody else writes.
    let mut transaction = on.begin_with("BEGIN IMMEDIATE").await?;
    let over = sqlx::query(OVER).bind(millis(before)).bind(limit(STEP)).fetch_all(&mut *transaction).await?;
    let ids = over.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
    let json = serde_json::json!(ids).to_string();
    let removed = sqlx::query(FORGET).bind(&json).execute(&mut *transaction).await?.rows_affected();
    sqlx::query(SNAPSHOT).bind(&json).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok((removed, ids.len() >= STEP))
}
