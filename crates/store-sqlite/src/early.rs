//! Events that came too early.

use crate::{
    commit::Parameters,
    workflow::{limit, millis, time},
};
use engine::{EarlyRow, EventId, Timestamp};
use sqlx::SqliteExecutor;
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

/// A row as it is read.
struct Stored {
    kind: String,
    key: String,
    id: String,
    payload: String,
    at: i64,
    keep_until: i64,
}

impl From<Stored> for EarlyRow {
    fn from(row: Stored) -> Self {
        Self {
            kind: row.kind.into(),
            key: row.key.into(),
            id: EventId::from_stored(row.id),
            payload: row.payload.into(),
            at: time(row.at),
            keep_until: time(row.keep_until),
        }
    }
}

/// Those kept for some names, in the order in which they came.
pub(crate) async fn by_names(
    on: impl SqliteExecutor<'_>,
    names: &[(&str, &str)],
) -> Result<Vec<EarlyRow>, sqlx::Error> {
    let names = serde_json::json!(names).to_string();
    let query = sqlx::query_as!(
        Stored,
        "SELECT e.kind, e.key, e.id, e.payload, e.at, e.keep_until FROM json_each(?) j \
         CROSS JOIN early e ON e.kind = j.value ->> 0 AND e.key = j.value ->> 1 ORDER BY e.at, e.id",
        names
    );
    Ok(query.fetch_all(on).await?.into_iter().map(EarlyRow::from).collect())
}

/// Removes those whose time has passed.
pub(crate) async fn drop_past(
    on: impl SqliteExecutor<'_>,
    now: Timestamp,
    rows: usize,
) -> Result<Vec<EarlyRow>, sqlx::Error> {
    let (now, rows) = (millis(now), limit(rows));
    let query = sqlx::query_as!(
        Stored,
        "DELETE FROM early WHERE (kind, key, id) IN \
         (SELECT kind, key, id FROM early WHERE keep_until <= ? ORDER BY keep_until LIMIT ?) \
         RETURNING kind, key, id, payload, at, keep_until",
        now,
        rows
    );
    Ok(query.fetch_all(on).await?.into_iter().map(EarlyRow::from).collect())
}
