//! What a node's parts share, and what the engine's handle holds of it.

use super::{
    ClusterLimits, Fence, InboxEvent, Lease, Outcome, Shared,
    appender::{self, Append},
    granter::GRANTING,
    inbox,
    news::{self, Bell},
    node::Node,
    partition_of,
};
use crate::{
    Receipt, StoreError, SubmitError, WorkflowId,
    core::Counts,
    runtime::{Command, Desk, Opening},
};
use environment::Environment;
use std::{
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::{mpsc, oneshot, watch};

/// First pause of a submitter who waits for what its workflow's owner makes of an event; doubles up to a twentieth of a
/// second.
const OUTCOME_PAUSE: Duration = Duration::from_millis(2);
const OUTCOME_PAUSE_MAX: Duration = Duration::from_millis(50);

/// A partition that this node owns.
#[derive(Clone)]
pub(super) struct Served {
    pub fence: Fence,
    pub lease: Lease,
    pub desk: Desk,
}

/// What the parts of a node share.
pub(crate) struct Inner {
    pub(super) environment: Environment,
    pub(super) shared: Arc<dyn Shared>,
    pub(super) limits: ClusterLimits,
    pub(super) partitions: u16,
    pub(super) bell: Arc<Bell>,
    served: RwLock<Vec<Option<Served>>>,
    appends: mpsc::Sender<Append>,
    full: AtomicBool,
    /// Counts of partitions that were owned before.
    past: Mutex<Counts>,
    closed: watch::Sender<bool>,
}

/// A node, as the engine's handle holds it. The node leaves when the last handle is gone.
pub(crate) struct Cluster {
    inner: Arc<Inner>,
    leave: mpsc::Sender<oneshot::Sender<()>>,
}

impl Inner {
    /// Completes when the node has left.
    pub(super) async fn closed(&self) {
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    pub(super) fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Sends submissions of a partition there, or (`None`) to the inbox.
    pub(super) fn route(&self, partition: u16, served: Option<Served>) {
        let mut all = self.served.write().unwrap_or_else(PoisonError::into_inner);
        all[usize::from(partition)] = served;
    }

    fn served(&self, partition: u16) -> Option<Served> {
        let all = self.served.read().unwrap_or_else(PoisonError::into_inner);
        all.get(usize::from(partition))?.clone().filter(|served| served.lease.holds(&self.environment))
    }

    pub(super) fn desk(&self, partition: u16) -> Option<Desk> {
        self.served(partition).map(|served| served.desk)
    }

    /// This very ownership has not ended for good; its lease may be over and be renewed again, if nobody else came.
    pub(super) fn serves(&self, fence: Fence) -> bool {
        let all = self.served.read().unwrap_or_else(PoisonError::into_inner);
        let served = all.get(usize::from(fence.partition)).and_then(Option::as_ref);
        served.is_some_and(|served| served.fence == fence)
    }

    /// This very ownership holds.
    pub(super) fn owns(&self, fence: Fence) -> bool {
        self.served(fence.partition).is_some_and(|served| served.fence == fence)
    }

    /// Partitions that this node owns now.
    pub(super) fn fences(&self) -> Vec<Fence> {
        (0..self.partitions).filter_map(|partition| Some(self.served(partition)?.fence)).collect()
    }

    pub(super) fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::Relaxed);
    }

    pub(super) fn retire(&self, counts: &Counts) {
        *self.past.lock().unwrap_or_else(PoisonError::into_inner) += *counts;
    }

    fn desk_of(&self, id: WorkflowId) -> Option<Desk> {
        self.desk(u16::try_from(id.0 % u64::from(self.partitions)).unwrap_or_default())
    }

    pub(super) fn heard_here(&self, id: WorkflowId) {
        if let Some(desk) = self.desk_of(id) {
            let _ = desk.commands.try_send(Command::Signal(id));
        }
    }

    pub(super) fn repair_here(&self, id: WorkflowId) {
        if let Some(desk) = self.desk_of(id) {
            let _ = desk.commands.try_send(Command::Repair(id, oneshot::channel().0));
        }
    }
}

