use crate::seams::Progress;
use engine::WorkflowId;
use environment::Timestamp;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What is known of running runs in memory only: signals, and a lock so that calls of one run go one at a time.
#[derive(Debug, Default)]
pub(super) struct Live(Mutex<HashMap<(WorkflowId, u32), Arc<Run>>>);

/// One running run.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) calls: tokio::sync::Mutex<()>,
    pub(super) signals: Mutex<Signals>,
}

/// What a crash may lose.
#[derive(Debug, Default, Clone)]
pub(super) struct Signals {
    /// Highest sequence number seen; signals need not be durable to be acknowledged.
    pub(super) acknowledged: u64,
    pub(super) progress: Option<Progress>,
    /// Progress that was not passed on yet.
    pub(super) pending: bool,
    pub(super) passed_on_at: Option<Timestamp>,
}

impl Live {
    /// The entry of a run; call only for one that exists, or strangers could fill the map.
    pub(super) fn of(&self, workflow: WorkflowId, run: u32) -> Arc<Run> {
        Arc::clone(self.map().entry((workflow, run)).or_default())
    }

    pub(super) fn progress(&self, workflow: WorkflowId, run: u32) -> Option<Progress> {
        let entry = self.map().get(&(workflow, run)).map(Arc::clone)?;
        entry.signals().progress.clone()
    }

    pub(super) fn forget(&self, workflow: WorkflowId, run: u32) {
        self.map().remove(&(workflow, run));
    }

    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<(WorkflowId, u32), Arc<Run>>> {
        // No code panics while holding it; whatever is there is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    pub(super) fn signals(&self) -> std::sync::MutexGuard<'_, Signals> {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
