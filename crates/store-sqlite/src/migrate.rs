//! The schema's versions: each file under `migrations/sqlite` once, in one transaction.
//!
//! What is asked here is not checked when it is compiled: it runs before the tables are as they should be.

use environment::Timestamp;
use sqlx::{Connection, Row, SqliteConnection};

/// Number, name and text of each, ascending; a twin of each lies under `migrations/postgres`.
pub(crate) const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "0001_engine", include_str!("../../../migrations/sqlite/0001_engine.sql")),
    (2, "0002_nodes", include_str!("../../../migrations/sqlite/0002_nodes.sql")),
    (3, "0003_active", include_str!("../../../migrations/sqlite/0003_active.sql")),
];

pub(crate) enum Fault {
    Newer { found: i64, known: i64 },
    Sqlite(sqlx::Error),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// The newest version known here.
pub(crate) fn known() -> i64 {
    MIGRATIONS.last().map_or(0, |(number, ..)| *number)
}

/// Brings the schema to the newest version.
pub(crate) async fn run(connection: &mut SqliteConnection, now: Timestamp) -> Result<(), Fault> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    run_to(&mut transaction, known(), now).await?;
    transaction.commit().await?;
    Ok(())
}

/// Brings the schema to a version, within the caller's transaction.
pub(crate) async fn run_to(on: &mut SqliteConnection, version: i64, now: Timestamp) -> Result<(), Fault> {
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS schema_migration (
           number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT",
    )
    .execute(&mut *on)
    .await?;
    let found = version_of(&mut *on).await?;
    let known = known();
    if found > known {
        return Err(Fault::Newer { found, known });
    }
    for (number, name, text) in MIGRATIONS.iter().filter(|(number, ..)| *number > found && *number <= version) {
        sqlx::raw_sql(*text).execute(&mut *on).await?;
        sqlx::query("INSERT INTO schema_migration (number, name, applied_at) VALUES (?, ?, ?)")
            .bind(number)
            .bind(name)
            .bind(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
            .execute(&mut *on)
            .await?;
    }
    Ok(())
}

/// The version that a database has.
pub(crate) async fn version_of(on: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT coalesce(max(number), 0) FROM schema_migration").fetch_one(on).await?.try_get(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{AssertSqlSafe, ConnectOptions};
    use std::{
        collections::{BTreeMap, BTreeSet},
        path::{Path, PathBuf},
    };

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations")
    }

    #[test]
    fn each_migration_has_its_twin_and_its_sample_rows() {
        let names = |folder: &str| -> BTreeSet<String> {
            let files = std::fs::read_dir(root().join(folder)).unwrap();
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
        };
        let here: BTreeSet<_> = MIGRATIONS.iter().map(|(_, name, _)| format!("{name}.sql")).collect();
        assert_eq!(names("sqlite"), here);
        assert_eq!(names("postgres"), here);
        assert_eq!(names("samples"), here);
    }

    async fn counts(on: &mut SqliteConnection) -> BTreeMap<String, i64> {
        let mut counts = BTreeMap::new();
        for table in crate::catalogue::tables(&mut *on).await.unwrap() {
            let sql = AssertSqlSafe(format!("SELECT count(*) FROM {}", crate::catalogue::quoted(&table)));
            counts.insert(table, sqlx::query(sql).fetch_one(&mut *on).await.unwrap().get(0));
        }
        counts.remove("schema_migration");
        counts
    }

    #[tokio::test]
    async fn the_sample_rows_of_every_version_are_carried_to_the_newest() {
        for (version, name, _) in MIGRATIONS {
            let folder = tempfile::tempdir().unwrap();
            let options = crate::open::options(&folder.path().join("longshore.db"));
            let mut connection = options.connect().await.unwrap();
            assert!(run_to(&mut connection, *version, NOW).await.is_ok());
            let sample = std::fs::read_to_string(root().join(format!("samples/{name}.sql"))).unwrap();
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
