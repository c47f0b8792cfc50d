//! The tables as the database itself names them, for backups: so a table that a later migration makes is in them without
//! anybody's thinking of it.

use sqlx::SqliteConnection;

/// What a backup says by itself, and a restore makes anew.
pub(crate) const MADE_ANEW: &[&str] = &["schema_migration"];

/// Names of all tables, sorted.
pub(crate) async fn tables(on: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let query = sqlx::query_scalar!(
        "SELECT name AS \"name!\" FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' \
         ORDER BY name"
    );
    query.fetch_all(on).await
}

/// Names of a table's columns, in their order; none if there is no such table.
pub(crate) async fn columns(on: &mut SqliteConnection, table: &str) -> Result<Vec<String>, sqlx::Error> {
    // An expression, since what is asked when this is compiled knows no columns of a pragma.
    let query = sqlx::query_scalar!(
        "SELECT CAST(name AS TEXT) AS \"name!: String\" FROM pragma_table_info(?) ORDER BY cid",
        table
    );
    query.fetch_all(on).await
}

/// A name in a statement.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Names in a statement.
pub(crate) fn list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}
