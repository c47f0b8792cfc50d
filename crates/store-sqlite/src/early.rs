//! Events that came too early.

use crate::{
    commit::Parameters,
    workflow::{limit, millis, time},
};
use engine::{EarlyRow, EventId, Timestamp};
use sqlx::{Row, SqliteExecutor, sqlite::SqliteRow};
use std::sync::Arc;

pub(crate) const INSERT: &str = "INSERT INTO early (kind, key, id, payload, at, keep_until) VALUES (?, ?, ?, ?, ?, ?)";
pub(crate) const DELETE: &str = "DELETE FROM early WHERE kind = ? AND key = ? AND id = ?";

pub(crate) fn bind(to: &mut Parameters<'_, '_>, row: &EarlyRow) -> rusqlite::Result<()> {
    to.add(&*row.kind)?.add(&*row.key)?.add(row.id.as_str())?.add(&*row.payload)?;
    to.add(millis(row.at))?.add(millis(row.keep_until))?;
    Ok(())
}

pub(crate) fn bind_name(
    to: &mut Parameters<'_, '_>,
    (kind, key, id): &(Arc<str>, Arc<str>, EventId),
) -> rusqlite::Result<()> {
    to.add(&**kind)?.add(&**key)?.add(id.as_str())?;
    Ok(())
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
