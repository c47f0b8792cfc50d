//! A store in memory: for fast tests, and for the simulation, whose crashes it survives because it is only a handle.

use crate::{
    ActiveRow, Batch, CommitError, EarlyRow, EventEffect, EventRecord, ListFilter, LoadRequest, Loaded, PoolRow,
    Standing, Store, StoreError, Timestamp, WorkflowId, WorkflowRow,
    beside::{Beside, Document, Expected, LogLine, Past, Put},
};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A store in memory; clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
}

type EarlyKey = (Arc<str>, Arc<str>, Arc<str>);

#[derive(Debug, Default)]
struct Tables {
    workflows: BTreeMap<WorkflowId, WorkflowRow>,
    names: BTreeMap<(Arc<str>, Arc<str>), WorkflowId>,
    events: BTreeMap<(WorkflowId, Arc<str>), EventRecord>,
    early: BTreeMap<EarlyKey, EarlyRow>,
    blobs: BTreeMap<String, (Vec<u8>, Option<Timestamp>)>,
    documents: BTreeMap<(String, String), Document>,
    logs: BTreeMap<(String, u64), LogLine>,
    fault: Option<CommitError>,
}

impl MemoryStore {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next commit fails like this, and writes nothing.
    pub fn fail_next_commit(&self, error: CommitError) {
        self.tables().fault = Some(error);
    }

    /// Everything that it holds, in no particular form: to look for what must not be in it.
    pub fn contents(&self) -> String {
        let tables = self.tables();
        let Tables { workflows, events, early, blobs, documents, logs, .. } = &*tables;
        let mut contents = format!("{workflows:?}{events:?}{early:?}{documents:?}{logs:?}");
        for (bytes, _) in blobs.values() {
            contents.push_str(&String::from_utf8_lossy(bytes));
        }
        contents
    }

    pub(crate) fn commit_now(&self, batch: &Batch) -> Result<(), CommitError> {
        let mut tables = self.tables();
        if let Some(fault) = tables.fault.take() {
            return Err(fault);
        }
        tables.check(batch)?;
        tables.write(batch);
        Ok(())
    }

    pub(crate) fn highest_where(&self, is_meant: impl Fn(WorkflowId) -> bool) -> WorkflowId {
        self.tables().workflows.keys().rev().copied().find(|id| is_meant(*id)).unwrap_or_default()
    }

    pub(crate) fn drop_early_where(
        &self,
        now: Timestamp,
        limit: usize,
        is_meant: impl Fn(&EarlyRow) -> bool,
    ) -> Vec<EarlyRow> {
        let mut tables = self.tables();
        let is_past = |row: &&EarlyRow| row.keep_until <= now && is_meant(row);
        let past: Vec<_> = tables.early.values().filter(is_past).take(limit).cloned().collect();
        for row in &past {
            tables.early.remove(&early_key(row));
        }
        past
    }

    pub(crate) fn rows(&self) -> Vec<WorkflowRow> {
        self.tables().workflows.values().cloned().collect()
    }

