//! The handle.

use super::{
    Desk, Opening, ask,
    counters::Counters,
    registry::Registry,
    replay,
    route::{Desks, Sent},
    shell::Command,
};
use crate::{
    Committed, EventId, EventRow, KEY_BYTES_MAX, Limits, ListFilter, Receipt, Repair, Replay, ReplayError, Row,
    StartError, Store, StoreError, SubmitError, UpgradeReport, View, Why, Workflow, WorkflowId,
    cluster::{Cluster, ClusterLimits, Shared},
    core::{Fact, Part, Standpoint},
};
use environment::Environment;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Semaphore, broadcast, oneshot};

/// What the feed remembers for a slow reader; beyond it a reader is told how much it missed.
const FEED_LENGTH: usize = 1_024;
/// What a submitter who is turned away is told to wait.
const OVERLOAD_RETRY: Duration = Duration::from_secs(1);
/// Rows per question for stuck workflows.
const STUCK_PAGE: usize = 1_000;

/// A running engine; cheap to clone. It ends when [`Engine::shutdown`] is called or every handle is gone.
#[derive(Clone)]
pub struct Engine {
    environment: Environment,
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    desks: Desks,
    /// Places in the submission queue (E9).
    places: Arc<Semaphore>,
    queue_max: usize,
    turned_away: Arc<AtomicU64>,
    feed: broadcast::Sender<Committed>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("registry", &self.registry).finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts on a store: what was left pending is started again, what fell due fires.
    ///
    /// # Errors
    /// The database failed.
    pub async fn start(
        environment: Environment,
        store: Arc<dyn Store>,
        registry: Registry,
        limits: Limits,
    ) -> Result<Self, StartError> {
        let (feed, registry) = (broadcast::channel(FEED_LENGTH).0, Arc::new(registry));
        let opening = Opening {
            environment: environment.clone(),
            store: Arc::clone(&store),
            registry: Arc::clone(&registry),
            limits,
            feed: feed.clone(),
        };
        let (desk, _ended) = Desk::open(opening, Part::default(), None).await?;
        Ok(Self::new(environment, store, registry, limits, feed, Desks::One(desk)))
    }