impl Cluster {
    /// Joins: returns when what was free at once is owned.
    pub async fn join(shared: Arc<dyn Shared>, limits: ClusterLimits, opening: Opening) -> Result<Self, StoreError> {
        let environment = opening.environment.clone();
        let partitions = shared.partitions();
        let (appends, appended) = mpsc::channel(limits.append_max);
        let inner = Arc::new(Inner {
            environment: environment.clone(),
            shared,
            limits,
            partitions,
            bell: Arc::default(),
            served: RwLock::new(vec![None; usize::from(partitions)]),
            appends,
            full: AtomicBool::new(false),
            past: Mutex::default(),
            closed: watch::Sender::new(false),
        });
        let (leave, asked) = mpsc::channel(1);
        let mut node = Node::new(Arc::clone(&inner), opening);
        node.beat().await?;
        environment.spawn(node.run(asked));
        environment.spawn(appender::run(Arc::clone(&inner), appended));
        environment.spawn(inbox::run(Arc::clone(&inner)));
        environment.spawn(news::tell(Arc::clone(&inner)));
        environment.spawn(news::hear(Arc::clone(&inner)));
        Ok(Self { inner, leave })
    }

    /// Partition of a name.
    pub fn partition(&self, kind: &str, key: &str) -> u16 {
        partition_of(kind, key, self.inner.partitions)
    }

    /// The running core of a partition; `None`: another node owns it.
    pub fn desk(&self, partition: u16) -> Option<Desk> {
        self.inner.desk(partition)
    }

    /// The running core that owns a workflow; `None`: another node does.
    pub fn desk_of(&self, id: WorkflowId) -> Option<Desk> {
        self.inner.desk_of(id)
    }

    /// All running cores.
    pub fn desks(&self) -> Vec<Desk> {
        (0..self.inner.partitions).filter_map(|partition| self.inner.desk(partition)).collect()
    }

    /// Counts of partitions that were owned before.
    pub fn past(&self) -> Counts {
        *self.inner.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this node is the one that does what only one may do.
    pub fn leads(&self) -> bool {
        self.inner.desk(GRANTING).is_some()
    }

    /// A worker was heard here whose workflow may be owned elsewhere.
    pub fn heard(&self, id: WorkflowId) {
        match self.inner.desk_of(id) {
            Some(desk) => _ = desk.commands.try_send(Command::Signal(id)),
            None => self.inner.bell.ring(|news| _ = news.heard.insert(id.0)),
        }
    }

    /// An operator wants a workflow looked at that is owned elsewhere.
    pub fn repair_elsewhere(&self, id: WorkflowId) {
        self.inner.bell.ring(|news| _ = news.repair.insert(id.0));
    }

    /// Puts an event into the inbox; `None`: a bound is reached.
    pub fn append(&self, event: InboxEvent) -> Option<oneshot::Receiver<Result<(), SubmitError>>> {
        if self.inner.full.load(Ordering::Relaxed) {
            return None;
        }
        let (answer, appended) = oneshot::channel();
        self.inner.appends.try_send(Append { event, answer }).ok()?;
        Some(appended)
    }

    /// What its owner made of an event that is durable in the inbox, as far as it does so soon.
    pub async fn outcome(&self, event: &InboxEvent) -> Result<Receipt, SubmitError> {
        let environment = &self.inner.environment;
        let end = environment.monotonic() + Duration::from_millis(self.inner.limits.outcome_ms);
        let mut pause = OUTCOME_PAUSE;
        loop {
            // The event is durable: a failed read is no failure of the submission.
            let outcome = self.inner.shared.outcome(&event.kind, &event.key, &event.id).await;
            match outcome.unwrap_or(Outcome::Waiting) {
                Outcome::Refused(why) => return Err(crate::Illegal::Refused(why).into()),
                Outcome::Recorded(_) => return Ok(self.receipt(event, false).await),
                Outcome::Waiting if environment.monotonic() < end => {}
                Outcome::Waiting | Outcome::Kept => return Ok(self.receipt(event, true).await),
            }
            environment.sleep(pause).await;
            pause = (pause * 2).min(OUTCOME_PAUSE_MAX);
        }
    }

    async fn receipt(&self, event: &InboxEvent, kept: bool) -> Receipt {
        let row = self.inner.shared.whole().row_by_key(&event.kind, &event.key).await.ok().flatten();
        Receipt {
            workflow: row.as_ref().map(|row| row.id).unwrap_or_default(),
            revision: row.as_ref().map_or(0, |row| row.revision),
            status: row.map(|row| row.status.to_string()).unwrap_or_default(),
            duplicate: false,
            kept,
        }
    }

    /// Hands everything over and leaves.
    pub async fn leave(&self) {
        let (told, left) = oneshot::channel();
        if self.leave.send(told).await.is_ok() {
            let _ = left.await;
        }
    }
}
