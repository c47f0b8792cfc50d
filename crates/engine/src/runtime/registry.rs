//! The kinds an engine runs, who carries out their actions, and the pools they share.

use crate::{
    ActionContext, ActionError, ActionId, Timestamp, Workflow, WorkflowId,
    core::{Erased, Fact, Kind, Typed},
    runtime::Executor,
};
use async_trait::async_trait;
use std::{collections::BTreeMap, fmt, sync::Arc};

/// Kinds, executors and pools.
#[derive(Clone)]
pub struct Registry {
    pub(crate) kinds: BTreeMap<&'static str, Arc<dyn Kind>>,
    pub(crate) carriers: BTreeMap<&'static str, Arc<dyn Carrier>>,
    pub(crate) pools: BTreeMap<String, usize>,
    pub(crate) code: Arc<str>,
    pub(crate) ids_after: WorkflowId,
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl Registry {
    /// Without kinds.
    pub fn new() -> Self {
        Self {
            kinds: BTreeMap::new(),
            carriers: BTreeMap::new(),
            pools: BTreeMap::new(),
            code: env!("CARGO_PKG_VERSION").into(),
            ids_after: WorkflowId::default(),
        }
    }

    /// With a kind and who carries out its actions.
    #[must_use]
    pub fn with<W: Workflow>(mut self, executor: Arc<dyn Executor<W>>) -> Self {
        self.kinds.insert(W::KIND, Erased::<W>::kind());
        self.carriers.insert(W::KIND, Arc::new(Carry { executor }));
        self
    }

    /// With a pool of so many slots (E13).
    #[must_use]
    pub fn pool(mut self, name: &str, slots: usize) -> Self {
        self.pools.insert(name.to_owned(), slots);
        self
    }

    /// The code version that events are recorded under (E12); by default this crate's.
    #[must_use]
    pub fn code(mut self, version: &str) -> Self {
        self.code = version.into();
        self
    }

    /// New workflows are numbered after this one, too: a database that was put back from a backup may not know every
    /// number that is used outside.
    #[must_use]
    pub fn numbered_after(mut self, id: WorkflowId) -> Self {
        self.ids_after = id;
        self
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("kinds", &self.kinds.keys()).field("pools", &self.pools).finish()
    }
}

/// One attempt at an action, types erased.
pub(crate) struct Attempt {
    pub workflow: WorkflowId,
    pub key: Arc<str>,
    pub action: ActionId,
    pub fact: Fact,
    pub attempt: u32,
    pub maybe_done: bool,
    pub state: Typed,
    pub now: Timestamp,
}

/// An executor with its types erased.
#[async_trait]
pub(crate) trait Carrier: Send + Sync {
    async fn carry(&self, attempt: Attempt) -> Result<Fact, ActionError>;
}

struct Carry<W: Workflow> {
    executor: Arc<dyn Executor<W>>,
}

#[async_trait]
impl<W: Workflow> Carrier for Carry<W> {
    async fn carry(&self, attempt: Attempt) -> Result<Fact, ActionError> {
        let unfit = || ActionError::Permanent { message: "the action is not of this kind".into() };
        let action = attempt.fact.typed.downcast::<W::Action>().map_err(|_| unfit())?;
        let context = ActionContext::<W> {
            workflow: attempt.workflow,
            key: attempt.key.to_string(),
            action: attempt.action,
            attempt: attempt.attempt,
            maybe_done: attempt.maybe_done,
            state: attempt.state.downcast::<W::State>().map_err(|_| unfit())?,
            now: attempt.now,
        };
        let answer = self.executor.execute(&context, &action).await?;
        Fact::of(answer).map_err(|why| ActionError::Permanent {
            message: format!("it was done, but its answer cannot be written as JSON: {why}"),
        })
    }
}
