//! A database behind calls that block the thread: to the simulation no time passes in them, and what is ready to run does
//! not run meanwhile, so that a seed goes the same way on a real file as in memory.

use async_trait::async_trait;
use engine::{
    ActiveRow, Batch, CommitError, EarlyRow, EventRecord, ListFilter, LoadRequest, Loaded, PoolRow, Store, StoreError,
    Timestamp, WorkflowId, WorkflowRow,
    beside::{Beside, Document, Expected, LogLine, Past, Put},
};
use tokio::runtime::Handle;

/// A store whose calls run on another runtime while the caller's thread waits.
pub(super) struct Blocking<S> {
    pub(super) store: S,
    pub(super) runtime: Handle,
}

impl<S: Send + Sync> Blocking<S> {
    /// A thread of its own for each call: a thread of one runtime may not wait for another.
    fn wait<T: Send>(&self, call: impl Future<Output = T> + Send) -> T {
        std::thread::scope(|scope| scope.spawn(|| self.runtime.block_on(call)).join()).expect("no call panics")
    }
}

#[async_trait]
impl<S: Store> Store for Blocking<S> {
    async fn highest_id(&self) -> Result<WorkflowId, StoreError> {
        self.wait(self.store.highest_id())
    }
    async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        self.wait(self.store.commit(batch))
    }
    async fn load(&self, request: &LoadRequest) -> Result<Loaded, StoreError> {
        self.wait(self.store.load(request))
    }
    async fn active_after(&self, after: WorkflowId, limit: usize) -> Result<Vec<ActiveRow>, StoreError> {
        self.wait(self.store.active_after(after, limit))
    }
    async fn waking(
        &self,
        after: (Timestamp, WorkflowId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, WorkflowId)>, StoreError> {
        self.wait(self.store.waking(after, until, limit))
    }
    async fn pools(&self) -> Result<Vec<PoolRow>, StoreError> {
        self.wait(self.store.pools())
    }
    async fn drop_early(&self, now: Timestamp, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        self.wait(self.store.drop_early(now, limit))
    }
    async fn early(&self, kind: &str, key: &str, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        self.wait(self.store.early(kind, key, limit))
    }
    async fn row(&self, workflow: WorkflowId) -> Result<Option<WorkflowRow>, StoreError> {
        self.wait(self.store.row(workflow))
    }
    async fn row_by_key(&self, kind: &str, key: &str) -> Result<Option<WorkflowRow>, StoreError> {
        self.wait(self.store.row_by_key(kind, key))
    }
    async fn list(&self, filter: &ListFilter) -> Result<Vec<WorkflowRow>, StoreError> {
        self.wait(self.store.list(filter))
    }
    async fn history(&self, workflow: WorkflowId, after: u64, limit: usize) -> Result<Vec<EventRecord>, StoreError> {
        self.wait(self.store.history(workflow, after, limit))
    }
    async fn stuck(&self, after: WorkflowId, limit: usize) -> Result<Vec<WorkflowId>, StoreError> {
        self.wait(self.store.stuck(after, limit))
    }
}

#[async_trait]
impl<S: Beside> Beside for Blocking<S> {
    async fn put_blob(&self, bytes: &[u8], expires_at: Option<Timestamp>) -> Result<String, StoreError> {
        self.wait(self.store.put_blob(bytes, expires_at))
    }
    async fn blob(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.wait(self.store.blob(digest))
    }
    async fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, StoreError> {
        self.wait(self.store.document(collection, key))
    }
    async fn put_document(
        &self,
        collection: &str,
        key: &str,
        value: &serde_json::Value,
        expected: Expected,
    ) -> Result<Put, StoreError> {
        self.wait(self.store.put_document(collection, key, value, expected))
    }
    async fn documents(
        &self,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        self.wait(self.store.documents(collection, prefix, after, limit))
    }
    async fn delete_document(&self, collection: &str, key: &str) -> Result<(), StoreError> {
        self.wait(self.store.delete_document(collection, key))
    }
    async fn append_log(&self, stream: &str, lines: &[LogLine]) -> Result<(), StoreError> {
        self.wait(self.store.append_log(stream, lines))
    }
    async fn log(&self, stream: &str, after: u64, limit: usize) -> Result<Vec<LogLine>, StoreError> {
        self.wait(self.store.log(stream, after, limit))
    }
    async fn remove_past(
        &self,
        past: Past,
        before: Timestamp,
        rows_max: u64,
        dry_run: bool,
    ) -> Result<u64, StoreError> {
        self.wait(self.store.remove_past(past, before, rows_max, dry_run))
    }
    fn maintenance(&self) -> Option<&'static str> {
        self.store.maintenance()
    }
    async fn maintain(&self) -> Result<(), StoreError> {
        self.wait(self.store.maintain())
    }
}
