//! Blobs by digest, and the trait of everything that lies beside the workflows.

use crate::{
    SqliteStore, document,
    error::store,
    log,
    workflow::{limit, millis, number},
};
use async_trait::async_trait;
use engine::{
    StoreError, Timestamp,
    beside::{Beside, Document, Expected, LogLine, Put},
};
use sha2::{Digest, Sha256};
use sqlx::{Row, SqliteExecutor};

#[async_trait]
impl Beside for SqliteStore {
    async fn put_blob(&self, bytes: &[u8], expires_at: Option<Timestamp>) -> Result<String, StoreError> {
        let digest = hex::encode(Sha256::digest(bytes));
        let mut writer = self.writer.lock().await;
        put(&mut *writer, &digest, bytes, expires_at).await.map_err(store)?;
        Ok(digest)
    }

    async fn blob(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query("SELECT bytes FROM blob WHERE digest = ?").bind(digest);
        let row = row.fetch_optional(&self.readers).await.map_err(store)?;
        row.map(|row| row.try_get(0).map_err(store)).transpose()
    }

    async fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, StoreError> {
        document::get(&self.readers, collection, key).await.map_err(store)
    }

    async fn put_document(
        &self,
        collection: &str,
        key: &str,
        value: &serde_json::Value,
        expected: Expected,
    ) -> Result<Put, StoreError> {
        let now = self.environment.now();
        let mut writer = self.writer.lock().await;
        document::put(&mut writer, collection, key, value, expected, now).await.map_err(store)
    }

    async fn documents(
        &self,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        document::list(&self.readers, collection, prefix, after, limit).await.map_err(store)
    }

    async fn delete_document(&self, collection: &str, key: &str) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        document::delete(&mut *writer, collection, key).await.map_err(store)
    }

    async fn append_log(&self, stream: &str, lines: &[LogLine]) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        log::append(&mut *writer, stream, lines).await.map_err(store)
    }

    async fn log(&self, stream: &str, after: u64, limit: usize) -> Result<Vec<LogLine>, StoreError> {
        log::read(&self.readers, stream, number(after), limit).await.map_err(store)
    }

    async fn sweep(&self, now: Timestamp, logs_before: Timestamp) -> Result<u64, StoreError> {
        let mut gone = 0;
        for (sql, before) in [(SWEEP_BLOBS, millis(now)), (log::SWEEP, millis(logs_before).saturating_sub(1))] {
            loop {
                // In bounded steps, so that commits get their turn in between.
                let mut writer = self.writer.lock().await;
                let query = sqlx::query(sql).bind(before).bind(limit(SWEEP_ROWS));
                let removed = query.execute(&mut *writer).await.map_err(store)?.rows_affected();
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
    "DELETE FROM blob WHERE digest IN (SELECT digest FROM blob WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)";

async fn put(
    on: impl SqliteExecutor<'_>,
    digest: &str,
    bytes: &[u8],
    expires_at: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    // No end is later than any end.
    let sql = "INSERT INTO blob (digest, bytes, expires_at) VALUES (?, ?, ?) ON CONFLICT (digest) DO UPDATE SET \
               expires_at = CASE WHEN expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL \
               ELSE max(expires_at, excluded.expires_at) END";
    let query = sqlx::query(sql).bind(digest).bind(bytes).bind(expires_at.map(millis));
    query.execute(on).await.map(|_| ())
}
