//! A backup of the file while a supervisor uses it: one read transaction sees what was committed when it began, whatever
//! is committed meanwhile. It takes no lock that a commit waits for; only the WAL grows until it ends.
//!
//! Rows are read by statements made from the names that the catalogue gives, which nothing can check beforehand.

use crate::{
    catalogue::{self, MADE_ANEW, list, quoted},
    migrate, open,
};
use engine::archive::{BackUpError, Counts, Head, Value, Writer};
use environment::Environment;
use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, Row, SqliteConnection, TypeInfo, ValueRef, sqlite::SqliteRow,
};
use std::{io::Write, path::Path};

/// Writes everything that is in the database at `path`.
///
/// # Errors
/// [`BackUpError`].
pub async fn back_up<W: Write>(
    path: &Path,
    program: &str,
    environment: &Environment,
    to: W,
) -> Result<Counts, BackUpError> {
    let place = format!("`{}`", path.display());
    let failed = |error: sqlx::Error| BackUpError::Database { place: place.clone(), why: error.to_string() };
    if !path.is_file() {
        return Err(BackUpError::NoDatabase { place });
    }
    // Not opened read-only: that cannot read a file whose WAL was left by a crash.
    let options = open::options(path).create_if_missing(false).pragma("query_only", "ON");
    let mut connection = options.connect().await.map_err(failed)?;
    let taken_at = environment.now();
    connection.execute("BEGIN").await.map_err(failed)?;
    let tables = catalogue::tables(&mut connection).await.map_err(failed)?;
    if !tables.iter().any(|table| table == "schema_migration") {
        return Err(BackUpError::NoDatabase { place });
    }
    let (found, known) = (migrate::version_of(&mut connection).await.map_err(failed)?, migrate::known());
    if found > known {
        return Err(BackUpError::Newer { place, found, known });
    }
    let head = Head { schema: found, program: program.to_owned(), database: "SQLite".to_owned(), taken_at };
    let mut writer = Writer::begin(to, &head).map_err(unwritable)?;
    for table in tables.iter().filter(|table| !MADE_ANEW.contains(&table.as_str())) {
        copy(&mut connection, table, &mut writer, &failed).await?;
    }
    let (_, rows) = writer.finish().map_err(unwritable)?;
    connection.close().await.map_err(failed)?;
    Ok(rows)
}

async fn copy<W: Write>(
    on: &mut SqliteConnection,
    table: &str,
    writer: &mut Writer<W>,
    failed: &impl Fn(sqlx::Error) -> BackUpError,
) -> Result<(), BackUpError> {
    let columns = catalogue::columns(&mut *on, table).await.map_err(failed)?;
    writer.table(table, &columns).map_err(unwritable)?;
    let sql = AssertSqlSafe(format!("SELECT {} FROM {}", list(&columns), quoted(table)));
    let mut rows = sqlx::query(sql).fetch(on);
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        let row = (0..columns.len()).map(|column| value(&row, column)).collect::<Result<_, _>>().map_err(failed)?;
        writer.row(row).map_err(unwritable)?;
    }
    Ok(())
}

fn value(row: &SqliteRow, column: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(column)?;
    // The type of nothing is its column's.
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INTEGER" => Value::Integer(row.try_get(column)?),
        "TEXT" => Value::Text(row.try_get(column)?),
        "BLOB" => Value::Bytes(row.try_get(column)?),
        other => return Err(sqlx::Error::Decode(format!("a backup holds no {other}").into())),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where a function of an error is wanted")]
fn unwritable(error: std::io::Error) -> BackUpError {
    BackUpError::Write(error.to_string())
}
