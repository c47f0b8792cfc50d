//! Small keyed JSON values.

use crate::workflow::{limit, millis, number, positive, time};
use engine::{
    Timestamp,
    beside::{Document, Expected, Put},
};
use sqlx::{SqliteConnection, SqliteExecutor};

/// What a document's row holds beside its name.
struct Stored {
    value: String,
    revision: i64,
    updated_at: i64,
}

impl Stored {
    fn read(self) -> Result<Document, sqlx::Error> {
        Ok(Document {
            value: serde_json::from_str(&self.value).map_err(|error| sqlx::Error::Decode(error.into()))?,
            revision: positive(self.revision),
            updated_at: time(self.updated_at),
        })
    }
}

pub(crate) async fn get(
    on: impl SqliteExecutor<'_>,
    collection: &str,
    key: &str,
) -> Result<Option<Document>, sqlx::Error> {
    let query = sqlx::query_as!(
        Stored,
        "SELECT value, revision, updated_at FROM document WHERE collection = ? AND key = ?",
        collection,
        key
    );
    query.fetch_optional(on).await?.map(Stored::read).transpose()
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
    let (value, now) = (value.to_string(), millis(now));
    // To its end: a statement that returns rows gives the first before it commits, and what the commit says comes after it.
    let revisions = match expected {
        Expected::Any => {
            let query = sqlx::query_scalar!(
                "INSERT INTO document (collection, key, value, revision, updated_at) VALUES (?1, ?2, ?3, 1, ?4) \
                 ON CONFLICT (collection, key) DO UPDATE SET value = ?3, revision = revision + 1, updated_at = ?4 \
                 RETURNING revision",
                collection,
                key,
                value,
                now
            );
            query.fetch_all(&mut *on).await?
        }
        Expected::Absent => {
            let query = sqlx::query_scalar!(
                "INSERT INTO document (collection, key, value, revision, updated_at) VALUES (?1, ?2, ?3, 1, ?4) \
                 ON CONFLICT (collection, key) DO NOTHING RETURNING revision",
                collection,
                key,
                value,
                now
            );
            query.fetch_all(&mut *on).await?
        }
        Expected::Revision(revision) => {
            let revision = number(revision);
            let query = sqlx::query_scalar!(
                "UPDATE document SET value = ?3, revision = revision + 1, updated_at = ?4 \
                 WHERE collection = ?1 AND key = ?2 AND revision = ?5 RETURNING revision",
                collection,
                key,
                value,
                now,
                revision
            );
            query.fetch_all(&mut *on).await?
        }
    };
    match revisions.first() {
        Some(revision) => Ok(Put::Done(positive(*revision))),
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
    let rows = limit(rows);
    // Compared as bytes, not as a pattern: a prefix may hold `%`, or a NUL, at which `length` of a text ends.
    let query = sqlx::query!(
        "SELECT key, value, revision, updated_at FROM document WHERE collection = ?1 AND key >= ?2 \
         AND substr(CAST(key AS BLOB), 1, length(CAST(?2 AS BLOB))) = CAST(?2 AS BLOB) \
         AND (?3 IS NULL OR key > ?3) ORDER BY key LIMIT ?4",
        collection,
        prefix,
        after,
        rows
    );
    let rows = query.fetch_all(on).await?.into_iter().map(|row| {
        let stored = Stored { value: row.value, revision: row.revision, updated_at: row.updated_at };
        Ok((row.key, stored.read()?))
    });
    rows.collect()
}

pub(crate) async fn delete(on: impl SqliteExecutor<'_>, collection: &str, key: &str) -> Result<(), sqlx::Error> {
    let query = sqlx::query!("DELETE FROM document WHERE collection = ? AND key = ?", collection, key);
    query.execute(on).await.map(|_| ())
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
