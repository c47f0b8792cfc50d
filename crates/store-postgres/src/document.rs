//! Small keyed JSON values.

use crate::{
    convert::{limit, millis, number, positive, time},
    text::{original, stored},
};
use engine::{
    Timestamp,
    beside::{Document, Expected, Put},
};
use sqlx::{PgConnection, PgExecutor};

/// What a document's row holds beside its name.
struct Stored {
    value: String,
    revision: i64,
    updated_at: i64,
}

impl Stored {
    fn read(self) -> Result<Document, sqlx::Error> {
        let text = original(self.value);
        Ok(Document {
            value: serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))?,
            revision: positive(self.revision),
            updated_at: time(self.updated_at),
        })
    }
}

pub(crate) async fn get(on: impl PgExecutor<'_>, collection: &str, key: &str) -> Result<Option<Document>, sqlx::Error> {
    let query = sqlx::query_as!(
        Stored,
        "SELECT value, revision, updated_at FROM document WHERE collection = $1 AND key = $2",
        &*stored(collection),
        &*stored(key)
    );
    query.fetch_optional(on).await?.map(Stored::read).transpose()
}

/// One statement, so that the condition and the write are one.
pub(crate) async fn put(
    on: &mut PgConnection,
    collection: &str,
    key: &str,
    value: &serde_json::Value,
    expected: Expected,
    now: Timestamp,
) -> Result<Put, sqlx::Error> {
    let value = value.to_string();
    let (name, text, at) = ((stored(collection), stored(key)), stored(&value), millis(now));
    let revision = match expected {
        Expected::Any => {
            let query = sqlx::query_scalar!(
                "INSERT INTO document AS d (collection, key, value, revision, updated_at) VALUES ($1, $2, $3, 1, $4) \
                 ON CONFLICT (collection, key) DO UPDATE SET value = $3, revision = d.revision + 1, updated_at = $4 \
                 RETURNING revision",
                &*name.0,
                &*name.1,
                &*text,
                at
            );
            query.fetch_optional(&mut *on).await?
        }
        Expected::Absent => {
            let query = sqlx::query_scalar!(
                "INSERT INTO document (collection, key, value, revision, updated_at) VALUES ($1, $2, $3, 1, $4) \
                 ON CONFLICT (collection, key) DO NOTHING RETURNING revision",
                &*name.0,
                &*name.1,
                &*text,
                at
            );
            query.fetch_optional(&mut *on).await?
        }
        Expected::Revision(revision) => {
            let query = sqlx::query_scalar!(
                "UPDATE document SET value = $3, revision = revision + 1, updated_at = $4 \
                 WHERE collection = $1 AND key = $2 AND revision = $5 RETURNING revision",
                &*name.0,
                &*name.1,
                &*text,
                at,
                number(revision)
            );
            query.fetch_optional(&mut *on).await?
        }
    };
    match revision {
        Some(revision) => Ok(Put::Done(positive(revision))),
        None => Ok(Put::Conflict(get(on, collection, key).await?)),
    }
}

pub(crate) async fn list(
    on: impl PgExecutor<'_>,
    collection: &str,
    prefix: &str,
    after: Option<&str>,
    rows: usize,
) -> Result<Vec<(String, Document)>, sqlx::Error> {
    let after = after.map(stored);
    // Compared as bytes, not as a pattern: a prefix may hold `%`.
    let query = sqlx::query!(
        "SELECT key, value, revision, updated_at FROM document WHERE collection = $1 AND key >= $2 \
         AND starts_with(key, $2) AND ($3::text IS NULL OR key > $3) ORDER BY key LIMIT $4",
        &*stored(collection),
        &*stored(prefix),
        after.as_deref(),
        limit(rows)
    );
    let rows = query.fetch_all(on).await?.into_iter().map(|row| {
        let stored = Stored { value: row.value, revision: row.revision, updated_at: row.updated_at };
        Ok((original(row.key), stored.read()?))
    });
    rows.collect()
}

pub(crate) async fn delete(on: impl PgExecutor<'_>, collection: &str, key: &str) -> Result<(), sqlx::Error> {
    let query =
        sqlx::query!("DELETE FROM document WHERE collection = $1 AND key = $2", &*stored(collection), &*stored(key));
    query.execute(on).await.map(|_| ())
}
