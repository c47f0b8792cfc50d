use crate::{
    PostgresStore,
    committer::Failure,
    early,
    error::{FENCED, store},
    event, workflow,
};
use async_trait::async_trait;
use engine::{
    ActiveRow, Batch, CommitError, EarlyRow, EventRecord, ListFilter, LoadRequest, Loaded, PoolRow, Store, StoreError,
    Timestamp, WorkflowId, WorkflowRow,
};
use sqlx::PgPool;

impl PostgresStore {
    /// The readers, once no commit is in doubt.
    async fn readers(&self) -> Result<&PgPool, StoreError> {
        if let Some(committer) = &self.committer {
            committer.settled().await?;
        }
        Ok(&self.readers)
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn highest_id(&self) -> Result<WorkflowId, StoreError> {
        // Of all: what is above it is free in every partition.
        workflow::highest_id(self.readers().await?).await.map_err(store)
    }

    async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        match &self.committer {
            Some(committer) => committer.commit(batch).await,
            None => Err(CommitError::Fenced),
        }
    }

    async fn load(&self, request: &LoadRequest) -> Result<Loaded, StoreError> {
        let mut connection = self.readers().await?.acquire().await.map_err(store)?;
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
        workflow::active(self.readers().await?, self.share, after, limit).await.map_err(store)
    }

    async fn waking(
        &self,
        after: (Timestamp, WorkflowId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, WorkflowId)>, StoreError> {
        workflow::waking(self.readers().await?, self.share, after, until, limit).await.map_err(store)
    }

    async fn pools(&self) -> Result<Vec<PoolRow>, StoreError> {
        workflow::pools(self.readers().await?, self.share).await.map_err(store)
    }

    async fn drop_early(&self, now: Timestamp, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        let Some(committer) = &self.committer else { return Err(StoreError(FENCED.to_owned())) };
        let past = early::past(self.readers().await?, self.share, now, limit).await.map_err(store)?;
        let drop = committer.fenced(async |on, fences| early::drop_these(on, fences, &past).await);
        drop.await.map_err(|failure| match failure {
            Failure::Database(error) => store(error),
            Failure::Fenced => StoreError(FENCED.to_owned()),
        })
    }

    async fn early(&self, kind: &str, key: &str, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        let mut rows = early::by_names(self.readers().await?, &[(kind, key)]).await.map_err(store)?;
        rows.truncate(limit);
        Ok(rows)
    }

    async fn row(&self, id: WorkflowId) -> Result<Option<WorkflowRow>, StoreError> {
        Ok(workflow::by_ids(self.readers().await?, &[id]).await.map_err(store)?.pop())
    }

    async fn row_by_key(&self, kind: &str, key: &str) -> Result<Option<WorkflowRow>, StoreError> {
        workflow::by_name(self.readers().await?, kind, key).await.map_err(store)
    }

    async fn list(&self, filter: &ListFilter) -> Result<Vec<WorkflowRow>, StoreError> {
        workflow::list(self.readers().await?, filter).await.map_err(store)
    }

    async fn history(&self, id: WorkflowId, after: u64, limit: usize) -> Result<Vec<EventRecord>, StoreError> {
        event::history(self.readers().await?, id, after, limit).await.map_err(store)
    }

    async fn stuck(&self, after: WorkflowId, limit: usize) -> Result<Vec<WorkflowId>, StoreError> {
        workflow::stuck(self.readers().await?, after, limit).await.map_err(store)
    }
}
