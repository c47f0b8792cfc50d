//! The seam to a database. One caller commits; reads may run beside it and see only what is committed.

use crate::{
    ActiveRow, Batch, CommitError, EarlyRow, EventRecord, ListFilter, LoadRequest, Loaded, PoolRow, StoreError,
    Timestamp, WorkflowId, WorkflowRow,
};
use async_trait::async_trait;
use std::sync::Arc;

/// Rows of workflows. Every implementation passes the same suite (`conformance`).
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Highest workflow id handed out; zero when there is none.
    async fn highest_id(&self) -> Result<WorkflowId, StoreError>;

    /// Writes a batch durably: all of it or nothing.
    async fn commit(&self, batch: &Batch) -> Result<(), CommitError>;

    /// The same for a caller that keeps the batch: a store whose connection has a thread of its own sends it there as it is.
    async fn commit_shared(&self, batch: Arc<Batch>) -> Result<(), CommitError> {
        self.commit(&batch).await
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
