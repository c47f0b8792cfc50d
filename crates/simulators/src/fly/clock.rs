//! The stand-in's own clock: the environment's, and whatever a test has let pass beside it.

use environment::Environment;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::sync::watch;

/// A clock that can be moved forward.
pub struct Clock {
    environment: Environment,
    ahead_ms: AtomicU64,
    moved: watch::Sender<()>,
}

impl Clock {
    pub fn new(environment: Environment) -> Self {
        Self { environment, ahead_ms: AtomicU64::new(0), moved: watch::Sender::new(()) }
    }

    /// Unix milliseconds.
    pub fn now_ms(&self) -> u64 {
        self.environment.now().as_millis() + self.ahead_ms.load(Ordering::SeqCst)
    }

    /// Lets time pass at once; whoever sleeps looks again.
    pub fn advance(&self, millis: u64) {
        self.ahead_ms.fetch_add(millis, Ordering::SeqCst);
        self.moved.send_replace(());
    }

    /// Waits until it is `due_ms`.
    pub async fn until(&self, due_ms: u64) {
        let mut moved = self.moved.subscribe();
        loop {
            let now = self.now_ms();
            if now >= due_ms {
                return;
            }
            // Either the time has passed or the clock was moved; both are looked at again.
            let _ = self.environment.timeout(Duration::from_millis(due_ms - now), moved.changed()).await;
        }
    }
}
