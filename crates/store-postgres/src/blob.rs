//! Blobs by digest, and the trait of everything that lies beside the workflows. None of it is fenced: writes here are
//! idempotent or carry their own condition, and any supervisor may make them.

use crate::{
    PostgresStore,
    convert::{limit, millis},
    document,
    error::store,
    log,
    text::stored,
};
use async_trait::async_trait;
use engine::{
    StoreError, Timestamp,
    beside::{Beside, Document, Expected, LogLine, Past, Put},
};
use sha2::{Digest, Sha256};
use sqlx::PgExecutor;

#[async_trait]
impl Beside for PostgresStore {
    async fn put_blob(&self, bytes: &[u8], expires_at: Option<Timestamp>) -> Result<String, StoreError> {
        let digest = hex::encode(Sha256::digest(bytes));
        put(&self.beside, &digest, bytes, expires_at).await.map_err(store)?;
        Ok(digest)
    }

    async fn blob(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query_scalar!("SELECT bytes FROM blob WHERE digest = $1", &*stored(digest));
        query.fetch_optional(&self.beside).await.map_err(store)
    }

    async fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, StoreError> {
        document::get(&self.beside, collection, key).await.map_err(store)
    }

    async fn put_document(
        &self,
        collection: &str,
        key: &str,
        value: &serde_json::Value,
        expected: Expected,
    ) -> Result<Put, StoreError> {
        let now = self.environment.now();
        let mut on = self.beside.acquire().await.map_err(store)?;
        document::put(&mut on, collection, key, value, expected, now).await.map_err(store)
    }

    async fn documents(
        &self,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        document::list(&self.beside, collection, prefix, after, limit).await.map_err(store)
    }

    async fn delete_document(&self, collection: &str, key: &str) -> Result<(), StoreError> {
        document::delete(&self.beside, collection, key).await.map_err(store)
    }

    async fn append_log(&self, stream: &str, lines: &[LogLine]) -> Result<(), StoreError> {
        log::append(&self.beside, stream, lines).await.map_err(store)
    }

    async fn log(&self, stream: &str, after: u64, limit: usize) -> Result<Vec<LogLine>, StoreError> {
        log::read(&self.beside, stream, after, limit).await.map_err(store)
    }

    async fn remove_past(
        &self,
        past: Past,
        before: Timestamp,
        rows_max: u64,
        dry_run: bool,
    ) -> Result<u64, StoreError> {
        if dry_run { self.count_past(past, before, rows_max).await } else { self.remove(past, before, rows_max).await }
    }
}

async fn put(
    on: impl PgExecutor<'_>,
    digest: &str,
    bytes: &[u8],
    expires_at: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    // No end is later than any end; `greatest` would pass nulls over.
    let query = sqlx::query!(
        "INSERT INTO blob AS b (digest, bytes, expires_at) VALUES ($1, $2, $3) ON CONFLICT (digest) DO UPDATE SET \
         expires_at = CASE WHEN b.expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL \
         ELSE greatest(b.expires_at, excluded.expires_at) END",
        digest,
        bytes,
        expires_at.map(millis)
    );
    query.execute(on).await.map(|_| ())
}

/// Removes those whose time has passed, the oldest first; how many.
pub(crate) async fn sweep(on: impl PgExecutor<'_>, now: Timestamp, rows: usize) -> Result<u64, sqlx::Error> {
    let query = sqlx::query!(
        "DELETE FROM blob WHERE digest IN \
         (SELECT digest FROM blob WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
        millis(now),
        limit(rows)
    );
    Ok(query.execute(on).await?.rows_affected())
}