    /// The workflow that has recorded this event, and whether it is kept early.
    pub(crate) fn recorded(&self, kind: &str, key: &str, id: &crate::EventId) -> (Option<WorkflowId>, bool) {
        let tables = self.tables();
        let workflow = tables.names.get(&(kind.into(), key.into())).copied();
        let has = |workflow: &WorkflowId| tables.events.contains_key(&(*workflow, id.text()));
        (workflow.filter(has), tables.early.contains_key(&(kind.into(), key.into(), id.text())))
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn check(&self, batch: &Batch) -> Result<(), CommitError> {
        let conflict = |what: String| Err(CommitError::Conflict(what));
        let mut seen = BTreeSet::new();
        for row in &batch.inserts {
            let name = (Arc::clone(&row.kind), Arc::clone(&row.key));
            if self.workflows.contains_key(&row.id) || self.names.contains_key(&name) || !seen.insert(name) {
                return conflict(format!("workflow {}", row.id));
            }
        }
        if let Some(row) = batch.updates.iter().find(|row| !self.workflows.contains_key(&row.id)) {
            return conflict(format!("workflow {} is gone", row.id));
        }
        let mut seen = BTreeSet::new();
        for event in &batch.events {
            let place = (event.workflow, event.id.text());
            if self.events.contains_key(&place) || !seen.insert(place) {
                return conflict(format!("event {} of {}", event.id, event.workflow));
            }
        }
        match batch.early.iter().find(|row| self.early.contains_key(&early_key(row))) {
            Some(row) => conflict(format!("early event {}", row.id)),
            None => Ok(()),
        }
    }

    fn write(&mut self, batch: &Batch) {
        for row in batch.inserts.iter().chain(&batch.updates) {
            self.names.insert((Arc::clone(&row.kind), Arc::clone(&row.key)), row.id);
            self.workflows.insert(row.id, row.clone());
        }
        for id in &batch.rested {
            if let Some(row) = self.workflows.get_mut(id).filter(|row| row.pending.is_none()) {
                row.active = false;
            }
        }
        for event in &batch.events {
            self.events.insert((event.workflow, event.id.text()), event.clone());
        }
        for row in &batch.early {
            self.early.insert(early_key(row), row.clone());
        }
        for (kind, key, id) in &batch.early_used {
            self.early.remove(&(Arc::clone(kind), Arc::clone(key), id.text()));
        }
    }
}

impl Tables {
    fn remove_history(&mut self, before: Timestamp, most: usize, dry_run: bool) -> usize {
        let over =
            self.workflows.values().filter(|row| row.standing == Standing::Terminal && row.last_activity < before);
        let over: Vec<_> = over.map(|row| (row.id, row.state.clone())).collect();
        let mut removed = 0;
        for (id, state) in over {
            let of_it = |events: &BTreeMap<(WorkflowId, Arc<str>), EventRecord>| {
                let range = (id, Arc::from(""))..(WorkflowId(id.0 + 1), Arc::from(""));
                events.range(range).map(|(place, event)| (place.clone(), event.clone())).collect::<Vec<_>>()
            };
            let events = of_it(&self.events);
            let moved = |event: &EventRecord| event.effect != EventEffect::Refused;
            let last = events.iter().filter(|(_, event)| moved(event)).map(|(_, event)| event.seq).max();
            let stays = |event: &EventRecord| moved(event) && Some(event.seq) == last;
            let gone: Vec<_> = events.iter().filter(|(_, event)| !stays(event)).collect();
            if gone.is_empty() || removed >= most {
                continue;
            }
            removed += gone.len();
            if dry_run {
                continue;
            }
            for (place, _) in gone {
                self.events.remove(place);
            }
            for event in self.events.values_mut().filter(|event| event.workflow == id) {
                event.effect = EventEffect::Upgraded;
                event.payload = state.clone();
            }
        }
        removed
    }
}

fn early_key(row: &EarlyRow) -> EarlyKey {
    (Arc::clone(&row.kind), Arc::clone(&row.key), row.id.text())
}

#[async_trait]
impl Store for MemoryStore {
    async fn highest_id(&self) -> Result<WorkflowId, StoreError> {
        Ok(self.tables().workflows.last_key_value().map(|(id, _)| *id).unwrap_or_default())
    }

    async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        self.commit_now(batch)
    }

    async fn load(&self, request: &LoadRequest) -> Result<Loaded, StoreError> {
        let tables = self.tables();
        let by_key = request.keys.iter().filter_map(|name| tables.names.get(name));
        let ids: BTreeSet<_> = by_key.chain(&request.ids).copied().collect();
        let rows: Vec<_> = ids.iter().filter_map(|id| tables.workflows.get(id)).cloned().collect();
        let names: BTreeSet<_> = rows.iter().map(|row| (Arc::clone(&row.kind), Arc::clone(&row.key))).collect();
        let asked = |row: &&EarlyRow| {
            let name = (Arc::clone(&row.kind), Arc::clone(&row.key));
            names.contains(&name) || request.keys.contains(&name)
        };
        let mut early: Vec<_> = tables.early.values().filter(asked).cloned().collect();
        early.sort_by_key(|row| (row.at, row.id.clone()));
        let by_key = request
            .check_by_key
            .iter()
            .filter_map(|(kind, key, id)| Some((*tables.names.get(&(Arc::clone(kind), Arc::clone(key)))?, id.clone())));
        let known = by_key.chain(request.check_by_id.iter().cloned()).filter_map(|(workflow, id)| {
            let seq = tables.events.get(&(workflow, id.text()))?.seq;
            Some((workflow, id, seq))
        });
        Ok(Loaded { known: known.collect(), rows, early })
    }

