//! The handle.

use crate::{
    Committed, Counters, EventId, EventRow, Limits, ListFilter, Receipt, Registry, Repair, Replay, ReplayError, Row,
    StartError, Store, StoreError, SubmitError, UpgradeReport, View, Why, Workflow, WorkflowId,
};
use environment::Environment;
use std::sync::Arc;
use tokio::sync::broadcast;

/// A running engine; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    feed: broadcast::Sender<Committed>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

#[expect(unused_variables, clippy::unused_async, reason = "the signatures come one commit before the bodies")]
impl Engine {
    /// Starts on a store.
    ///
    /// # Errors
    /// The database failed.
    pub async fn start(
        environment: Environment,
        store: Arc<dyn Store>,
        registry: Registry,
        limits: Limits,
    ) -> Result<Self, StartError> {
        Ok(Self { feed: broadcast::channel(16).0 })
    }

    /// Submits an event; returns once it is durable.
    ///
    /// # Errors
    /// It was not accepted.
    pub async fn submit<W: Workflow>(&self, key: &str, id: EventId, event: W::Event) -> Result<Receipt, SubmitError> {
        Err(SubmitError::Stopped)
    }

    /// Submits several events; each is answered for itself.
    pub async fn submit_many<W: Workflow>(
        &self,
        events: Vec<(String, EventId, W::Event)>,
    ) -> Vec<Result<Receipt, SubmitError>> {
        events.iter().map(|_| Err(SubmitError::Stopped)).collect()
    }

    /// Pushes back the workflow's silence timers that signals push back; in memory only.
    pub fn signal(&self, workflow: WorkflowId) {}

    /// A workflow.
    ///
    /// # Errors
    /// The database failed, or the row cannot be read.
    pub async fn view<W: Workflow>(&self, workflow: WorkflowId) -> Result<Option<View<W>>, StoreError> {
        Ok(None)
    }

    /// A workflow by its key.
    ///
    /// # Errors
    /// The database failed, or the row cannot be read.
    pub async fn view_by_key<W: Workflow>(&self, key: &str) -> Result<Option<View<W>>, StoreError> {
        Ok(None)
    }

    /// Columns of workflows, ascending by id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list(&self, filter: ListFilter) -> Result<Vec<Row>, StoreError> {
        Ok(Vec::new())
    }

    /// Facts of a workflow, ascending, above a sequence number.
    ///
    /// # Errors
    /// The database failed.
    pub async fn history(
        &self,
        workflow: WorkflowId,
        after_seq: u64,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        Ok(Vec::new())
    }

    /// Why a workflow is where it is (E11).
    ///
    /// # Errors
    /// The database failed.
    pub async fn why(&self, workflow: WorkflowId) -> Result<Why, StoreError> {
        Ok(Why { workflow, stuck: false, sentence: String::new() })
    }

    /// Runs a history through the transition function again (E12).
    ///
    /// # Errors
    /// The history does not run.
    pub async fn replay(&self, workflow: WorkflowId) -> Result<Replay, ReplayError> {
        Err(ReplayError::NotFound(workflow))
    }

    /// Workflows that nothing will move (E11).
    ///
    /// # Errors
    /// The database failed.
    pub async fn stuck(&self) -> Result<Vec<WorkflowId>, StoreError> {
        Ok(Vec::new())
    }

    /// Loads a workflow anew and starts what it waits for.
    ///
    /// # Errors
    /// The database failed.
    pub async fn repair(&self, workflow: WorkflowId) -> Result<Repair, StoreError> {
        Ok(Repair { actions: 0, early: 0, why: self.why(workflow).await? })
    }

    /// Tries the upgrade of every live row without writing (E10).
    ///
    /// # Errors
    /// The database failed.
    pub async fn check_upgrades(store: &dyn Store, registry: &Registry) -> Result<UpgradeReport, StoreError> {
        Ok(UpgradeReport::default())
    }

    /// A feed of changes for pages and log lines; a slow reader misses some.
    pub fn subscribe(&self) -> broadcast::Receiver<Committed> {
        self.feed.subscribe()
    }

    /// Counters.
    pub fn counters(&self) -> Counters {
        Counters::default()
    }

    /// Takes nothing more, finishes the batch in hand; started actions are abandoned (they are at-least-once).
    pub async fn shutdown(&self) {}
}
