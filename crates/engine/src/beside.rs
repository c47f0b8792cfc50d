//! What lies beside a workflow's row (E4): blobs by digest, small keyed documents, and logs. Signals go here, never
//! into history.

use async_trait::async_trait;
use environment::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::rows::StoreError;

/// A small keyed JSON value.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The value.
    pub value: serde_json::Value,
    /// From 1, one higher with each write.
    pub revision: u64,
    /// Last write.
    pub updated_at: Timestamp,
}

/// What must be true for a write to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Any,
    /// There is no document of that key.
    Absent,
    /// It has this revision.
    Revision(u64),
}

/// What is removed once its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// Blobs that expire at or before that time.
    Blobs,
    /// Lines of logs that were received before it.
    Logs,
    /// Events of workflows that were over before it, but for the last that moved each: it becomes a snapshot of the state, so
    /// that a replay begins there. With an event goes its id: one that comes again would be new.
    History,
}

/// How a conditional write ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Put {
    /// Written and durable, with this revision.
    Done(u64),
    /// Not written: this is there instead (`None`: nothing is).
    Conflict(Option<Document>),
}

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Place in its stream, ascending; a sequence number is stored once.
    pub sequence: u64,
    /// When it was received.
    pub at: Timestamp,
    /// The line.
    pub text: String,
}

/// Blobs, documents and logs beside the workflows, in the same database. Every write is durable when it returns.
#[async_trait]
pub trait Beside: Send + Sync {
    /// Stores bytes under their SHA-256 (64 hexadecimal digits), which it returns. Idempotent; a later `expires_at` wins.
    async fn put_blob(&self, bytes: &[u8], expires_at: Option<Timestamp>) -> Result<String, StoreError>;

    /// The bytes, unless they expired and were removed.
    async fn blob(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// A document.
    async fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, StoreError>;

    /// Writes a document if `expected` holds.
    async fn put_document(
        &self,
        collection: &str,
        key: &str,
        value: &serde_json::Value,
        expected: Expected,
    ) -> Result<Put, StoreError>;

    /// Documents whose key begins with `prefix`, in order of keys, after the key `after`.
    async fn documents(
        &self,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, StoreError>;

    /// Removes a document; one that is not there is a success.
    async fn delete_document(&self, collection: &str, key: &str) -> Result<(), StoreError>;

    /// Appends lines to a stream; a sequence number that is there already is left as it is.
    async fn append_log(&self, stream: &str, lines: &[LogLine]) -> Result<(), StoreError>;

    /// Lines of a stream with a sequence number above `after`.
    async fn log(&self, stream: &str, after: u64, limit: usize) -> Result<Vec<LogLine>, StoreError>;

    /// Removes what is past, in bounded steps, until `rows_max` or more are gone; a dry run only counts, up to that. How
    /// many rows.
    async fn remove_past(&self, past: Past, before: Timestamp, rows_max: u64, dry_run: bool)
    -> Result<u64, StoreError>;

    /// What the database wants done from time to time, in words; none if it looks after itself.
    fn maintenance(&self) -> Option<&'static str> {
        None
    }

    /// Does that. Whoever commits or reads meanwhile does not wait for it.
    async fn maintain(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
