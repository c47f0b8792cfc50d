//! The schema's versions: each file under `migrations/postgres` once, in one transaction.
//!
//! What is asked here is not checked when it is compiled: it runs before the tables are as they should be.

use environment::Timestamp;
use sqlx::{Connection, PgConnection, Row};

/// Number, name and text of each, ascending; a twin of each lies under `migrations/sqlite`.
pub(crate) const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "0001_engine", include_str!("../../../migrations/postgres/0001_engine.sql")),
    (2, "0002_nodes", include_str!("../../../migrations/postgres/0002_nodes.sql")),
    (3, "0003_active", include_str!("../../../migrations/postgres/0003_active.sql")),
];

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

/// The newest version known here.
pub(crate) fn known() -> i64 {
    MIGRATIONS.last().map_or(0, |(number, ..)| *number)
}

/// Brings the schema to the newest version.
pub(crate) async fn run(connection: &mut PgConnection, now: Timestamp) -> Result<(), Fault> {
    let mut transaction = connection.begin().await?;
    turn(&mut transaction).await?;
    run_to(&mut transaction, known(), now).await?;
    transaction.commit().await?;
    Ok(())
}

/// Waits until nobody else migrates; the turn lasts as long as the caller's transaction.
pub(crate) async fn turn(on: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", LOCK).execute(on).await.map(|_| ())
}

/// Brings the schema to a version, within the caller's transaction.
pub(crate) async fn run_to(on: &mut PgConnection, version: i64, now: Timestamp) -> Result<(), Fault> {
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS schema_migration (
           number bigint PRIMARY KEY, name text NOT NULL, applied_at bigint NOT NULL)",
    )
    .execute(&mut *on)
    .await?;
    let (found, known) = (version_of(&mut *on).await?, known());
    if found > known {
        return Err(Fault::Newer { found, known });
    }
    for (number, name, text) in MIGRATIONS.iter().filter(|(number, ..)| *number > found && *number <= version) {
        sqlx::raw_sql(*text).execute(&mut *on).await?;
        sqlx::query("INSERT INTO schema_migration (number, name, applied_at) VALUES ($1, $2, $3)")
            .bind(number)
            .bind(name)
            .bind(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
            .execute(&mut *on)
            .await?;
    }
    Ok(())
}

/// The version that a database has.
pub(crate) async fn version_of(on: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT coalesce(max(number), 0) FROM schema_migration").fetch_one(on).await?.try_get(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalogue, connect::Address};
    use environment::Environment;
    use sqlx::AssertSqlSafe;
    use std::{collections::BTreeMap, path::Path};

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    async fn counts(on: &mut PgConnection) -> BTreeMap<String, i64> {
        let mut counts = BTreeMap::new();
        for table in catalogue::tables(&mut *on).await.unwrap() {
            let sql = AssertSqlSafe(format!("SELECT count(*) FROM {}", catalogue::quoted(&table)));
            counts.insert(table, sqlx::query(sql).fetch_one(&mut *on).await.unwrap().get(0));
        }
        counts.remove("schema_migration");
        counts
    }

    #[tokio::test]
    async fn the_sample_rows_of_every_version_are_carried_to_the_newest() {
        for (version, name, _) in MIGRATIONS {
            let database = testkit::postgres::database();
            let address = Address::parse(&database.url, "longshore").unwrap();
            let mut connection = address.plain(&Environment::real()).await.unwrap();
            assert!(run_to(&mut connection, *version, NOW).await.is_ok());
            let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../migrations/samples/{name}.sql"));
            // The one word that the databases do not share.
            let sample = std::fs::read_to_string(sample).unwrap().replace(" AS BLOB)", " AS bytea)");
            sqlx::raw_sql(AssertSqlSafe(sample)).execute(&mut connection).await.unwrap();
            let before = counts(&mut connection).await;
            assert!(before.values().any(|rows| *rows > 0), "{name} has no rows");
            assert!(run(&mut connection, NOW).await.is_ok(), "{name}");
            let after = counts(&mut connection).await;
            for (table, rows) in before {
                assert_eq!(after.get(&table), Some(&rows), "rows of `{table}` that {name} wrote");
            }
            assert_eq!(version_of(&mut connection).await.unwrap(), known());
        }
    }
}
