//! A shared database in memory: several nodes in one process, for tests.

use super::{Beat, Claimed, ClusterLimits, Fence, InboxEvent, Outcome, PartitionRow, PoolClaim, Shared, owned::Owned};
use crate::{Batch, CommitError, EventId, InboxRow, MemoryStore, Store, StoreError, WorkflowRow};
use async_trait::async_trait;
use environment::Environment;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc;

/// News that wait for a slow node.
const NEWS_MAX: usize = 1_024;

/// A shared database in memory; clones share it.
#[derive(Debug, Clone)]
pub struct MemoryShared {
    store: MemoryStore,
    environment: Environment,
    partitions: u16,
    tables: Arc<Mutex<Tables>>,
}

#[derive(Debug, Default)]
struct Tables {
    nodes: BTreeMap<String, Duration>,
    partitions: Vec<Partition>,
    inbox: BTreeMap<u64, (InboxEvent, Option<String>)>,
    places: u64,
    listeners: Vec<mpsc::Sender<String>>,
}

#[derive(Debug, Default, Clone)]
struct Partition {
    owner: Option<String>,
    epoch: u64,
    lease_until: Duration,
    outside_until: Duration,
}

impl MemoryShared {
    /// An empty one of so many partitions, with this environment's clock.
    pub fn new(environment: Environment, partitions: u16) -> Self {
        let tables = Tables { partitions: vec![Partition::default(); usize::from(partitions)], ..Tables::default() };
        Self { store: MemoryStore::new(), environment, partitions, tables: Arc::new(Mutex::new(tables)) }
    }

    pub(super) fn store(&self) -> &MemoryStore {
        &self.store
    }

    pub(super) fn count(&self) -> u16 {
        self.partitions
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn commit(&self, fence: Option<Fence>, batch: &Batch) -> Result<(), CommitError> {
        let mut tables = self.tables();
        if !fence.is_some_and(|fence| tables.holds(fence)) {
            return Err(CommitError::Fenced);
        }
        self.store.commit_now(batch)?;
        for done in &batch.inbox_done {
            match (&done.refusal, tables.inbox.get_mut(&done.place)) {
                (Some(why), Some(row)) => row.1 = Some(why.clone()),
                _ => _ = tables.inbox.remove(&done.place),
            }
        }
        Ok(())
    }
}

impl Tables {
    fn partition(&mut self, index: u16) -> &mut Partition {
        &mut self.partitions[usize::from(index)]
    }

    /// The epoch decides, not the lease: who was not replaced may still commit.
    fn holds(&mut self, fence: Fence) -> bool {
        let partition = self.partition(fence.partition);
        partition.epoch == fence.epoch && partition.owner.is_some()
    }
}

#[async_trait]
impl Shared for MemoryShared {
    fn partitions(&self) -> u16 {
        self.partitions
    }

    fn whole(&self) -> Arc<dyn Store> {
        Arc::new(Owned { shared: self.clone(), fence: None })
    }

    fn owned(&self, fence: Fence) -> Arc<dyn Store> {
        Arc::new(Owned { shared: self.clone(), fence: Some(fence) })
    }

    async fn beat(&self, node: &str, held: &[Fence], limits: &ClusterLimits) -> Result<Beat, StoreError> {
        let now = self.environment.monotonic();
        let (lease, outside) = (Duration::from_millis(limits.lease_ms), Duration::from_millis(limits.outside_ms));
        let mut tables = self.tables();
        tables.nodes.insert(node.to_owned(), now);
        for fence in held {
            let partition = tables.partition(fence.partition);
            if partition.epoch == fence.epoch && partition.owner.as_deref() == Some(node) {
                (partition.lease_until, partition.outside_until) = (now + lease, now + outside);
            }
        }
        let nodes = tables.nodes.iter().filter(|(_, at)| **at + lease > now).map(|(node, _)| node.clone()).collect();
        let row = |(index, partition): (u16, &Partition)| PartitionRow {
            fence: Fence { partition: index, epoch: partition.epoch },
            owner: partition.owner.clone(),
            free: partition.owner.is_none() || partition.lease_until <= now,
        };
        let partitions = (0..).zip(&tables.partitions).map(row).collect();
        let waiting = tables.inbox.values().filter(|(_, refusal)| refusal.is_none()).count();
        let inbox = u64::try_from(waiting).unwrap_or(u64::MAX).min(limits.inbox_max);
        Ok(Beat { nodes, partitions, inbox })
    }

