//! A look at a database that changes nothing and may happen beside its owners.

use crate::{OpenError, connect::Address, migrate, server};
use environment::Environment;
use sqlx::{Connection, PgConnection, Row};

/// Whether there are tables of ours at `postgres://…` that this program can use; false if there are none yet.
///
/// # Errors
/// [`OpenError`]: not reachable, not fit for what is kept in it, or written by a newer program.
pub async fn probe(url: &str, environment: &Environment) -> Result<bool, OpenError> {
    let address = Address::parse(url, "longshore doctor")?;
    let mut connection = address.plain(environment).await.map_err(|error| address.unreachable(&error))?;
    server::check(&mut connection, &address).await?;
    let found = version(&mut connection).await.map_err(|error| address.failed(&error))?;
    let _ = connection.close().await;
    match (found, migrate::known()) {
        (Some(found), known) if found > known => Err(OpenError::Newer { place: address.place, found, known }),
        (found, _) => Ok(found.is_some()),
    }
}

async fn version(on: &mut PgConnection) -> Result<Option<i64>, sqlx::Error> {
    let there: bool =
        sqlx::query("SELECT to_regclass('schema_migration') IS NOT NULL").fetch_one(&mut *on).await?.try_get(0)?;
    if there { migrate::version_of(on).await.map(Some) } else { Ok(None) }
}
