//! A look at a database that changes nothing and may happen beside its owner.

use crate::{OpenError, migrate, open};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};
use std::path::Path;

/// Whether there is a database at `path` that this program can use; false if there is none yet.
///
/// # Errors
/// [`OpenError`]: it cannot be read, or a newer program wrote it.
pub async fn probe(path: &Path) -> Result<bool, OpenError> {
    if !path.exists() {
        return Ok(false);
    }
    let failed = |source: sqlx::Error| OpenError::Sqlite { path: path.to_owned(), source: source.into() };
    // Not opened read-only: that cannot read a file whose WAL was left by a crash.
    let options = open::options(path).create_if_missing(false).pragma("query_only", "ON");
    let mut connection = options.connect().await.map_err(failed)?;
    let found = version(&mut connection).await.map_err(failed)?;
    let _ = connection.close().await;
    match (found, migrate::known()) {
        (Some(found), known) if found > known => Err(OpenError::Newer { path: path.to_owned(), found, known }),
        (found, _) => Ok(found.is_some()),
    }
}

async fn version(on: &mut SqliteConnection) -> Result<Option<i64>, sqlx::Error> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'";
    let tables: i64 = sqlx::query(sql).fetch_one(&mut *on).await?.try_get(0)?;
    if tables == 0 { Ok(None) } else { migrate::version_of(on).await.map(Some) }
}
