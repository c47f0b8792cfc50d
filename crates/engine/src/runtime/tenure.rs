//! What a shell minds when it owns its workflows for a time only (E8).

use super::shell::STORE_WORK_MAX;
use crate::{
    ActionError, ActionId, CommitError, WorkflowId,
    cluster::{Bell, Lease},
    core::{Fact, Input, StartAction},
};
use environment::Environment;
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch;

/// Ownership, and the calls under it that must not overlap with another owner's.
pub(crate) struct Tenure {
    pub lease: Lease,
    /// How long the shell waits for its running actions when it leaves.
    pub leave: Duration,
    pub bell: Arc<Bell>,
    calls: HashMap<(WorkflowId, ActionId), Duration>,
    over: watch::Sender<bool>,
}

impl Tenure {
    pub fn new(lease: Lease, leave: Duration, bell: Arc<Bell>) -> Self {
        Self { lease, leave, bell, calls: HashMap::with_capacity(STORE_WORK_MAX), over: watch::Sender::new(false) }
    }

    /// The database, or the clock, says that it is over.
    pub fn is_over(&self, environment: &Environment, inputs: &[Input]) -> bool {
        let fenced = |input: &Input| matches!(input, Input::Committed(Err(CommitError::Fenced)));
        !self.lease.holds(environment) || inputs.iter().any(fenced)
    }

    /// Notes a call that starts.
    pub fn starts(&mut self, start: &StartAction, environment: &Environment) {
        if !start.repeatable {
            let until = environment.monotonic() + Duration::from_millis(start.timeout_ms);
            self.calls.insert((start.workflow, start.action), until);
        }
    }

    /// Notes calls that ended.
    pub fn heed(&mut self, inputs: &[Input]) {
        for input in inputs {
            if let Input::ActionFinished { workflow, action, .. } = input
                && let Entry::Occupied(call) = self.calls.entry((*workflow, *action))
            {
                call.remove();
            }
        }
    }

    /// Ends everything that runs; how long a call may still be under way on the other side.
    pub fn end(self, environment: &Environment) -> Duration {
        self.lease.end();
        self.over.send_replace(true);
        let now = environment.monotonic();
        self.calls.values().map(|until| until.saturating_sub(now)).max().unwrap_or_default()
    }

    /// What a call under this ownership is bound to.
    pub fn bound(&self, start: &StartAction, environment: &Environment) -> Bound {
        Bound {
            lease: self.lease.clone(),
            environment: environment.clone(),
            span: if start.repeatable { 0 } else { start.timeout_ms },
            over: self.over.subscribe(),
        }
    }
}

/// One call's share of an ownership.
pub(crate) struct Bound {
    lease: Lease,
    environment: Environment,
    /// Milliseconds that must be left of the lease.
    span: u64,
    over: watch::Receiver<bool>,
}

impl Bound {
    /// A carrier's work, as the ownership allows it.
    pub async fn carry(mut self, work: impl Future<Output = Result<Fact, ActionError>>) -> Result<Fact, ActionError> {
        let gone = |message: &str| Err(ActionError::Ambiguous { message: message.to_owned() });
        if self.lease.cover(&self.environment, self.span).await.is_err() {
            return gone("not started: another node owns this workflow by now");
        }
        tokio::select! {
            biased;
            _ = self.over.wait_for(|over| *over) => gone("given up: another node owns this workflow by now"),
            done = self.lease.guard(&self.environment, work) => {
                done.unwrap_or_else(|_| gone("given up: this node's lease is over"))
            }
        }
    }
}