    async fn claim(&self, node: &str, seen: Fence, limits: &ClusterLimits) -> Result<Option<Claimed>, StoreError> {
        let now = self.environment.monotonic();
        let mut tables = self.tables();
        let partition = tables.partition(seen.partition);
        let owned_by_another = partition.owner.as_deref().is_some_and(|owner| owner != node);
        if partition.epoch != seen.epoch || (owned_by_another && partition.lease_until > now) {
            return Ok(None);
        }
        let hold = partition.outside_until.saturating_sub(now);
        *partition = Partition {
            owner: Some(node.to_owned()),
            epoch: seen.epoch + 1,
            lease_until: now + Duration::from_millis(limits.lease_ms),
            outside_until: now + Duration::from_millis(limits.outside_ms),
        };
        Ok(Some(Claimed { epoch: partition.epoch, hold }))
    }

    async fn release(&self, fence: Fence, outside: Duration) -> Result<(), StoreError> {
        let until = self.environment.monotonic() + outside;
        let mut tables = self.tables();
        if tables.holds(fence) {
            let partition = tables.partition(fence.partition);
            (partition.owner, partition.outside_until) = (None, until);
        }
        Ok(())
    }

    async fn leave(&self, node: &str) -> Result<(), StoreError> {
        self.tables().nodes.remove(node);
        Ok(())
    }

    async fn append(&self, events: &[InboxEvent], fence: Option<Fence>) -> Result<(), CommitError> {
        let mut tables = self.tables();
        if fence.is_some_and(|fence| !tables.holds(fence)) {
            return Err(CommitError::Fenced);
        }
        for event in events {
            let same = |it: &InboxEvent| (&it.kind, &it.key, &it.id) == (&event.kind, &event.key, &event.id);
            if !tables.inbox.values().any(|(there, _)| same(there)) {
                tables.places += 1;
                let place = tables.places;
                tables.inbox.insert(place, (event.clone(), None));
            }
        }
        Ok(())
    }

    async fn inbox(&self, partitions: &[u16], limit: usize) -> Result<Vec<(u16, InboxRow)>, StoreError> {
        let tables = self.tables();
        let mut taken = BTreeMap::<u16, usize>::new();
        let waiting = tables.inbox.iter().filter(|(_, (event, refusal))| {
            refusal.is_none() && partitions.contains(&event.partition) && {
                let taken = taken.entry(event.partition).or_default();
                *taken += 1;
                *taken <= limit
            }
        });
        let row = |(place, (event, _)): (&u64, &(InboxEvent, _))| {
            let InboxEvent { partition, kind, key, id, payload } = event.clone();
            (partition, InboxRow { place: *place, kind, key, id, payload })
        };
        Ok(waiting.map(row).collect())
    }

    async fn outcome(&self, kind: &str, key: &str, id: &EventId) -> Result<Outcome, StoreError> {
        let (recorded, kept) = self.store.recorded(kind, key, id);
        if let Some(workflow) = recorded {
            return Ok(Outcome::Recorded(workflow));
        }
        let tables = self.tables();
        let is_it = |event: &InboxEvent| (&*event.kind, &*event.key, &event.id) == (kind, key, id);
        let refusal = tables.inbox.values().find(|(event, _)| is_it(event)).map(|(_, refusal)| refusal.clone());
        Ok(match refusal {
            Some(Some(why)) => Outcome::Refused(why),
            None if kept => Outcome::Kept,
            _ => Outcome::Waiting,
        })
    }

    async fn forget_refused(&self, _older: Duration) -> Result<(), StoreError> {
        self.tables().inbox.retain(|_, (_, refusal)| refusal.is_none());
        Ok(())
    }

    async fn pool_claims(&self) -> Result<(Vec<PoolClaim>, Vec<(Arc<str>, EventId)>), StoreError> {
        let tables = self.tables();
        let claim = |row: WorkflowRow| {
            Some(PoolClaim { workflow: row.id, kind: row.kind, key: row.key, revision: row.revision, pool: row.pool? })
        };
        let claims = self.store.rows().into_iter().filter_map(claim).collect();
        let grants = tables.inbox.values().filter(|(event, no)| no.is_none() && event.id.as_str().starts_with("pool:"));
        let grants = grants.map(|(event, _)| (Arc::clone(&event.key), event.id.clone())).collect();
        Ok((claims, grants))
    }

    async fn tell(&self, news: &str) -> Result<(), StoreError> {
        for listener in &self.tables().listeners {
            let _may_be_lost = listener.try_send(news.to_owned());
        }
        Ok(())
    }

    async fn listen(&self) -> Result<mpsc::Receiver<String>, StoreError> {
        let (listener, news) = mpsc::channel(NEWS_MAX);
        self.tables().listeners.push(listener);
        Ok(news)
    }
}
