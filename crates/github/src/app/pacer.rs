//! Keeps calls that change something apart, as GitHub asks ("at least one second between").

use environment::{Environment, Timestamp};
use std::time::Duration;
use tokio::sync::Mutex;

pub(super) struct Pacer {
    spacing: Duration,
    environment: Environment,
    next: Mutex<Timestamp>,
}

impl Pacer {
    pub fn new(spacing: Duration, environment: Environment) -> Self {
        Self { spacing, environment, next: Mutex::new(Timestamp::default()) }
    }

    /// Returns when the next call may be sent. Waiters go one after the other.
    pub async fn wait(&self) {
        if self.spacing.is_zero() {
            return;
        }
        let turn = {
            let mut next = self.next.lock().await;
            let now = self.environment.now();
            // A clock that was set back must not make everybody wait for the past to come again.
            let turn = (*next).clamp(now, now + self.spacing * QUEUE_MAX);
            *next = turn + self.spacing;
            turn.since(now)
        };
        self.environment.sleep(turn).await;
    }
}

/// Calls that may wait at a time; more are let through rather than forgotten.
const QUEUE_MAX: u32 = 60;
