//! A backup put back into a file that is not there yet: schema, rows and marks in one transaction, so that whatever goes
//! wrong leaves an empty database behind, which the next attempt accepts.
//!
//! Rows are written by statements made from the names in the backup, which nothing can check beforehand but the catalogue.

use crate::{
    catalogue::{self, list, quoted},
    document,
    lock::{OwnerLock, private},
    migrate, open,
};
use engine::{
    archive::{Item, Mark, Reader, RestoreError, Restored, Value},
    beside::Expected,
};
use environment::Environment;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection, sqlite::SqliteArguments};
use std::{io::BufRead, path::Path};

/// Rows in one statement: within SQLite's 32,766 values for every table, and past the cost of a trip.
const ROWS: usize = 100;

/// Tables that say which supervisor owns what of a PostgreSQL database: here a lock on the file does it.
const OWNERSHIP: &[&str] = &["fence", "lease"];

/// Puts a backup and `marks` into a new database at `path`.
///
/// # Errors
/// [`RestoreError`]; nothing was restored.
pub async fn restore<R: BufRead>(
    path: &Path,
    mut from: Reader<R>,
    marks: &[Mark],
    environment: &Environment,
) -> Result<Restored, RestoreError> {
    let place = format!("`{}`", path.display());
    let (found, known) = (from.head().schema, migrate::known());
    if found > known {
        return Err(RestoreError::Newer { found, known });
    }
    let _lock = OwnerLock::take(path).map_err(|error| RestoreError::Open(error.to_string()))?;
    private().open(path).map_err(|error| RestoreError::Open(format!("{place} cannot be made: {error}")))?;
    let failed = |error: sqlx::Error| RestoreError::Database { place: place.clone(), why: error.to_string() };
    let mut connection = open::options(path).connect().await.map_err(failed)?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    if !catalogue::tables(&mut transaction).await.map_err(failed)?.is_empty() {
        return Err(RestoreError::NotEmpty { place, hint: "name a file that is not there in `database.url`" });
    }
    let to_version = migrate::run_to(&mut transaction, found, environment.now()).await;
    to_version.map_err(|fault| match fault {
        migrate::Fault::Newer { found, known } => RestoreError::Newer { found, known },
        migrate::Fault::Sqlite(error) => failed(error),
    })?;
    fill(&mut transaction, &mut from, &place).await?;
    for mark in marks {
        let put =
            document::put(&mut transaction, mark.collection, mark.key, &mark.value, Expected::Any, environment.now());
        put.await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    Ok(Restored { head: from.head().clone(), rows: from.rows().clone() })
}

async fn fill<R: BufRead>(on: &mut SqliteConnection, from: &mut Reader<R>, place: &str) -> Result<(), RestoreError> {
    let mut table = Table::default();
    while let Some(item) = from.next_item()? {
        match item {
            Item::Table { name, columns } => {
                table.write(on, place).await?;
                table = Table { name, columns, rows: Vec::new(), there: None };
            }
            Item::Row(row) => {
                table.rows.push(row);
                if table.rows.len() == ROWS {
                    table.write(on, place).await?;
                }
            }
        }
    }
    table.write(on, place).await
}

/// The table that is being filled.
#[derive(Default)]
struct Table {
    name: String,
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
    /// The statement for a full chunk, once it is known that the table is there.
    there: Option<String>,
}

impl Table {
    async fn write(&mut self, on: &mut SqliteConnection, place: &str) -> Result<(), RestoreError> {
        // A table that this database has no use for may be named, as long as it is empty.
        if OWNERSHIP.contains(&self.name.as_str()) {
            self.rows.clear();
        }
        if self.rows.is_empty() {
            return Ok(());
        }
        let failed = |error: sqlx::Error| RestoreError::Database { place: place.to_owned(), why: error.to_string() };
        let no_place = |why: String| RestoreError::NoPlace { table: self.name.clone(), place: place.to_owned(), why };
        let head = match &self.there {
            Some(head) => head.clone(),
            None => {
                let there = catalogue::columns(&mut *on, &self.name).await.map_err(failed)?;
                if there.is_empty() {
                    return Err(no_place("there is no such table".to_owned()));
                }
                if let Some(column) = self.columns.iter().find(|column| !there.contains(column)) {
                    return Err(no_place(format!("it has no column `{column}`")));
                }
                format!("INSERT INTO {} ({}) VALUES ", quoted(&self.name), list(&self.columns))
            }
        };
        let row = format!("({})", vec!["?"; self.columns.len()].join(","));
        let sql = format!("{head}{}", vec![row.as_str(); self.rows.len()].join(","));
        let mut arguments = SqliteArguments::default();
        for value in self.rows.drain(..).flatten() {
            add(&mut arguments, value).map_err(sqlx::Error::Encode).map_err(failed)?;
        }
        sqlx::query_with(AssertSqlSafe(sql), arguments).execute(on).await.map_err(failed)?;
        self.there = Some(head);
        Ok(())
    }
}

fn add(to: &mut SqliteArguments, value: Value) -> Result<(), sqlx::error::BoxDynError> {
    use sqlx::Arguments;
    match value {
        Value::Null => to.add(None::<i64>),
        Value::Integer(number) => to.add(number),
        Value::Text(text) => to.add(text),
        Value::Bytes(bytes) => to.add(bytes),
    }
}
