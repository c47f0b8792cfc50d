//! Carrying actions out.

use crate::{ActionError, ActionId, Timestamp, Workflow, WorkflowId};
use async_trait::async_trait;
use std::sync::Arc;

/// Carries out the actions of one kind of workflow.
#[async_trait]
pub trait Executor<W: Workflow>: Send + Sync + 'static {
    /// Carries an action out; the event is its answer. Called at least once per action (E6).
    async fn execute(&self, context: &ActionContext<W>, action: &W::Action) -> Result<W::Event, ActionError>;
}

/// What an executor knows beside the action.
pub struct ActionContext<W: Workflow> {
    /// Workflow.
    pub workflow: WorkflowId,
    /// Its key.
    pub key: String,
    /// Action; with the workflow it names the intent for good, so it serves as an idempotency key.
    pub action: ActionId,
    /// From 1. Above 1: look before repeating.
    pub attempt: u32,
    /// An earlier attempt, perhaps of an earlier process, may have done it.
    pub maybe_done: bool,
    /// The state last committed when this attempt starts.
    pub state: Arc<W::State>,
    /// When this attempt starts.
    pub now: Timestamp,
}

impl<W: Workflow> std::fmt::Debug for ActionContext<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ActionContext")
            .field("workflow", &self.workflow)
            .field("action", &self.action)
            .field("attempt", &self.attempt)
            .field("maybe_done", &self.maybe_done)
            .finish_non_exhaustive()
    }
}
