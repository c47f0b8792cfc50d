//! Stores that are wrong in one small thing, as a careless query would be: the differential must find each.

use async_trait::async_trait;
use engine::{
    ActiveRow, Batch, CommitError, EarlyRow, EventRecord, ListFilter, LoadRequest, Loaded, MemoryStore, PoolRow, Store,
    StoreError, Timestamp, WorkflowId, WorkflowRow,
    beside::{Beside, Document, Expected, LogLine, Past, Put},
};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twist {
    /// `<` where `<=` belongs.
    DueOneMillisecondLate,
    /// Early events by id rather than by time.
    EarlyOutOfOrder,
    /// A NUL is lost on the way in.
    NulDropped,
    /// Who waits in a pool loses their priority.
    PriorityLost,
    /// A page begins one too far.
    HistorySkipsOne,
    /// Upper and lower case are one.
    PrefixIgnoresCase,
    /// A used early event stays.
    EarlyStays,
    /// A condition that is not met is written all the same.
    DocumentUnconditional,
    /// Old log lines are not removed.
    SweepKeepsLogs,
}

impl Twist {
    pub const ALL: [Self; 9] = [
        Self::DueOneMillisecondLate,
        Self::EarlyOutOfOrder,
        Self::NulDropped,
        Self::PriorityLost,
        Self::HistorySkipsOne,
        Self::PrefixIgnoresCase,
        Self::EarlyStays,
        Self::DocumentUnconditional,
        Self::SweepKeepsLogs,
    ];
}

pub struct Twisted {
    inner: MemoryStore,
    twist: Twist,
}

impl Twisted {
    pub fn new(twist: Twist) -> Self {
        Self { inner: MemoryStore::new(), twist }
    }

    fn is(&self, twist: Twist) -> bool {
        self.twist == twist
    }
}

#[async_trait]
impl Store for Twisted {
    async fn highest_id(&self) -> Result<WorkflowId, StoreError> {
        self.inner.highest_id().await
    }

    async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        let mut batch = batch.clone();
        if self.is(Twist::NulDropped) {
            for event in &mut batch.events {
                event.payload = event.payload.replace("\\u0000", "").into();
            }
        }
        if self.is(Twist::EarlyStays) {
            batch.early_used.pop();
        }
        self.inner.commit(&batch).await
    }

    async fn load(&self, request: &LoadRequest) -> Result<Loaded, StoreError> {
        let mut loaded = self.inner.load(request).await?;
        if self.is(Twist::EarlyOutOfOrder) {
            loaded.early.sort_by_key(|row| row.id.clone());
        }
        Ok(loaded)
    }

    async fn active_after(&self, after: WorkflowId, limit: usize) -> Result<Vec<ActiveRow>, StoreError> {
        self.inner.active_after(after, limit).await
    }

    async fn waking(
        &self,
        after: (Timestamp, WorkflowId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, WorkflowId)>, StoreError> {
        let mut found = self.inner.waking(after, until, limit).await?;
        if self.is(Twist::DueOneMillisecondLate) {
            found.iter_mut().for_each(|(at, _)| *at = at.plus_millis(1));
        }
        Ok(found)
    }

    async fn pools(&self) -> Result<Vec<PoolRow>, StoreError> {
        let mut rows = self.inner.pools().await?;
        if self.is(Twist::PriorityLost) {
            let waiting = rows.iter_mut().filter_map(|row| row.pool.waits.as_mut());
            waiting.for_each(|(priority, _)| *priority = 0);
        }
        Ok(rows)
    }

    async fn drop_early(&self, now: Timestamp, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        self.inner.drop_early(now, limit).await
    }

    async fn early(&self, kind: &str, key: &str, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        let mut rows = self.inner.early(kind, key, limit).await?;
        if self.is(Twist::EarlyOutOfOrder) {
            rows.sort_by_key(|row| row.id.clone());
        }
        Ok(rows)
    }

    async fn row(&self, workflow: WorkflowId) -> Result<Option<WorkflowRow>, StoreError> {
        self.inner.row(workflow).await
    }

    async fn row_by_key(&self, kind: &str, key: &str) -> Result<Option<WorkflowRow>, StoreError> {
        self.inner.row_by_key(kind, key).await
    }

    async fn list(&self, filter: &ListFilter) -> Result<Vec<WorkflowRow>, StoreError> {
        let mut filter = filter.clone();
        let prefix = if self.is(Twist::PrefixIgnoresCase) { filter.key_prefix.take() } else { None };
        let mut rows = self.inner.list(&filter).await?;
        if let Some(prefix) = prefix {
            rows.retain(|row| row.key.to_lowercase().starts_with(&prefix.to_lowercase()));
        }
        Ok(rows)
    }

    async fn history(&self, workflow: WorkflowId, after: u64, limit: usize) -> Result<Vec<EventRecord>, StoreError> {
        let after = if self.is(Twist::HistorySkipsOne) && after > 0 { after + 1 } else { after };
        self.inner.history(workflow, after, limit).await
    }

    async fn stuck(&self, after: WorkflowId, limit: usize) -> Result<Vec<WorkflowId>, StoreError> {
        self.inner.stuck(after, limit).await
    }
}

#[async_trait]
impl Beside for Twisted {
    async fn put_blob(&self, bytes: &[u8], expires_at: Option<Timestamp>) -> Result<String, StoreError> {
        self.inner.put_blob(bytes, expires_at).await
    }

    async fn blob(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.blob(digest).await
    }

    async fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, StoreError> {
        self.inner.document(collection, key).await
    }

    async fn put_document(
        &self,
        collection: &str,
        key: &str,
        value: &serde_json::Value,
        expected: Expected,
    ) -> Result<Put, StoreError> {
        let expected = if self.is(Twist::DocumentUnconditional) { Expected::Any } else { expected };
        self.inner.put_document(collection, key, value, expected).await
    }

    async fn documents(
        &self,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        self.inner.documents(collection, prefix, after, limit).await
    }

    async fn delete_document(&self, collection: &str, key: &str) -> Result<(), StoreError> {
        self.inner.delete_document(collection, key).await
    }

    async fn append_log(&self, stream: &str, lines: &[LogLine]) -> Result<(), StoreError> {
        self.inner.append_log(stream, lines).await
    }

    async fn log(&self, stream: &str, after: u64, limit: usize) -> Result<Vec<LogLine>, StoreError> {
        self.inner.log(stream, after, limit).await
    }

    async fn remove_past(
        &self,
        past: Past,
        before: Timestamp,
        rows_max: u64,
        dry_run: bool,
    ) -> Result<u64, StoreError> {
        if self.is(Twist::SweepKeepsLogs) && past == Past::Logs {
            return Ok(0);
        }
        self.inner.remove_past(past, before, rows_max, dry_run).await
    }
}
