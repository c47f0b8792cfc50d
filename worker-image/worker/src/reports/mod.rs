//! What an agent reports while it works, on its way to the supervisor.
//!
//! The agent never waits for the network: it puts reports into a bounded [`queue`], and a task of its own ([`pump`])
//! sends what has queued while the last batch was under way. Findings are facts and are kept; signals are not, so the
//! latest progress replaces the one before it, and old log lines give way with a line that counts them.

mod pump;
mod queue;

pub(crate) use pump::{Line, Standing, pump};

use protocol::Finding;
use queue::Queue;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Where an agent reports to. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Reporter {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Notify,
}

impl Reporter {
    /// One finding, in bounds. The same id counts once; beyond the largest number of findings it is counted, not kept.
    pub fn finding(&self, finding: Finding) {
        self.queue().finding(finding);
        self.shared.wake.notify_one();
    }

    /// How far the work is.
    pub fn progress(&self, phase: &str, files_read: Option<u32>, files_total: u32) {
        self.queue().progress(phase, files_read, files_total);
        self.shared.wake.notify_one();
    }

    /// One line for the log of the run.
    pub fn log(&self, line: &str) {
        self.queue().log(line);
        self.shared.wake.notify_one();
    }

    /// Everything found so far: what a run that is cut short hands in.
    pub fn findings(&self) -> Vec<Finding> {
        self.queue().found().to_vec()
    }

    /// Files read so far; none if the agent has not said.
    pub(crate) fn files_read(&self) -> Option<u32> {
        self.queue().files_read()
    }

    /// Findings that were too many to keep.
    pub fn findings_beyond(&self) -> usize {
        self.queue().findings_beyond()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // The queue is consistent between any two of its statements.
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
