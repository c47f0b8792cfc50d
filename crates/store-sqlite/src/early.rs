//! Events that came too early.

use crate::workflow::{limit, millis, time};
use engine::{EarlyRow, EventId, Timestamp};
use sqlx::{Arguments, Row, SqliteExecutor, error::BoxDynError, sqlite::SqliteArguments, sqlite::SqliteRow};
use std::sync::Arc;

pub(crate) const COLUMNS: usize = 6;
pub(crate) const INSERT: &str = "INSERT INTO early (kind, key, id, payload, at, keep_until)";

pub(crate) fn bind(to: &mut SqliteArguments, row: &EarlyRow) -> Result<(), BoxDynError> {
    to.add(Arc::clone(&row.kind))?;
    to.add(Arc::clone(&row.key))?;
    to.add(row.id.text())?;
    to.add(Arc::clone(&row.payload))?;
    to.add(millis(row.at))?;
    to.add(millis(row.keep_until))
}

fn read(row: &SqliteRow) -> Result<EarlyRow, sqlx::Error> {
    Ok(EarlyRow {
        kind: row.try_get::<String, _>(0)?.into(),
        key: row.try_get::<String, _>(1)?.into(),
        id: EventId::from_stored(row.try_get::<String, _>(2)?),
        payload: row.try_get::<String, _>(3)?.into(),
        at: time(row.try_get(4)?),
        keep_until: time(row.try_get(5)?),
    })
}

/// Those kept for some names, in the order in which they came.
pub(crate) async fn by_names(
    on: impl SqliteExecutor<'_>,
    names: &[(&str, &str)],
) -> Result<Vec<EarlyRow>, sqlx::Error> {
    let sql = "SELECT e.kind, e.key, e.id, e.payload, e.at, e.keep_until FROM json_each(?) j \
               CROSS JOIN early e ON e.kind = j.value ->> 0 AND e.key = j.value ->> 1 ORDER BY e.at, e.id";
    let rows = sqlx::query(sql).bind(serde_json::json!(names).to_string()).fetch_all(on).await?;
    rows.iter().map(read).collect()
}

pub(crate) async fn used(
    on: impl SqliteExecutor<'_>,
    rows: &[(Arc<str>, Arc<str>, EventId)],
) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM early WHERE (kind, key, id) IN \
               (SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2 FROM json_each(?) j)";
    sqlx::query(sql).bind(serde_json::json!(rows).to_string()).execute(on).await.map(|_| ())
}

/// Removes those whose time has passed.
pub(crate) async fn drop_past(
    on: impl SqliteExecutor<'_>,
    now: Timestamp,
    rows: usize,
) -> Result<Vec<EarlyRow>, sqlx::Error> {
    let sql = "DELETE FROM early WHERE (kind, key, id) IN \
               (SELECT kind, key, id FROM early WHERE keep_until <= ? ORDER BY keep_until LIMIT ?) \
               RETURNING kind, key, id, payload, at, keep_until";
    let rows = sqlx::query(sql).bind(millis(now)).bind(limit(rows)).fetch_all(on).await?;
    rows.iter().map(read).collect()
}
