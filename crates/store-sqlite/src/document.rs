//! Small keyed JSON values.

use crate::workflow::{limit, millis, number, positive, time};
use engine::{
    Timestamp,
    beside::{Document, Expected, Put},
};
use sqlx::{Row, SqliteConnection, SqliteExecutor, sqlite::SqliteRow};

fn read(row: &SqliteRow, first: usize) -> Result<Document, sqlx::Error> {
    let text: String = row.try_get(first)?;
    Ok(Document {
        value: serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))?,
        revision: positive(row.try_get(first + 1)?),
        updated_at: time(row.try_get(first + 2)?),
    })
}

pub(crate) async fn get(
    on: impl SqliteExecutor<'_>,
    collection: &str,
    key: &str,
) -> Result<Option<Document>, sqlx::Error> {
    let sql = "SELECT value, revision, updated_at FROM document WHERE collection = ? AND key = ?";
    let row = sqlx::query(sql).bind(collection).bind(key).fetch_optional(on).await?;
    row.map(|row| read(&row, 0)).transpose()
}

/// One statement, so that the condition and the write are one.
pub(crate) async fn put(
    on: &mut SqliteConnection,
    collection: &str,
    key: &str,
    value: &serde_json::Value,
    expected: Expected,
    now: Timestamp,
) -> Result<Put, sqlx::Error> {
    let (sql, revision) = match expected {
        Expected::Any => (
            "INSERT INTO document (collection, key, value, revision, updated_at) VALUES (?1, ?2, ?3, 1, ?4) \
             ON CONFLICT (collection, key) DO UPDATE SET value = ?3, revision = revision + 1, updated_at = ?4 \
             RETURNING revision, ?5",
            0,
        ),
        Expected::Absent => (
            "INSERT INTO document (collection, key, value, revision, updated_at) VALUES (?1, ?2, ?3, 1, ?4) \
             ON CONFLICT (collection, key) DO NOTHING RETURNING revision, ?5",
            0,
        ),
        Expected::Revision(revision) => (
            "UPDATE document SET value = ?3, revision = revision + 1, updated_at = ?4 \
             WHERE collection = ?1 AND key = ?2 AND revision = ?5 RETURNING revision",
            number(revision),
        ),
    };
    let query = sqlx::query(sql).bind(collection).bind(key).bind(value.to_string()).bind(millis(now)).bind(revision);
    // To its end: a statement that returns rows gives the first before it commits, and what the commit says comes after it.
    match query.fetch_all(&mut *on).await?.first() {
        Some(row) => Ok(Put::Done(positive(row.try_get(0)?))),
        None => Ok(Put::Conflict(get(on, collection, key).await?)),
    }
}

pub(crate) async fn list(
    on: impl SqliteExecutor<'_>,
    collection: &str,
    prefix: &str,
    after: Option<&str>,
    rows: usize,
) -> Result<Vec<(String, Document)>, sqlx::Error> {
    // Compared as bytes, not as a pattern: a prefix may hold `%`, or a NUL, at which `length` of a text ends.
    let sql = "SELECT key, value, revision, updated_at FROM document WHERE collection = ?1 AND key >= ?2 \
               AND substr(CAST(key AS BLOB), 1, length(CAST(?2 AS BLOB))) = CAST(?2 AS BLOB) \
               AND (?3 IS NULL OR key > ?3) ORDER BY key LIMIT ?4";
    let rows = sqlx::query(sql).bind(collection).bind(prefix).bind(after).bind(limit(rows)).fetch_all(on).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, read(row, 1)?))).collect()
}

pub(crate) async fn delete(on: impl SqliteExecutor<'_>, collection: &str, key: &str) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM document WHERE collection = ? AND key = ?";
    sqlx::query(sql).bind(collection).bind(key).execute(on).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SqliteStore;
    use environment::Environment;

    /// As a disk does that is full when the pages of a statement are written: with its commit, not before.
    #[tokio::test]
    async fn a_document_whose_commit_fails_is_not_acknowledged() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("longshore.db"), Environment::real()).await.unwrap();
        let mut writer = store.writer.lock().await;
        for expected in [Expected::Any, Expected::Absent] {
            let put = put(&mut writer, "runs", "1", &serde_json::json!(1), expected, Timestamp::default()).await;
            assert_eq!(put.unwrap(), if expected == Expected::Any { Put::Done(1) } else { conflict() });
        }
        writer.lock_handle().await.unwrap().set_commit_hook(|| false);
        for (key, expected) in [("2", Expected::Any), ("2", Expected::Absent), ("1", Expected::Revision(1))] {
            let put = put(&mut writer, "runs", key, &serde_json::json!(2), expected, Timestamp::default()).await;
            assert!(put.is_err(), "{expected:?}: {put:?}");
        }
        assert_eq!(get(&mut *writer, "runs", "2").await.unwrap(), None);
    }

    fn conflict() -> Put {
        Put::Conflict(Some(Document { value: serde_json::json!(1), revision: 1, updated_at: Timestamp::default() }))
    }
}
