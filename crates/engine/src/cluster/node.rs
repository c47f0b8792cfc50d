//! A node's part in the cluster: it keeps its word alive, owns its share, and hands over.

use super::{
    Beat, Fence, Lease,
    granter::{GRANTING, Granter},
    handle::{Inner, Served},
    members::plan,
};
use crate::{
    StoreError,
    core::Part,
    runtime::{Command, Desk, Ended, Opening, Tenure},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// A partition whose core runs here.
struct Holding {
    served: Served,
    /// It is being handed over.
    leaving: bool,
    /// Until when, on the monotonic clock, calls of an owner before this node may be under way.
    hold_until: Duration,
}

pub(super) struct Node {
    inner: Arc<Inner>,
    /// New with every start: a restarted node is another one.
    name: String,
    opening: Opening,
    held: BTreeMap<u16, Holding>,
    ends: mpsc::Sender<(Fence, Ended)>,
    ended: mpsc::Receiver<(Fence, Ended)>,
    /// When refusals are to be removed from the inbox again.
    tidy_at: Duration,
}

/// How long a refusal stays for whoever asks what became of an event, and how often old ones are removed.
const REFUSALS_KEPT: Duration = Duration::from_secs(600);

impl Node {
    pub fn new(inner: Arc<Inner>, opening: Opening) -> Self {
        let (ends, ended) = mpsc::channel(usize::from(inner.partitions) + 1);
        let name = inner.environment.random_id();
        Self { inner, name, opening, held: BTreeMap::new(), ends, ended, tidy_at: Duration::ZERO }
    }

    /// Until it is asked to leave, or nobody is left to ask.
    pub async fn run(mut self, mut asked: mpsc::Receiver<oneshot::Sender<()>>) {
        let told = loop {
            tokio::select! {
                told = asked.recv() => break told,
                Some((fence, ended)) = self.ended.recv() => {
                    self.ended(fence, ended).await;
                    continue;
                }
                () = self.inner.bell.members.notified() => {}
                () = self.inner.environment.sleep(Duration::from_millis(self.inner.limits.beat_ms)) => {}
            }
            if let Err(error) = self.beat().await {
                tracing::warn!(%error, "this node cannot renew what it owns; it is tried again");
            }
        };
        self.leave().await;
        self.inner.close();
        if let Some(told) = told {
            let _ = told.send(());
        }
    }

    /// Renews, reads who is there, and adapts.
    pub async fn beat(&mut self) -> Result<(), StoreError> {
        let (inner, limits) = (Arc::clone(&self.inner), self.inner.limits);
        let sent = inner.environment.monotonic();
        let held: Vec<_> = self.held.values().map(|holding| holding.served.fence).collect();
        let beating = inner.shared.beat(&self.name, &held, &limits);
        let beat = match inner.environment.timeout(Duration::from_millis(limits.lease_ms / 2), beating).await {
            Ok(beat) => beat?,
            Err(_) => return Err(StoreError("no answer within half a lease".into())),
        };
        inner.set_full(beat.inbox >= limits.inbox_max);
        self.renew(&beat, sent);
        let serving: Vec<_> = self.held.iter().filter(|(_, it)| !it.leaving).map(|(index, _)| *index).collect();
        let plan = plan(&self.name, &self.as_seen(beat.clone()), &serving);
        for partition in plan.release {
            self.hand_over(partition);
        }
        for partition in plan.claim {
            self.claim(beat.partitions[usize::from(partition)].fence).await?;
        }
        self.tidy(sent).await
    }

    /// One node removes old refusals.
    async fn tidy(&mut self, now: Duration) -> Result<(), StoreError> {
        if now < self.tidy_at || !self.held.contains_key(&GRANTING) {
            return Ok(());
        }
        self.tidy_at = now + REFUSALS_KEPT;
        self.inner.shared.forget_refused(REFUSALS_KEPT).await
    }

    /// What still is this node's, is for another lease; what is not any more ends.
    fn renew(&mut self, beat: &Beat, sent: Duration) {
        for (partition, holding) in &self.held {
            let row = &beat.partitions[usize::from(*partition)];
            let Served { fence, lease, desk } = &holding.served;
            if row.fence == *fence && row.owner.as_deref() == Some(&self.name) {
                lease.renew(sent, self.inner.limits.lease_ms, self.inner.limits.outside_ms);
            } else {
                lease.end();
                let _ = desk.commands.try_send(Command::Evicted);
            }
        }
    }

    /// A partition that the database says is this node's and whose core has ended is free for this node; one that is being
    /// handed over is not free.
    fn as_seen(&self, mut beat: Beat) -> Beat {
        for row in &mut beat.partitions {
            let mine = row.owner.as_deref() == Some(&self.name);
            row.free = (row.free || mine) && !self.held.contains_key(&row.fence.partition);
        }
        beat
    }

    async fn claim(&mut self, seen: Fence) -> Result<(), StoreError> {
        let (inner, limits) = (Arc::clone(&self.inner), self.inner.limits);
        let sent = inner.environment.monotonic();
        let Some(claimed) = inner.shared.claim(&self.name, seen, &limits).await? else { return Ok(()) };
        let fence = Fence { partition: seen.partition, epoch: claimed.epoch };
        let lease = Lease::default();
        lease.renew(sent, limits.lease_ms, limits.outside_ms);
        let hold = (!claimed.hold.is_zero()).then(|| inner.environment.now() + claimed.hold);
        let part = Part { index: fence.partition, of: inner.partitions, hold };
        let tenure = Tenure::new(lease.clone(), Duration::from_millis(limits.leave_ms), Arc::clone(&inner.bell));
        let opening = Opening { store: inner.shared.owned(fence), ..self.opening.clone() };
        let (desk, running) = Desk::open(opening, part, Some(tenure)).await?;
        let ends = self.ends.clone();
        inner.environment.spawn(async move {
            // A core that panicked ended, too: its partition is claimed again.
            let panicked = Ended { evicted: true, ..Ended::default() };
            let _ = ends.send((fence, running.await.unwrap_or(panicked))).await;
        });
        let served = Served { fence, lease, desk };
        inner.route(fence.partition, Some(served.clone()));
        self.held.insert(fence.partition, Holding { served, leaving: false, hold_until: sent + claimed.hold });
        inner.bell.inbox.notify_one();
        if fence.partition == GRANTING {
            let granter = Granter::new(Arc::clone(&inner), Arc::clone(&self.opening.registry), fence);
            inner.environment.spawn(granter.run());
        }
        tracing::info!(partition = fence.partition, epoch = fence.epoch, "owned from now on");
        Ok(())
    }

    /// Takes nothing more for a partition, and lets its core finish.
    fn hand_over(&mut self, partition: u16) {
        let Some(holding) = self.held.get_mut(&partition) else { return };
        if std::mem::replace(&mut holding.leaving, true) {
            return;
        }
        self.inner.route(partition, None);
        let desk = holding.served.desk.clone();
        self.inner.environment.spawn(async move { desk.shut().await });
    }

    async fn ended(&mut self, fence: Fence, ended: Ended) {
        self.inner.retire(&ended.counts);
        if self.held.get(&fence.partition).is_none_or(|holding| holding.served.fence != fence) {
            return;
        }
        self.inner.route(fence.partition, None);
        let held_off = self.held.remove(&fence.partition).map_or(Duration::ZERO, |holding| holding.hold_until);
        // Calls of an owner before may outlast those of this one.
        let outside = ended.outside.max(held_off.saturating_sub(self.inner.environment.monotonic()));
        if ended.evicted {
            tracing::warn!(partition = fence.partition, epoch = fence.epoch, "owned no more: its lease went over");
        } else if let Err(error) = self.inner.shared.release(fence, outside).await {
            tracing::warn!(%error, partition = fence.partition, "not given back; its lease will end by itself");
        }
        self.inner.bell.members.notify_one();
        self.inner.bell.ring(|news| news.members = true);
    }

    async fn leave(&mut self) {
        let partitions: Vec<_> = self.held.keys().copied().collect();
        for partition in partitions {
            self.hand_over(partition);
        }
        while !self.held.is_empty() {
            let Some((fence, ended)) = self.ended.recv().await else { break };
            self.ended(fence, ended).await;
        }
        if let Err(error) = self.inner.shared.leave(&self.name).await {
            tracing::debug!(%error, "not signed off; the others notice by themselves");
        }
        // The news gather in a task that ends with this node, so the last go straight.
        let _may_be_lost = self.inner.shared.tell(r#"{"m":true}"#).await;
    }
}
