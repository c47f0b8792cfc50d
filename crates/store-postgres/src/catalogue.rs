//! The tables as the database itself names them, for backups: so a table that a later migration makes is in them without
//! anybody's thinking of it.

use crate::text;
use engine::archive::Value;
use sqlx::{AssertSqlSafe, PgConnection, Row, postgres::PgRow};

/// What a backup says by itself, and who owns the database now: neither is put back. The inbox is empty in a backup.
pub(crate) const MADE_ANEW: &[&str] = &["schema_migration", "fence", "lease", "node", INBOX];

/// Events that are durable and that their owner has not taken yet.
pub(crate) const INBOX: &str = "inbox";

/// What a column holds; SQLite has no more kinds either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Text,
    Bytes,
}

/// A column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub name: String,
    pub kind: Kind,
}

impl Column {
    /// As it is selected.
    pub fn selected(&self) -> String {
        let name = quoted(&self.name);
        match self.kind {
            Kind::Integer => format!("{name}::bigint"),
            Kind::Text | Kind::Bytes => name,
        }
    }

    pub fn value(&self, row: &PgRow, at: usize) -> Result<Value, sqlx::Error> {
        Ok(match self.kind {
            Kind::Integer => row.try_get::<Option<i64>, _>(at)?.map_or(Value::Null, Value::Integer),
            Kind::Text => {
                row.try_get::<Option<String>, _>(at)?.map_or(Value::Null, |it| Value::Text(text::original(it)))
            }
            Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map_or(Value::Null, Value::Bytes),
        })
    }
}

/// Names of all tables, sorted.
pub(crate) async fn tables(on: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    let query = sqlx::query_scalar!(
        "SELECT table_name::text AS \"name!\" FROM information_schema.tables WHERE table_schema = current_schema() \
         AND table_type = 'BASE TABLE' ORDER BY table_name::text COLLATE \"C\""
    );
    query.fetch_all(on).await
}

/// A table's columns, in their order; none if there is no such table.
pub(crate) async fn columns(on: &mut PgConnection, table: &str) -> Result<Vec<Column>, sqlx::Error> {
    let query = sqlx::query!(
        "SELECT column_name::text AS \"name!\", data_type::text AS \"kind!\" FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
        table
    );
    let columns = query.fetch_all(on).await?.into_iter().map(|row| {
        let kind = match row.kind.as_str() {
            "bigint" | "integer" | "smallint" => Kind::Integer,
            "text" => Kind::Text,
            "bytea" => Kind::Bytes,
            other => {
                let why = format!("a backup holds no {other}, as `{table}.{}` is", row.name);
                return Err(sqlx::Error::Decode(why.into()));
            }
        };
        Ok(Column { name: row.name, kind })
    });
    columns.collect()
}

/// Numbers that the database gives by itself go on after those that are there.
pub(crate) async fn number_on(on: &mut PgConnection) -> Result<(), sqlx::Error> {
    let query = sqlx::query!(
        "SELECT table_name::text AS \"table!\", column_name::text AS \"column!\", \
         pg_get_serial_sequence(quote_ident(table_name), column_name) AS \"sequence!\" \
         FROM information_schema.columns WHERE table_schema = current_schema() \
         AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL"
    );
    for numbered in query.fetch_all(&mut *on).await? {
        let (table, column) = (quoted(&numbered.table), quoted(&numbered.column));
        // Made from names that the database gives: nothing can check it beforehand.
        let next = format!("coalesce((SELECT max({column}) FROM {table}), 0) + 1");
        let sql = AssertSqlSafe(format!("SELECT setval($1::regclass, {next}, false)"));
        sqlx::query(sql).bind(numbered.sequence).execute(&mut *on).await?;
    }
    Ok(())
}

/// A name in a statement.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::Address;
    use environment::Environment;

    #[tokio::test]
    async fn numbers_that_the_database_gives_go_on_after_those_that_are_there() {
        let database = testkit::postgres::database();
        let address = Address::parse(&database.url, "longshore").unwrap();
        let mut connection = address.plain(&Environment::real()).await.unwrap();
        let sql = "CREATE TABLE \"a b\" (place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text); \
                   CREATE TABLE empty (place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text); \
                   INSERT INTO \"a b\" (place, text) OVERRIDING SYSTEM VALUE VALUES (7, 'x')";
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        number_on(&mut connection).await.unwrap();
        for (table, next) in [("\"a b\"", 8), ("empty", 1)] {
            let sql = AssertSqlSafe(format!("INSERT INTO {table} (text) VALUES ('y') RETURNING place"));
            let given: i64 = sqlx::query(sql).fetch_one(&mut connection).await.unwrap().get(0);
            assert_eq!(given, next, "{table}");
        }
    }
}
