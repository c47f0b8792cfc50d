//! A backup put back into a database without tables: schema, rows and marks in one transaction, so that whatever goes
//! wrong leaves it as it was.
//!
//! Rows are written by statements made from the names in the backup, which nothing can check beforehand but the catalogue.

use crate::{
    catalogue::{self, Column, Kind, quoted},
    connect::Address,
    document,
    error::words,
    migrate, server, text,
};
use engine::{
    archive::{Item, Mark, Reader, RestoreError, Restored, Value},
    beside::Expected,
};
use environment::Environment;
use sqlx::{Arguments, AssertSqlSafe, Connection, PgConnection, postgres::PgArguments};
use std::io::BufRead;

/// Rows in one statement; more are no faster.
const ROWS: usize = 500;

/// Puts a backup and `marks` into the empty database at `url`.
///
/// # Errors
/// [`RestoreError`]; nothing was restored.
pub async fn restore<R: BufRead>(
    url: &str,
    mut from: Reader<R>,
    marks: &[Mark],
    environment: &Environment,
) -> Result<Restored, RestoreError> {
    let (found, known) = (from.head().schema, migrate::known());
    if found > known {
        return Err(RestoreError::Newer { found, known });
    }
    let not_open = |error: crate::OpenError| RestoreError::Open(error.to_string());
    let address = Address::parse(url, "longshore restore").map_err(not_open)?;
    let place = address.place.clone();
    let failed = |error: sqlx::Error| RestoreError::Database { place: place.clone(), why: words(&error) };
    let mut connection = address.unhurried(environment).await.map_err(|error| not_open(address.unreachable(&error)))?;
    server::check(&mut connection, &address).await.map_err(not_open)?;
    let mut transaction = connection.begin().await.map_err(failed)?;
    migrate::turn(&mut transaction).await.map_err(failed)?;
    if !catalogue::tables(&mut transaction).await.map_err(failed)?.is_empty() {
        let hint = "make one with `CREATE DATABASE` and name it in `database.url`";
        return Err(RestoreError::NotEmpty { place, hint });
    }
    let now = environment.now();
    migrate::run_to(&mut transaction, found, now).await.map_err(|fault| match fault {
        migrate::Fault::Newer { found, known } => RestoreError::Newer { found, known },
        migrate::Fault::Database(error) => failed(error),
    })?;
    fill(&mut transaction, &mut from, &place).await?;
    catalogue::number_on(&mut transaction).await.map_err(failed)?;
    for mark in marks {
        let put = document::put(&mut transaction, mark.collection, mark.key, &mark.value, Expected::Any, now);
        put.await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    Ok(Restored { head: from.head().clone(), rows: from.rows().clone() })
}

async fn fill<R: BufRead>(on: &mut PgConnection, from: &mut Reader<R>, place: &str) -> Result<(), RestoreError> {
    let mut table = Table::default();
    while let Some(item) = from.next_item()? {
        match item {
            Item::Table { name, columns } => {
                table.write(on, place).await?;
                table = Table { name, columns, rows: Vec::new(), there: Vec::new() };
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
    /// The same columns as the database has them, once it was asked.
    there: Vec<Column>,
}

impl Table {
    async fn write(&mut self, on: &mut PgConnection, place: &str) -> Result<(), RestoreError> {
        // A table that this database has no use for may be named, as long as it is empty.
        if self.rows.is_empty() {
            return Ok(());
        }
        let failed = |error: sqlx::Error| RestoreError::Database { place: place.to_owned(), why: words(&error) };
        if self.there.is_empty() {
            let there = catalogue::columns(&mut *on, &self.name).await.map_err(failed)?;
            self.there = self.in_order(&there).map_err(|why| RestoreError::NoPlace {
                table: self.name.clone(),
                place: place.to_owned(),
                why,
            })?;
        }
        let mut arguments = PgArguments::default();
        let mut rows = std::mem::take(&mut self.rows);
        for (at, column) in self.there.iter().enumerate() {
            let values = rows.iter_mut().map(|row| std::mem::replace(&mut row[at], Value::Null));
            add(&mut arguments, column.kind, values).map_err(failed)?;
        }
        sqlx::query_with(AssertSqlSafe(self.statement()), arguments).execute(on).await.map_err(failed)?;
        Ok(())
    }

    fn in_order(&self, there: &[Column]) -> Result<Vec<Column>, String> {
        if there.is_empty() {
            return Err("there is no such table".to_owned());
        }
        let column = |name: &String| {
            let found = there.iter().find(|column| column.name == *name);
            found.cloned().ok_or_else(|| format!("it has no column `{name}`"))
        };
        self.columns.iter().map(column).collect()
    }

    fn statement(&self) -> String {
        let names: Vec<_> = self.there.iter().map(|column| quoted(&column.name)).collect();
        let array = |(at, column): (usize, &Column)| {
            let kind = match column.kind {
                Kind::Integer => "bigint[]",
                Kind::Text => "text[]",
                Kind::Bytes => "bytea[]",
            };
            format!("${}::{kind}", at + 1)
        };
        let arrays: Vec<_> = self.there.iter().enumerate().map(array).collect();
        let (table, names, arrays) = (quoted(&self.name), names.join(", "), arrays.join(", "));
        format!("INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT * FROM unnest({arrays})")
    }
}

/// One column of all rows.
fn add(to: &mut PgArguments, kind: Kind, values: impl Iterator<Item = Value>) -> Result<(), sqlx::Error> {
    let unfit = |value: Value| sqlx::Error::Encode(format!("{value:?} is not of its column's kind").into());
    let added = match kind {
        Kind::Integer => to.add(
            values
                .map(|value| match value {
                    Value::Null => Ok(None),
                    Value::Integer(number) => Ok(Some(number)),
                    other => Err(unfit(other)),
                })
                .collect::<Result<Vec<Option<i64>>, _>>()?,
        ),
        Kind::Text => to.add(
            values
                .map(|value| match value {
                    Value::Null => Ok(None),
                    Value::Text(text) => Ok(Some(text::stored(&text).into_owned())),
                    other => Err(unfit(other)),
                })
                .collect::<Result<Vec<Option<String>>, _>>()?,
        ),
        Kind::Bytes => to.add(
            values
                .map(|value| match value {
                    Value::Null => Ok(None),
                    Value::Bytes(bytes) => Ok(Some(bytes)),
                    other => Err(unfit(other)),
                })
                .collect::<Result<Vec<Option<Vec<u8>>>, _>>()?,
        ),
    };
    added.map_err(sqlx::Error::Encode)
}
