//! The schema's versions: each file under `migrations/postgres` once, in one transaction.

use environment::Timestamp;
use sqlx::{Connection, PgConnection, Row};

/// Number, name and text of each, ascending; a twin of each lies under `migrations/sqlite`.
pub(crate) const MIGRATIONS: &[(i64, &str, &str)] =
    &[(1, "0001_engine", include_str!("../../../migrations/postgres/0001_engine.sql"))];

/// Supervisors that start at once take turns: "migrate!" read as a number.
const LOCK: i64 = 0x6d69_6772_6174_6521;

pub(crate) enum Fault {
    Newer { found: i64, known: i64 },
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// Brings the schema to the newest version.
pub(crate) async fn run(connection: &mut PgConnection, now: Timestamp) -> Result<(), Fault> {
    let known = MIGRATIONS.last().map_or(0, |(number, ..)| *number);
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS schema_migration (
           number bigint PRIMARY KEY, name text NOT NULL, applied_at bigint NOT NULL)",
    )
    .execute(&mut *transaction)
    .await?;
    let row = sqlx::query("SELECT coalesce(max(number), 0) FROM schema_migration").fetch_one(&mut *transaction).await?;
    let found: i64 = row.try_get(0)?;
    if found > known {
        return Err(Fault::Newer { found, known });
    }
    for (number, name, text) in MIGRATIONS.iter().filter(|(number, ..)| *number > found) {
        sqlx::raw_sql(*text).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO schema_migration (number, name, applied_at) VALUES ($1, $2, $3)")
            .bind(number)
            .bind(name)
            .bind(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}
