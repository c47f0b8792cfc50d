//! Blobs by digest, and the trait of everything that lies beside the workflows. None of it is fenced: writes here are
//! idempotent or carry their own condition, and any supervisor may make them.

use crate::{
    PostgresStore,
    convert::{limit, millis},
    document,
    error::store,
    log,
};
use async_trait::async_trait;
use engine::{
    StoreError, Timestamp,
    beside::{Beside, Document, Expected, LogLine, Put},
};
use sha2::{Digest, Sha256};
use sqlx::{PgExecutor, Row};

#[async_trait]
impl Beside for PostgresStore {
    async fn put_blob(&self, bytes: &[u8], expires_at: Option<Timestamp>) -> Result<String, StoreError> {
        let digest = hex::encode(Sha256::digest(bytes));
        put(&self.beside, &digest, bytes, expires_at).await.map_err(store)?;
        Ok(digest)
    }

    async fn blob(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query("SELECT bytes FROM blob WHERE digest = $1").bind(crate::text::stored(digest));
        let row = row.fetch_optional(&self.beside).await.map_err(store)?;
        row.map(|row| row.try_get(0).map_err(store)).transpose()
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
        document::put(&self.beside, collection, key, value, expected, now).await.map_err(store)
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

    async fn sweep(&self, now: Timestamp, logs_before: Timestamp) -> Result<u64, StoreError> {
        let mut gone = 0;
        for (sql, before) in [(SWEEP_BLOBS, millis(now)), (log::SWEEP, millis(logs_before).saturating_sub(1))] {
            loop {
                // In bounded steps, so that no statement is long.
                let query = sqlx::query(sql).bind(before).bind(limit(SWEEP_ROWS));
                let removed = query.execute(&self.beside).await.map_err(store)?.rows_affected();
                gone += removed;
                if removed < SWEEP_ROWS as u64 {
                    break;
                }
            }
        }
        Ok(gone)
    }
}

/// Rows that one step of a sweep removes.
const SWEEP_ROWS: usize = 500;

const SWEEP_BLOBS: &str =
    "DELETE FROM blob WHERE digest IN (SELECT digest FROM blob WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";

async fn put(
    on: impl PgExecutor<'_>,
    digest: &str,
    bytes: &[u8],
    expires_at: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    // No end is later than any end; `greatest` would pass nulls over.
    let sql = "INSERT INTO blob AS b (digest, bytes, expires_at) VALUES ($1, $2, $3) ON CONFLICT (digest) DO UPDATE SET \
               expires_at = CASE WHEN b.expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL \
               ELSE greatest(b.expires_at, excluded.expires_at) END";
    sqlx::query(sql).bind(digest).bind(bytes).bind(expires_at.map(millis)).execute(on).await.map(|_| ())
}
