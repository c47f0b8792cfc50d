//! Blobs by digest, and the trait of everything that lies beside the workflows.

use crate::{
    SqliteStore, document,
    error::store,
    log, maintenance,
    workflow::{limit, millis, number},
};
use async_trait::async_trait;
use engine::{
    StoreError, Timestamp,
    beside::{Beside, Document, Expected, LogLine, Past, Put},
};
use sha2::{Digest, Sha256};
use sqlx::SqliteExecutor;

#[async_trait]
impl Beside for SqliteStore {
    async fn put_blob(&self, bytes: &[u8], expires_at: Option<Timestamp>) -> Result<String, StoreError> {
        let digest = hex::encode(Sha256::digest(bytes));
        let mut writer = self.writer.lock().await;
        put(&mut *writer, &digest, bytes, expires_at).await.map_err(store)?;
        Ok(digest)
    }

    async fn blob(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query_scalar!("SELECT bytes FROM blob WHERE digest = ?", digest);
        query.fetch_optional(&self.readers).await.map_err(store)
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

    async fn remove_past(
        &self,
        past: Past,
        before: Timestamp,
        rows_max: u64,
        dry_run: bool,
    ) -> Result<u64, StoreError> {
        if dry_run { self.count_past(past, before, rows_max).await } else { self.remove(past, before, rows_max).await }
    }

    fn maintenance(&self) -> Option<&'static str> {
        Some(maintenance::WHAT)
    }

    async fn maintain(&self) -> Result<(), StoreError> {
        maintenance::run(&mut *self.writer.lock().await).await.map_err(store)
    }
}

async fn put(
    on: impl SqliteExecutor<'_>,
    digest: &str,
    bytes: &[u8],
    expires_at: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    let expires_at = expires_at.map(millis);
    // No end is later than any end.
    let query = sqlx::query!(
        "INSERT INTO blob (digest, bytes, expires_at) VALUES (?, ?, ?) ON CONFLICT (digest) DO UPDATE SET \
         expires_at = CASE WHEN expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL \
         ELSE max(expires_at, excluded.expires_at) END",
        digest,
        bytes,
        expires_at
    );
    query.execute(on).await.map(|_| ())
}

/// Removes those whose time has passed, the oldest first; how many.
pub(crate) async fn sweep(on: impl SqliteExecutor<'_>, now: Timestamp, rows: usize) -> Result<u64, sqlx::Error> {
    let (now, rows) = (millis(now), limit(rows));
    let query = sqlx::query!(
        "DELETE FROM blob WHERE digest IN \
         (SELECT digest FROM blob WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
        now,
        rows
    );
    Ok(query.execute(on).await?.rows_affected())
}
