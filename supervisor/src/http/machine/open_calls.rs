use engine::WorkflowId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Calls of one run through the git gateway at once: git makes one at a time, a second may still be ending.
const PER_RUN_MAX: usize = 2;

type Open = Arc<Mutex<HashMap<(WorkflowId, u32), usize>>>;

/// Counts open calls of each run.
#[derive(Debug, Clone, Default)]
pub(super) struct OpenCalls(Open);

/// A place among a run's calls; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Place {
    open: Open,
    run: (WorkflowId, u32),
}

impl OpenCalls {
    /// A place, unless the run has taken all of its own.
    pub(super) fn enter(&self, workflow: WorkflowId, run: u32) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry((workflow, run)).or_default();
        if *count >= PER_RUN_MAX {
            return None;
        }
        *count += 1;
        Some(Place { open: Arc::clone(&self.0), run: (workflow, run) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.run) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.run);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_two_places_and_others_have_their_own() {
        let calls = OpenCalls::default();
        let (first, _second) = (calls.enter(WorkflowId(1), 1), calls.enter(WorkflowId(1), 1));
        assert!(calls.enter(WorkflowId(1), 1).is_none());
        assert!(calls.enter(WorkflowId(1), 2).is_some());
        drop(first);
        assert!(calls.enter(WorkflowId(1), 1).is_some());
        drop(_second);
        assert!(calls.0.lock().unwrap().is_empty(), "nothing is remembered of runs without calls");
    }
}
