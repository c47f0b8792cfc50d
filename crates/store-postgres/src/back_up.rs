//! A backup while supervisors use the database: one transaction that reads sees what was committed when it began, whatever
//! is committed meanwhile, and takes no lock that a commit waits for.
//!
//! Rows are read by statements made from the names that the catalogue gives, which nothing can check beforehand.

use crate::{
    catalogue::{self, Column, MADE_ANEW, quoted},
    connect::Address,
    error::words,
    migrate,
};
use engine::archive::{BackUpError, Counts, Head, Writer};
use environment::Environment;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::{io::Write, time::Duration};

/// Between two looks at the inbox, and how often: three times as long as others wait for a dead owner.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS_MAX: u32 = 300;

/// Writes everything that is in the database at `url`.
///
/// # Errors
/// [`BackUpError`].
pub async fn back_up<W: Write>(
    url: &str,
    program: &str,
    environment: &Environment,
    to: W,
) -> Result<Counts, BackUpError> {
    let address = Address::parse(url, "longshore backup");
    let address =
        address.map_err(|error| BackUpError::Database { place: "the database".to_owned(), why: error.to_string() })?;
    let place = address.place.clone();
    let failed = |error: sqlx::Error| BackUpError::Database { place: place.clone(), why: words(&error) };
    let mut connection = address.unhurried(environment).await.map_err(failed)?;
    let taken_at = environment.now();
    let tables = settled(&mut connection, environment).await.map_err(failed)?;
    let Some(tables) = tables else {
        let why = "events wait in the inbox for a supervisor that does not run; start one, and try again".to_owned();
        return Err(BackUpError::Database { place, why });
    };
    if !tables.iter().any(|table| table == "schema_migration") {
        return Err(BackUpError::NoDatabase { place });
    }
    let (found, known) = (migrate::version_of(&mut connection).await.map_err(failed)?, migrate::known());
    if found > known {
        return Err(BackUpError::Newer { place, found, known });
    }
    let head = Head { schema: found, program: program.to_owned(), database: "PostgreSQL".to_owned(), taken_at };
    let mut writer = Writer::begin(to, &head).map_err(unwritable)?;
    for table in tables.iter().filter(|table| !MADE_ANEW.contains(&table.as_str())) {
        copy(&mut connection, table, &mut writer, &failed).await?;
    }
    let (_, rows) = writer.finish().map_err(unwritable)?;
    connection.close().await.map_err(failed)?;
    Ok(rows)
}

/// Begins the transaction at a moment when everything acknowledged has been taken by its owner, which is nearly always; the
/// tables there are. `None`: no such moment came.
async fn settled(on: &mut PgConnection, environment: &Environment) -> Result<Option<Vec<String>>, sqlx::Error> {
    for _ in 0..LOOKS_MAX {
        on.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let tables = catalogue::tables(&mut *on).await?;
        let shared = tables.iter().any(|table| table == catalogue::INBOX);
        if !shared || !waits(&mut *on).await? {
            return Ok(Some(tables));
        }
        on.execute("ROLLBACK").await?;
        environment.sleep(LOOK).await;
    }
    Ok(None)
}

/// Something acknowledged has not been taken by its owner.
async fn waits(on: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let query = sqlx::query_scalar!("SELECT EXISTS (SELECT FROM inbox WHERE refusal IS NULL) AS \"waits!\"");
    query.fetch_one(on).await
}

async fn copy<W: Write>(
    on: &mut PgConnection,
    table: &str,
    writer: &mut Writer<W>,
    failed: &impl Fn(sqlx::Error) -> BackUpError,
) -> Result<(), BackUpError> {
    let columns = catalogue::columns(&mut *on, table).await.map_err(failed)?;
    let names: Vec<_> = columns.iter().map(|column| column.name.clone()).collect();
    writer.table(table, &names).map_err(unwritable)?;
    let selected: Vec<_> = columns.iter().map(Column::selected).collect();
    let sql = AssertSqlSafe(format!("SELECT {} FROM {}", selected.join(", "), quoted(table)));
    let mut rows = sqlx::query(sql).fetch(on);
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        let row = columns.iter().enumerate().map(|(at, column)| column.value(&row, at));
        writer.row(row.collect::<Result<_, _>>().map_err(failed)?).map_err(unwritable)?;
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where a function of an error is wanted")]
fn unwritable(error: std::io::Error) -> BackUpError {
    BackUpError::Write(error.to_string())
}