    async fn active_after(&self, after: WorkflowId, limit: usize) -> Result<Vec<ActiveRow>, StoreError> {
        let tables = self.tables();
        let rows = tables.workflows.values().filter(|row| row.id > after && row.active);
        let active = rows.map(|row| ActiveRow { workflow: row.id, pending: row.pending.is_some() });
        Ok(active.take(limit).collect())
    }

    async fn waking(
        &self,
        after: (Timestamp, WorkflowId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, WorkflowId)>, StoreError> {
        let tables = self.tables();
        let all: BTreeSet<_> = tables.workflows.values().filter_map(|row| Some((row.wake_at?, row.id))).collect();
        Ok(all.into_iter().filter(|place| *place > after && place.0 <= until).take(limit).collect())
    }

    async fn pools(&self) -> Result<Vec<PoolRow>, StoreError> {
        let tables = self.tables();
        let rows = tables.workflows.values();
        Ok(rows.filter_map(|row| Some(PoolRow { workflow: row.id, pool: row.pool.clone()? })).collect())
    }

    async fn drop_early(&self, now: Timestamp, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        Ok(self.drop_early_where(now, limit, |_| true))
    }

    async fn early(&self, kind: &str, key: &str, limit: usize) -> Result<Vec<EarlyRow>, StoreError> {
        let tables = self.tables();
        let mut rows: Vec<_> =
            tables.early.values().filter(|row| (&*row.kind, &*row.key) == (kind, key)).cloned().collect();
        rows.sort_by_key(|row| (row.at, row.id.clone()));
        rows.truncate(limit);
        Ok(rows)
    }

    async fn row(&self, workflow: WorkflowId) -> Result<Option<WorkflowRow>, StoreError> {
        Ok(self.tables().workflows.get(&workflow).cloned())
    }

    async fn row_by_key(&self, kind: &str, key: &str) -> Result<Option<WorkflowRow>, StoreError> {
        let tables = self.tables();
        Ok(tables.names.get(&(kind.into(), key.into())).and_then(|id| tables.workflows.get(id)).cloned())
    }

    async fn list(&self, filter: &ListFilter) -> Result<Vec<WorkflowRow>, StoreError> {
        let fits = |row: &&WorkflowRow| {
            filter.kind.as_deref().is_none_or(|kind| &*row.kind == kind)
                && filter.status.as_deref().is_none_or(|status| row.status == status)
                && filter.text.as_deref().is_none_or(|text| row.title.contains(text) || row.key.contains(text))
                && filter.key_prefix.as_deref().is_none_or(|prefix| row.key.starts_with(prefix))
                && filter.after.is_none_or(|after| row.id > after)
        };
        Ok(self.tables().workflows.values().filter(fits).take(filter.limit).cloned().collect())
    }

    async fn history(&self, workflow: WorkflowId, after: u64, limit: usize) -> Result<Vec<EventRecord>, StoreError> {
        let tables = self.tables();
        let events = tables.events.values().filter(|event| event.workflow == workflow && event.seq > after);
        let mut events: Vec<_> = events.cloned().collect();
        events.sort_by_key(|event| event.seq);
        events.truncate(limit);
        Ok(events)
    }

    async fn stuck(&self, after: WorkflowId, limit: usize) -> Result<Vec<WorkflowId>, StoreError> {
        let is_stuck = |row: &&WorkflowRow| {
            row.standing == Standing::Moving
                && row.pending.is_none()
                && row.wake_at.is_none()
                && row.pool.as_ref().is_none_or(|pool| pool.waits.is_none())
        };
        let tables = self.tables();
        let rows = tables.workflows.values().filter(|row| row.id > after).filter(is_stuck);
        Ok(rows.map(|row| row.id).take(limit).collect())
    }
}

#[async_trait]
impl Beside for MemoryStore {
    async fn put_blob(&self, bytes: &[u8], expires_at: Option<Timestamp>) -> Result<String, StoreError> {
        let digest = hex::encode(Sha256::digest(bytes));
        let mut tables = self.tables();
        let blob = tables.blobs.entry(digest.clone()).or_insert_with(|| (bytes.to_vec(), expires_at));
        blob.1 = match (blob.1, expires_at) {
            (Some(old), Some(new)) => Some(old.max(new)),
            _ => None,
        };
        Ok(digest)
    }

