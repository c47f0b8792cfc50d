//! Gives slots away for all partitions (E13): one node does, the owner of the first partition, and each grant is written
//! under that ownership, so two can never give away the same slot. A grant is an event like any other: it lies in the
//! inbox until its workflow takes it. Who holds is read from the workflows' rows and from those grants; nothing is counted
//! apart.

use super::{Fence, InboxEvent, PoolClaim, handle::Inner, partition_of};
use crate::{CommitError, EventId, PoolRow, StoreError, WorkflowId, core::Pools, runtime::Registry};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// The partition whose owner gives slots away.
pub(super) const GRANTING: u16 = 0;

pub(super) struct Granter {
    pub inner: Arc<Inner>,
    pub registry: Arc<Registry>,
    pub fence: Fence,
    /// What was offered at which revision. One that still waits at it when its offer is gone has refused, and is not asked
    /// again before its next transition.
    offered: BTreeMap<WorkflowId, u64>,
}

impl Granter {
    pub fn new(inner: Arc<Inner>, registry: Arc<Registry>, fence: Fence) -> Self {
        Self { inner, registry, fence, offered: BTreeMap::new() }
    }

    /// Until the ownership ends for good.
    pub async fn run(mut self) {
        if self.registry.pools.is_empty() {
            return;
        }
        while self.inner.serves(self.fence) {
            let looked = if self.inner.owns(self.fence) { self.look().await } else { Ok(()) };
            match looked {
                Ok(()) => {}
                Err(CommitError::Fenced) => return,
                Err(error) => tracing::warn!(%error, "slots cannot be given away; it is tried again"),
            }
            tokio::select! {
                () = self.inner.bell.slots.notified() => {}
                () = self.inner.environment.sleep(Duration::from_millis(self.inner.limits.grant_poll_ms)) => {}
                () = self.inner.closed() => return,
            }
        }
    }

    async fn look(&mut self) -> Result<(), CommitError> {
        let failed = |error: StoreError| CommitError::Failed(error.to_string());
        let (claims, on_their_way) = self.inner.shared.pool_claims().await.map_err(failed)?;
        let claims: BTreeMap<_, _> = claims.into_iter().map(|claim| (claim.workflow, claim)).collect();
        self.offered.retain(|id, revision| claims.get(id).is_some_and(|claim| claim.revision == *revision));
        let mut pools = Pools::new(&self.registry.pools);
        pools.learn(claims.values().map(|it| PoolRow { workflow: it.workflow, pool: it.pool.clone() }).collect());
        for claim in claims.values() {
            if on_their_way.iter().any(|(key, id)| *key == claim.key && *id == offer(claim)) {
                pools.reserve(claim.workflow);
            }
        }
        let mut events = Vec::new();
        while let Some((id, pool)) = pools.grant() {
            let Some(claim) = claims.get(&id).filter(|claim| self.offered.get(&id) != Some(&claim.revision)) else {
                pools.decline(id);
                continue;
            };
            match self.event(claim, &pool) {
                Some(event) => events.push(event),
                None => pools.decline(id),
            }
        }
        if events.is_empty() {
            return Ok(());
        }
        self.inner.shared.append(&events, Some(self.fence)).await?;
        self.inner.bell.inbox.notify_one();
        self.inner.bell.ring(|news| news.inbox.extend(events.iter().map(|event| event.partition)));
        let granted = claims.values().filter(|claim| events.iter().any(|event| event.key == claim.key));
        self.offered.extend(granted.map(|claim| (claim.workflow, claim.revision)));
        Ok(())
    }

    fn event(&self, claim: &PoolClaim, pool: &str) -> Option<InboxEvent> {
        let fact = match self.registry.kinds.get(&*claim.kind)?.granted(pool)? {
            Ok(fact) => fact,
            Err(why) => {
                tracing::error!(workflow = %claim.workflow, %why, "its kind has no event for a slot");
                return None;
            }
        };
        Some(InboxEvent {
            partition: partition_of(&claim.kind, &claim.key, self.inner.partitions),
            kind: Arc::clone(&claim.kind),
            key: Arc::clone(&claim.key),
            id: offer(claim),
            payload: fact.json,
        })
    }
}

/// The id of the grant that a claim would be given.
fn offer(claim: &PoolClaim) -> EventId {
    EventId::new("pool", format_args!("{}:{}", claim.pool.pool, claim.revision))
}
