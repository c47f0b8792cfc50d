//! The schema's versions: each file under `migrations/sqlite` once, in one transaction.

use environment::Timestamp;
use sqlx::{Connection, Row, SqliteConnection};

/// Number, name and text of each, ascending; a twin of each lies under `migrations/postgres`.
pub(crate) const MIGRATIONS: &[(i64, &str, &str)] =
    &[(1, "0001_engine", include_str!("../../../migrations/sqlite/0001_engine.sql"))];

pub(crate) enum Fault {
    Newer { found: i64, known: i64 },
    Sqlite(sqlx::Error),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Brings the schema to the newest version.
pub(crate) async fn run(connection: &mut SqliteConnection, now: Timestamp) -> Result<(), Fault> {
    let known = MIGRATIONS.last().map_or(0, |(number, ..)| *number);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS schema_migration (
           number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT",
    )
    .execute(&mut *transaction)
    .await?;
    let found: i64 = sqlx::query("SELECT coalesce(max(number), 0) FROM schema_migration")
        .fetch_one(&mut *transaction)
        .await?
        .try_get(0)?;
    if found > known {
        return Err(Fault::Newer { found, known });
    }
    for (number, name, text) in MIGRATIONS.iter().filter(|(number, ..)| *number > found) {
        sqlx::raw_sql(*text).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO schema_migration (number, name, applied_at) VALUES (?, ?, ?)")
            .bind(number)
            .bind(name)
            .bind(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::MIGRATIONS;
    use std::{collections::BTreeSet, path::Path};

    #[test]
    fn each_migration_has_its_twin_and_its_sample_rows() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let names = |folder: &str| -> BTreeSet<String> {
            let files = std::fs::read_dir(root.join(folder)).unwrap();
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
        };
        let here: BTreeSet<_> = MIGRATIONS.iter().map(|(_, name, _)| format!("{name}.sql")).collect();
        assert_eq!(names("sqlite"), here);
        assert_eq!(names("postgres"), here);
        assert_eq!(names("samples"), here);
    }
}