    async fn blob(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tables().blobs.get(digest).map(|(bytes, _)| bytes.clone()))
    }

    async fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, StoreError> {
        Ok(self.tables().documents.get(&(collection.to_owned(), key.to_owned())).cloned())
    }

    async fn put_document(
        &self,
        collection: &str,
        key: &str,
        value: &serde_json::Value,
        expected: Expected,
    ) -> Result<Put, StoreError> {
        let mut tables = self.tables();
        let place = (collection.to_owned(), key.to_owned());
        let there = tables.documents.get(&place).cloned();
        let holds = match expected {
            Expected::Any => true,
            Expected::Absent => there.is_none(),
            Expected::Revision(revision) => there.as_ref().is_some_and(|document| document.revision == revision),
        };
        if !holds {
            return Ok(Put::Conflict(there));
        }
        let revision = there.map_or(0, |document| document.revision) + 1;
        let document = Document { value: value.clone(), revision, updated_at: Timestamp::default() };
        tables.documents.insert(place, document);
        Ok(Put::Done(revision))
    }

    async fn documents(
        &self,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        let tables = self.tables();
        let fits = |(place, _): &(&(String, String), &Document)| {
            place.0 == collection && place.1.starts_with(prefix) && after.is_none_or(|after| place.1.as_str() > after)
        };
        let found = tables.documents.iter().filter(fits).take(limit);
        Ok(found.map(|(place, document)| (place.1.clone(), document.clone())).collect())
    }

    async fn delete_document(&self, collection: &str, key: &str) -> Result<(), StoreError> {
        self.tables().documents.remove(&(collection.to_owned(), key.to_owned()));
        Ok(())
    }

    async fn append_log(&self, stream: &str, lines: &[LogLine]) -> Result<(), StoreError> {
        let mut tables = self.tables();
        for line in lines {
            tables.logs.entry((stream.to_owned(), line.sequence)).or_insert_with(|| line.clone());
        }
        Ok(())
    }

    async fn log(&self, stream: &str, after: u64, limit: usize) -> Result<Vec<LogLine>, StoreError> {
        let tables = self.tables();
        let range = (stream.to_owned(), after.saturating_add(1))..=(stream.to_owned(), u64::MAX);
        Ok(tables.logs.range(range).take(limit).map(|(_, line)| line.clone()).collect())
    }

    async fn remove_past(
        &self,
        past: Past,
        before: Timestamp,
        rows_max: u64,
        dry_run: bool,
    ) -> Result<u64, StoreError> {
        let most = usize::try_from(rows_max).unwrap_or(usize::MAX);
        let mut tables = self.tables();
        let rows = match past {
            Past::Blobs => {
                let is_past = |(_, (_, expires_at)): &(&String, &(_, Option<Timestamp>))| {
                    expires_at.is_some_and(|at| at <= before)
                };
                let gone: Vec<_> = tables.blobs.iter().filter(is_past).map(|it| it.0.clone()).take(most).collect();
                gone.iter().filter(|_| !dry_run).for_each(|digest| _ = tables.blobs.remove(digest));
                gone.len()
            }
            Past::Logs => {
                let is_past = |(_, line): &(&(String, u64), &LogLine)| line.at < before;
                let gone: Vec<_> = tables.logs.iter().filter(is_past).map(|it| it.0.clone()).take(most).collect();
                gone.iter().filter(|_| !dry_run).for_each(|place| _ = tables.logs.remove(place));
                gone.len()
            }
            Past::History => tables.remove_history(before, most, dry_run),
        };
        Ok(u64::try_from(rows).unwrap_or(u64::MAX))
    }
}