    /// Starts as one of several nodes on a shared database (E8): it owns its share of the workflows, takes over from nodes
    /// that end, and takes events for all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn join(
        environment: Environment,
        shared: Arc<dyn Shared>,
        registry: Registry,
        limits: Limits,
        cluster: ClusterLimits,
    ) -> Result<Self, StartError> {
        let (feed, registry, store) = (broadcast::channel(FEED_LENGTH).0, Arc::new(registry), shared.whole());
        let opening = Opening {
            environment: environment.clone(),
            store: Arc::clone(&store),
            registry: Arc::clone(&registry),
            limits,
            feed: feed.clone(),
        };
        let cluster = Cluster::join(shared, cluster, opening).await?;
        Ok(Self::new(environment, store, registry, limits, feed, Desks::Several(Arc::new(cluster))))
    }

    fn new(
        environment: Environment,
        store: Arc<dyn Store>,
        registry: Arc<Registry>,
        limits: Limits,
        feed: broadcast::Sender<Committed>,
        desks: Desks,
    ) -> Self {
        Self {
            environment,
            store,
            registry,
            desks,
            places: Arc::new(Semaphore::new(limits.queue_max)),
            queue_max: limits.queue_max,
            turned_away: Arc::default(),
            feed,
        }
    }

    /// Whether this is the node that does what only one may do at a time: sweeping, catching up. Always, where one process
    /// owns the database.
    pub fn leads(&self) -> bool {
        match &self.desks {
            Desks::One(_) => true,
            Desks::Several(cluster) => cluster.leads(),
        }
    }

    /// Whether other nodes may commit beside this one: [`Engine::subscribe`] tells of this one's commits only.
    pub fn is_one_of_several(&self) -> bool {
        matches!(self.desks, Desks::Several(_))
    }

    /// Submits an event; returns once it is durable (E1).
    ///
    /// # Errors
    /// It was not accepted.
    pub async fn submit<W: Workflow>(&self, key: &str, id: EventId, event: W::Event) -> Result<Receipt, SubmitError> {
        self.send::<W>(key, id, event)?.answer(&self.desks).await
    }

    /// Submits several events at once, in this order; each is answered for itself.
    ///
    /// # Errors
    /// Each as from [`Engine::submit`].
    pub async fn submit_many<W: Workflow>(
        &self,
        events: Vec<(String, EventId, W::Event)>,
    ) -> Vec<Result<Receipt, SubmitError>> {
        let sent: Vec<_> = events.into_iter().map(|(key, id, event)| self.send::<W>(&key, id, event)).collect();
        let mut answers = Vec::with_capacity(sent.len());
        for sent in sent {
            answers.push(match sent {
                Ok(sent) => sent.answer(&self.desks).await,
                Err(error) => Err(error),
            });
        }
        answers
    }

    fn send<W: Workflow>(&self, key: &str, id: EventId, event: W::Event) -> Result<Sent, SubmitError> {
        let overloaded = || {
            self.turned_away.fetch_add(1, Ordering::Relaxed);
            SubmitError::Overloaded { retry_after: OVERLOAD_RETRY }
        };
        if key.len() > KEY_BYTES_MAX {
            return Err(SubmitError::KeyTooLong { bytes: key.len(), max: KEY_BYTES_MAX });
        }
        let unwritable = |why| crate::Illegal::Refused(format!("it cannot be written as JSON: {why}"));
        let event = Fact::of(event).map_err(unwritable)?;
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| overloaded())?;
        self.desks.send(W::KIND, key.into(), id, event, place, overloaded)
    }

    /// Pushes back the workflow's silence timers that signals push back; in memory only. Under overload a signal may be
    /// lost, as signals may.
    pub fn signal(&self, workflow: WorkflowId) {
        match &self.desks {
            Desks::One(desk) => _ = desk.commands.try_send(Command::Signal(workflow)),
            Desks::Several(cluster) => cluster.heard(workflow),
        }
    }

    /// A workflow.
    ///
    /// # Errors
    /// The database failed, or the row cannot be read.
    pub async fn view<W: Workflow>(&self, workflow: WorkflowId) -> Result<Option<View<W>>, StoreError> {
        self.store.row(workflow).await?.as_ref().map(ask::view).transpose()
    }

    /// Columns of a workflow, whatever its kind.
    ///
    /// # Errors
    /// The database failed.
    pub async fn row(&self, workflow: WorkflowId) -> Result<Option<Row>, StoreError> {
        Ok(self.store.row(workflow).await?.as_ref().map(Row::from))
    }

    /// A workflow by its key.
    ///
    /// # Errors
    /// The database failed, or the row cannot be read.
    pub async fn view_by_key<W: Workflow>(&self, key: &str) -> Result<Option<View<W>>, StoreError> {
        self.store.row_by_key(W::KIND, key).await?.as_ref().map(ask::view).transpose()
    }

    /// Columns of workflows, ascending by id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list(&self, filter: ListFilter) -> Result<Vec<Row>, StoreError> {
        Ok(self.store.list(&filter).await?.iter().map(Row::from).collect())
    }

    /// Facts of a workflow, ascending, above a sequence number (E12).
    ///
    /// # Errors
    /// The database failed.
    pub async fn history(
        &self,
        workflow: WorkflowId,
        after_seq: u64,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        let Some(row) = self.store.row(workflow).await? else { return Ok(Vec::new()) };
        let records = self.store.history(workflow, after_seq, limit).await?;
        Ok(records.into_iter().map(|record| ask::event(&self.registry, &row.kind, record)).collect())
    }

    /// Why a workflow is where it is (E11).
    ///
    /// # Errors
    /// The database failed.
    pub async fn why(&self, workflow: WorkflowId) -> Result<Why, StoreError> {
        let known = match self.desks.of(workflow) {
            Some(desk) => {
                let (answer, known) = oneshot::channel();
                let _ = desk.commands.try_send(Command::Explain(workflow, answer));
                known.await.unwrap_or_default()
            }
            // Another node has it: the row says what there is to say.
            None => Standpoint::default(),
        };
        let row = self.store.row(workflow).await?;
        Ok(row.map_or_else(|| ask::nothing(workflow), |row| ask::why(&row, &known, self.environment.now())))
    }

    /// Runs a history through the transition function again (E12).
    ///
    /// # Errors
    /// The history does not run.
    pub async fn replay(&self, workflow: WorkflowId) -> Result<Replay, ReplayError> {
        replay::replay(&*self.store, &self.registry, workflow).await
    }

    /// Workflows that nothing will move (E11).
    ///
    /// # Errors
    /// The database failed.
    pub async fn stuck(&self) -> Result<Vec<WorkflowId>, StoreError> {
        let mut stuck: Vec<WorkflowId> = Vec::new();
        loop {
            let page = self.store.stuck(stuck.last().copied().unwrap_or_default(), STUCK_PAGE).await?;
            let whole = page.len() < STUCK_PAGE;
            stuck.extend(page);
            if whole {
                return Ok(stuck);
            }
        }
    }

    /// Starts what a workflow waits for: pending actions at once, whatever their pause; due timers; events kept early.
    ///
    /// # Errors
    /// The database failed.
    pub async fn repair(&self, workflow: WorkflowId) -> Result<Repair, StoreError> {
        match (self.desks.of(workflow), &self.desks) {
            (Some(desk), _) => {
                let (done, taken) = oneshot::channel();
                let _ = desk.commands.try_send(Command::Repair(workflow, done));
                let _ = taken.await;
            }
            (None, Desks::Several(cluster)) => cluster.repair_elsewhere(workflow),
            (None, Desks::One(_)) => {}
        }
        let row = self.store.row(workflow).await?;
        let pending = row.as_ref().and_then(|row| row.pending.as_deref());
        let actions = crate::core::read_pending(pending).map_or(0, |pending| pending.len());
        let early = match &row {
            Some(row) => self.store.early(&row.kind, &row.key, STUCK_PAGE).await?.len(),
            None => 0,
        };
        Ok(Repair { actions, early, why: self.why(workflow).await? })
    }

    /// Tries the upgrade of every live row without writing (E10); needs no running engine.
    ///
    /// # Errors
    /// The database failed.
    pub async fn check_upgrades(store: &dyn Store, registry: &Registry) -> Result<UpgradeReport, StoreError> {
        replay::check_upgrades(store, registry).await
    }

    /// A feed of changes for pages and log lines; a slow reader misses some and is told so.
    pub fn subscribe(&self) -> broadcast::Receiver<Committed> {
        self.feed.subscribe()
    }

    /// Counts since the start, and depths now; of this node, where there are several.
    pub fn counters(&self) -> Counters {
        let depth = self.queue_max - self.places.available_permits();
        self.desks.gauges().counters(depth, self.turned_away.load(Ordering::Relaxed))
    }

    /// Takes nothing more, finishes the batch in hand; started actions are abandoned (they are at-least-once). One of
    /// several nodes hands over what it owns and waits a while for its running actions.
    pub async fn shutdown(&self) {
        match &self.desks {
            Desks::One(desk) => desk.shut().await,
            Desks::Several(cluster) => cluster.leave().await,
        }
    }
}
