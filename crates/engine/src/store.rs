//! The seam to a database. One caller commits; reads may run beside it and see only what is committed.

use crate::{
    ActiveRow, Batch, CommitError, EarlyRow, EventRecord, ListFilter, LoadRequest, Loaded, PoolRow, StoreError,
    Timestamp, WorkflowId, WorkflowRow,
};
use async_trait::async_trait;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Holds a batch to those handed over before it: it was computed on top of them, so if one of them fails it must not be
/// written, nor anything else until its maker has heard of it.
#[derive(Debug, Clone, Default)]
pub struct Link {
    /// Of the whole chain.
    failures: Arc<AtomicU64>,
    /// How many the maker of the batch had heard of.
    heard: u64,
}

impl Link {
    /// For a batch whose maker had heard of so many failures in this chain.
    #[must_use]
    pub fn after(&self, heard: u64) -> Self {
        Self { failures: Arc::clone(&self.failures), heard }
    }

    /// Whether the batch may be written. To be asked when those before it have ended; that it is not written counts as a
    /// failure, too.
    ///
    /// # Errors
    /// It may not.
    pub fn check(&self) -> Result<(), CommitError> {
        if self.failures.load(Ordering::SeqCst) == self.heard {
            return Ok(());
        }
        self.noted(Err(CommitError::Failed("not written: the batch before it failed".into())))
    }

    /// Notes how the batch ended, before the next one is begun.
    ///
    /// # Errors
    /// That of the end.
    pub fn noted(&self, ended: Result<(), CommitError>) -> Result<(), CommitError> {
        if ended.is_err() {
            self.failures.fetch_add(1, Ordering::SeqCst);
        }
        ended
    }
}

/// Rows of workflows. Every implementation passes the same suite (`conformance`).
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Highest workflow id handed out; zero when there is none.
    async fn highest_id(&self) -> Result<WorkflowId, StoreError>;

    /// Writes a batch durably: all of it or nothing.
    async fn commit(&self, batch: &Batch) -> Result<(), CommitError>;

    /// Batches that may be given to [`Store::commit_linked`] before the first of them has ended. More than one: it writes
    /// them in the order in which they were given, and looks at the link of each only when its turn has come.
    fn commits_at_once(&self) -> usize {
        1
    }

    /// Commits one of a chain of batches, unless it hangs on one that failed.
    async fn commit_linked(&self, batch: Arc<Batch>, link: Link) -> Result<(), CommitError> {
        link.check()?;
        link.noted(self.commit(&batch).await)
    }

    /// Finds rows and known event ids.
    async fn load(&self, request: &LoadRequest) -> Result<Loaded, StoreError>;

    /// [Active](crate::WorkflowRow::active) rows, ascending, above an id: among them all that have pending actions.
    async fn active_after(&self, after: WorkflowId, limit: usize) -> Result<Vec<ActiveRow>, StoreError>;

    /// Rows by their earliest timer, after a place in that order and not later than `until`.
    async fn waking(
        &self,
        after: (Timestamp, WorkflowId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, WorkflowId)>, StoreError>;

    /// Rows that want or hold a slot.
    async fn pools(&self) -> Result<Vec<PoolRow>, StoreError>;

    /// Removes events whose time to be kept has passed, and returns them.
    async fn drop_early(&self, now: Timestamp, limit: usize) -> Result<Vec<EarlyRow>, StoreError>;

    /// Events kept early, at most `limit`, for a workflow's key.
    async fn early(&self, kind: &str, key: &str, limit: usize) -> Result<Vec<EarlyRow>, StoreError>;

    /// One row.
    async fn row(&self, workflow: WorkflowId) -> Result<Option<WorkflowRow>, StoreError>;

    /// One row by its key.
    async fn row_by_key(&self, kind: &str, key: &str) -> Result<Option<WorkflowRow>, StoreError>;

    /// Rows that fit a filter, ascending by id.
    async fn list(&self, filter: &ListFilter) -> Result<Vec<WorkflowRow>, StoreError>;

    /// A workflow's facts, ascending, above a sequence number.
    async fn history(&self, workflow: WorkflowId, after: u64, limit: usize) -> Result<Vec<EventRecord>, StoreError>;

    /// Rows that are not terminal and have neither pending action, timer, awaited event nor wanted slot (E11).
    async fn stuck(&self, after: WorkflowId, limit: usize) -> Result<Vec<WorkflowId>, StoreError>;
}
