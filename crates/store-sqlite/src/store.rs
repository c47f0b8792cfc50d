use crate::{SqliteStore, committer, early, error::store, event, workflow};
use async_trait::async_trait;
use engine::{
    ActiveRow, Batch, CommitError, EarlyRow, EventRecord, Link, ListFilter, LoadRequest, Loaded, PoolRow, Store,
    StoreError, Timestamp, WorkflowId, WorkflowRow,
};
use std::sync::Arc;

#[async_trait]
impl Store for SqliteStore {
    async fn highest_id(&self) -> Result<WorkflowId, StoreError> {
        workflow::highest_id(&self.readers).await.map_err(store)
    }

    async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        self.committer.commit(Arc::new(batch.clone()), Link::default()).await
    }

    fn commits_at_once(&self) -> usize {
        committer::WAITING_MAX
    }

    async fn commit_linked(&self, batch: Arc<Batch>, link: Link) -> Result<(), CommitError> {
        self.committer.commit(batch, link).await
    }

    async fn load(&self, request: &LoadRequest) -> Result<Loaded, StoreError> {
        let mut connection = self.readers.acquire().await.map_err(store)?;
        let on = &mut *connection;
        let mut loaded = Loaded::default();
        if !request.keys.is_empty() {
            loaded.rows = workflow::by_names(&mut *on, &request.keys).await.map_err(store)?;
        }
        if !request.ids.is_empty() {
            loaded.rows.extend(workflow::by_ids(&mut *on, &request.ids).await.map_err(store)?);
        }
        loaded.rows.sort_by_key(|row| row.id);
        loaded.rows.dedup_by_key(|row| row.id);
        let mut names: Vec<(&str, &str)> = request.keys.iter().map(|(kind, key)| (&**kind, &**key)).collect();
        names.extend(loaded.rows.iter().map(|row| (&*row.kind, &*row.key)));
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            loaded.early = early::by_names(&mut *on, &names).await.map_err(store)?;
        }
        if !request.check_by_key.is_empty() {
            loaded.known = event::known_by_name(&mut *on, &request.check_by_key).await.map_err(store)?;
        }
        if !request.check_by_id.is_empty() {
            loaded.known.extend(event::known_by_id(&mut *on, &request.check_by_id).await.map_err(store)?);
        }
        Ok(loaded)
    }

    async fn active_after(&self, after: WorkflowId, limit: usize) -> Result<Vec<ActiveRow>, StoreError> {
        workflow::active(&self.readers, after, limit).await.map_err(store)
    }

    async fn waking(
        &self,
        after: (Timestamp, WorkflowId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, WorkflowId)>, StoreError> {
        workflow::waking(&self.readers, after, until, limit).await.map_err(store)
    }

    async fn pools(&self) -> Result<Vec<PoolRow>, StoreError> {
        workflow::pools(&self.readers).await.map_err(store)
    }

    async fn drop_early(&self, now: Timestamp, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        let mut writer = self.writer.lock().await;
        early::drop_past(&mut *writer, now, limit).await.map_err(store)
    }

    async fn early(&self, kind: &str, key: &str, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        let mut rows = early::by_names(&self.readers, &[(kind, key)]).await.map_err(store)?;
        rows.truncate(limit);
        Ok(rows)
    }

    async fn row(&self, id: WorkflowId) -> Result<Option<WorkflowRow>, StoreError> {
        Ok(workflow::by_ids(&self.readers, &[id]).await.map_err(store)?.pop())
    }

    async fn row_by_key(&self, kind: &str, key: &str) -> Result<Option<WorkflowRow>, StoreError> {
        workflow::by_name(&self.readers, kind, key).await.map_err(store)
    }

    async fn list(&self, filter: &ListFilter) -> Result<Vec<WorkflowRow>, StoreError> {
        workflow::list(&self.readers, filter).await.map_err(store)
    }

    async fn history(&self, id: WorkflowId, after: u64, limit: usize) -> Result<Vec<EventRecord>, StoreError> {
        event::history(&self.readers, id, after, limit).await.map_err(store)
    }

    async fn stuck(&self, after: WorkflowId, limit: usize) -> Result<Vec<WorkflowId>, StoreError> {
        workflow::stuck(&self.readers, after, limit).await.map_err(store)
    }
}
