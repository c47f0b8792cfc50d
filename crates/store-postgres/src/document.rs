//! Small keyed JSON values.

use crate::{
    convert::{limit, millis, number, positive, time},
    text::{original, stored},
};
use engine::{
    Timestamp,
    beside::{Document, Expected, Put},
};
use sqlx::{PgExecutor, PgPool, Row, postgres::PgRow};

fn read(row: &PgRow, first: usize) -> Result<Document, sqlx::Error> {
    let text = original(row.try_get(first)?);
    Ok(Document {
        value: serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))?,
        revision: positive(row.try_get(first + 1)?),
        updated_at: time(row.try_get(first + 2)?),
    })
}

pub(crate) async fn get(on: impl PgExecutor<'_>, collection: &str, key: &str) -> Result<Option<Document>, sqlx::Error> {
    let sql = "SELECT value, revision, updated_at FROM document WHERE collection = $1 AND key = $2";
    let row = sqlx::query(sql).bind(stored(collection)).bind(stored(key)).fetch_optional(on).await?;
    row.map(|row| read(&row, 0)).transpose()
}

/// One statement, so that the condition and the write are one.
pub(crate) async fn put(
    on: &PgPool,
    collection: &str,
    key: &str,
    value: &serde_json::Value,
    expected: Expected,
    now: Timestamp,
) -> Result<Put, sqlx::Error> {
    let sql = match expected {
        Expected::Any => {
            "INSERT INTO document AS d (collection, key, value, revision, updated_at) VALUES ($1, $2, $3, 1, $4) \
             ON CONFLICT (collection, key) DO UPDATE SET value = $3, revision = d.revision + 1, updated_at = $4 \
             RETURNING revision"
        }
        Expected::Absent => {
            "INSERT INTO document (collection, key, value, revision, updated_at) VALUES ($1, $2, $3, 1, $4) \
             ON CONFLICT (collection, key) DO NOTHING RETURNING revision"
        }
        Expected::Revision(_) => {
            "UPDATE document SET value = $3, revision = revision + 1, updated_at = $4 \
             WHERE collection = $1 AND key = $2 AND revision = $5 RETURNING revision"
        }
    };
    let value = value.to_string();
    let mut query = sqlx::query(sql).bind(stored(collection)).bind(stored(key)).bind(stored(&value)).bind(millis(now));
    if let Expected::Revision(revision) = expected {
        query = query.bind(number(revision));
    }
    match query.fetch_optional(on).await? {
        Some(row) => Ok(Put::Done(positive(row.try_get(0)?))),
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
    // Compared as bytes, not as a pattern: a prefix may hold `%`.
    let sql = "SELECT key, value, revision, updated_at FROM document WHERE collection = $1 AND key >= $2 \
               AND starts_with(key, $2) AND ($3::text IS NULL OR key > $3) ORDER BY key LIMIT $4";
    let query =
        sqlx::query(sql).bind(stored(collection)).bind(stored(prefix)).bind(after.map(stored)).bind(limit(rows));
    query.fetch_all(on).await?.iter().map(|row| Ok((original(row.try_get(0)?), read(row, 1)?))).collect()
}

pub(crate) async fn delete(on: impl PgExecutor<'_>, collection: &str, key: &str) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM document WHERE collection = $1 AND key = $2";
    sqlx::query(sql).bind(stored(collection)).bind(stored(key)).execute(on).await.map(|_| ())
}
