//! The database as the supervisor sees it: slow, failing at times, and a place to die before and after each write. The
//! rows themselves are in the store below, which a crash does not touch.

use crate::{faults::Fault, life::Life, world::World};
use async_trait::async_trait;
use engine::{
    ActiveRow, Batch, CommitError, EarlyRow, EventRecord, ListFilter, LoadRequest, Loaded, PoolRow, Store, StoreError,
    Timestamp, WorkflowId, WorkflowRow,
    beside::{Beside, Document, Expected, LogLine, Past, Put},
};
use std::sync::Arc;

/// A store and what lies beside it, in one.
pub(crate) struct Database {
    pub world: World,
    pub life: Arc<Life>,
    pub store: Arc<dyn Store>,
    pub beside: Arc<dyn Beside>,
}

impl Database {
    async fn read(&self) -> Result<(), StoreError> {
        if self.world.state().happens(Fault::StoreRead) {
            self.world.note("the database: a read fails");
            return Err(StoreError("a read fails, as the simulation wants it".into()));
        }
        Ok(())
    }

    /// Before a write beside the workflows.
    async fn before(&self, what: &str) -> Result<(), StoreError> {
        self.world.may_crash(&self.life, &format!("before {what}")).await;
        self.world.pause(1, 6).await;
        if self.world.state().happens(Fault::CommitFails) {
            self.world.note(format!("the database: {what} fails"));
            return Err(StoreError("a write fails, as the simulation wants it".into()));
        }
        Ok(())
    }

    async fn after(&self, what: &str) -> Result<(), StoreError> {
        self.world.may_crash(&self.life, &format!("after {what}")).await;
        if self.world.state().happens(Fault::CommitUnsure) {
            self.world.note(format!("the database: the answer to {what} is lost"));
            return Err(StoreError("the answer is lost, as the simulation wants it".into()));
        }
        Ok(())
    }

    fn tell(&self, batch: &Batch) {
        {
            let mut state = self.world.state();
            state.events += u64::try_from(batch.events.len()).unwrap_or(0);
            for row in &batch.inserts {
                let number = row.key.split_once('#').and_then(|(_, number)| number.parse().ok());
                state.workflows.extend(number.map(|number| (row.id.to_string(), number)));
            }
        }
        for event in &batch.events {
            self.world.note(format!("commit {} {} {}", event.workflow, event.id, event.payload));
        }
        for row in batch.inserts.iter().chain(&batch.updates) {
            self.world.note(format!("state {} {} {}", row.id, row.status, row.pending.as_deref().unwrap_or("-")));
        }
    }
}

#[async_trait]
impl Store for Database {
    async fn highest_id(&self) -> Result<WorkflowId, StoreError> {
        self.store.highest_id().await
    }

    async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        self.world.may_crash(&self.life, "before a commit").await;
        self.world.pause(1, 8).await;
        if self.world.state().happens(Fault::CommitFails) {
            self.world.note("commit: no room");
            return Err(CommitError::Full("as the simulation wants it".into()));
        }
        self.store.commit(batch).await?;
        self.tell(batch);
        self.world.may_crash(&self.life, "after a commit").await;
        if self.world.state().happens(Fault::CommitUnsure) {
            self.world.note("commit: the answer is lost");
            return Err(CommitError::Failed("the answer is lost, as the simulation wants it".into()));
        }
        self.world.pause(0, 3).await;
        Ok(())
    }

    async fn load(&self, request: &LoadRequest) -> Result<Loaded, StoreError> {
        self.read().await?;
        self.world.pause(0, 3).await;
        self.store.load(request).await
    }

    async fn active_after(&self, after: WorkflowId, limit: usize) -> Result<Vec<ActiveRow>, StoreError> {
        self.read().await?;
        self.store.active_after(after, limit).await
    }

    async fn waking(
        &self,
        after: (Timestamp, WorkflowId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, WorkflowId)>, StoreError> {
        self.read().await?;
        self.store.waking(after, until, limit).await
    }

    async fn pools(&self) -> Result<Vec<PoolRow>, StoreError> {
        self.read().await?;
        self.store.pools().await
    }

    async fn drop_early(&self, now: Timestamp, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        self.store.drop_early(now, limit).await
    }

    async fn early(&self, kind: &str, key: &str, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        self.store.early(kind, key, limit).await
    }

    async fn row(&self, workflow: WorkflowId) -> Result<Option<WorkflowRow>, StoreError> {
        self.read().await?;
        self.store.row(workflow).await
    }

    async fn row_by_key(&self, kind: &str, key: &str) -> Result<Option<WorkflowRow>, StoreError> {
        self.read().await?;
        self.store.row_by_key(kind, key).await
    }

    async fn list(&self, filter: &ListFilter) -> Result<Vec<WorkflowRow>, StoreError> {
        self.read().await?;
        self.store.list(filter).await
    }

    async fn history(&self, workflow: WorkflowId, after: u64, limit: usize) -> Result<Vec<EventRecord>, StoreError> {
        self.store.history(workflow, after, limit).await
    }

    async fn stuck(&self, after: WorkflowId, limit: usize) -> Result<Vec<WorkflowId>, StoreError> {
        self.store.stuck(after, limit).await
    }
}

#[async_trait]
impl Beside for Database {
    async fn put_blob(&self, bytes: &[u8], expires_at: Option<Timestamp>) -> Result<String, StoreError> {
        self.before("a blob").await?;
        let digest = self.beside.put_blob(bytes, expires_at).await?;
        self.after("a blob").await?;
        Ok(digest)
    }

    async fn blob(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read().await?;
        self.beside.blob(digest).await
    }

    async fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, StoreError> {
        self.read().await?;
        self.beside.document(collection, key).await
    }

    async fn put_document(
        &self,
        collection: &str,
        key: &str,
        value: &serde_json::Value,
        expected: Expected,
    ) -> Result<Put, StoreError> {
        let what = format!("document {collection} {key}");
        self.before(&what).await?;
        let put = self.beside.put_document(collection, key, value, expected).await?;
        self.world.note(&what);
        self.after(&what).await?;
        Ok(put)
    }

    async fn documents(
        &self,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        self.read().await?;
        self.beside.documents(collection, prefix, after, limit).await
    }

    async fn delete_document(&self, collection: &str, key: &str) -> Result<(), StoreError> {
        self.before("a document's end").await?;
        self.beside.delete_document(collection, key).await?;
        self.after("a document's end").await
    }

    async fn append_log(&self, stream: &str, lines: &[LogLine]) -> Result<(), StoreError> {
        self.before("log lines").await?;
        self.beside.append_log(stream, lines).await?;
        self.after("log lines").await
    }

    async fn log(&self, stream: &str, after: u64, limit: usize) -> Result<Vec<LogLine>, StoreError> {
        self.beside.log(stream, after, limit).await
    }

    async fn remove_past(
        &self,
        past: Past,
        before: Timestamp,
        rows_max: u64,
        dry_run: bool,
    ) -> Result<u64, StoreError> {
        self.before("the end of what is past").await?;
        let gone = self.beside.remove_past(past, before, rows_max, dry_run).await?;
        self.after("the end of what is past").await?;
        Ok(gone)
    }
}
