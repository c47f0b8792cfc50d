//! One partition of a store in memory, under a fence.

use super::{Fence, memory::MemoryShared, partition_of};
use crate::{
    ActiveRow, Batch, CommitError, EarlyRow, EventRecord, ListFilter, LoadRequest, Loaded, PoolRow, Store, StoreError,
    Timestamp, WorkflowId, WorkflowRow,
};
use async_trait::async_trait;

/// Reads and commits of a partition.
pub(super) struct Owned {
    pub shared: MemoryShared,
    /// `None`: everything, and nothing may be committed.
    pub fence: Option<Fence>,
}

impl Owned {
    fn has(&self, id: WorkflowId) -> bool {
        self.fence.is_none_or(|fence| id.0 % u64::from(self.shared.count()) == u64::from(fence.partition))
    }

    fn has_name(&self, row: &EarlyRow) -> bool {
        self.fence.is_none_or(|fence| partition_of(&row.kind, &row.key, self.shared.count()) == fence.partition)
    }
}

#[async_trait]
impl Store for Owned {
    async fn highest_id(&self) -> Result<WorkflowId, StoreError> {
        Ok(self.shared.store().highest_where(|id| self.has(id)))
    }

    async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        self.shared.commit(self.fence, batch)
    }

    async fn load(&self, request: &LoadRequest) -> Result<Loaded, StoreError> {
        self.shared.store().load(request).await
    }

    async fn active_after(&self, after: WorkflowId, limit: usize) -> Result<Vec<ActiveRow>, StoreError> {
        let rows = self.shared.store().active_after(after, usize::MAX).await?;
        Ok(rows.into_iter().filter(|row| self.has(row.workflow)).take(limit).collect())
    }

    async fn waking(
        &self,
        after: (Timestamp, WorkflowId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, WorkflowId)>, StoreError> {
        let rows = self.shared.store().waking(after, until, usize::MAX).await?;
        Ok(rows.into_iter().filter(|(_, id)| self.has(*id)).take(limit).collect())
    }

    async fn pools(&self) -> Result<Vec<PoolRow>, StoreError> {
        let rows = self.shared.store().pools().await?;
        Ok(rows.into_iter().filter(|row| self.has(row.workflow)).collect())
    }

    async fn drop_early(&self, now: Timestamp, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        Ok(self.shared.store().drop_early_where(now, limit, |row| self.has_name(row)))
    }

    async fn early(&self, kind: &str, key: &str, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        self.shared.store().early(kind, key, limit).await
    }

    async fn row(&self, workflow: WorkflowId) -> Result<Option<WorkflowRow>, StoreError> {
        self.shared.store().row(workflow).await
    }

    async fn row_by_key(&self, kind: &str, key: &str) -> Result<Option<WorkflowRow>, StoreError> {
        self.shared.store().row_by_key(kind, key).await
    }

    async fn list(&self, filter: &ListFilter) -> Result<Vec<WorkflowRow>, StoreError> {
        self.shared.store().list(filter).await
    }

    async fn history(&self, workflow: WorkflowId, after: u64, limit: usize) -> Result<Vec<EventRecord>, StoreError> {
        self.shared.store().history(workflow, after, limit).await
    }

    async fn stuck(&self, after: WorkflowId, limit: usize) -> Result<Vec<WorkflowId>, StoreError> {
        self.shared.store().stuck(after, limit).await
    }
}
