//! What SQLite wants done from time to time.
//!
//! Why no more than this: a page that became free is used again, and giving it back to the file system needs a file whose
//! pages know who points to them (`auto_vacuum`), which every write would pay for. A restored backup is compact. The WAL is
//! moved into the file without waiting for anybody (`PASSIVE`): a commit must never wait for the janitor.

use sqlx::{Executor, SqliteConnection};

/// In words.
pub(crate) const WHAT: &str =
    "statistics for the planner are brought up to date, and the write-ahead log is moved into the file";

pub(crate) async fn run(on: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    // Looks only at tables that changed much, and at a bounded number of rows of each.
    on.execute("PRAGMA analysis_limit = 1000").await?;
    on.execute("PRAGMA optimize = 0x10002").await?;
    on.execute("PRAGMA wal_checkpoint(PASSIVE)").await.map(|_| ())
}
