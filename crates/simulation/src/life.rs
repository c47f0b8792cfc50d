//! One life of the supervisor, from its start to its crash. All its tasks are spawned through its environment, so that a
//! crash drops them at one moment: none of them is polled again, wherever it stood.

use environment::Tasks;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use tokio::{sync::Notify, task::AbortHandle};

/// One life of the supervisor.
#[derive(Debug, Default)]
pub struct Life {
    tasks: Mutex<Vec<AbortHandle>>,
    over: AtomicBool,
    ended: Notify,
}

/// Tasks that are remembered before those that ended are forgotten.
const FORGET_AT: usize = 256;

impl Life {
    /// Ends it as `kill -9` does.
    pub fn crash(&self) {
        self.over.store(true, Ordering::SeqCst);
        for task in std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner)) {
            task.abort();
        }
        self.ended.notify_one();
    }

    /// It has ended.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Waits for its end.
    pub(crate) async fn ended(&self) {
        if !self.is_over() {
            self.ended.notified().await;
        }
    }
}

impl Tasks for Life {
    fn began(&self, task: AbortHandle) {
        if self.is_over() {
            return task.abort();
        }
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.push(task);
        if tasks.len() >= FORGET_AT && tasks.len().is_power_of_two() {
            tasks.retain(|task| !task.is_finished());
        }
    }
}
