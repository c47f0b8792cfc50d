//! Waiting between attempts.

use environment::Environment;
use std::time::Duration;

/// First pause.
const FIRST: Duration = Duration::from_millis(100);
/// Longest pause. Short, since a supervisor that returns has watchdogs that wait to hear from us.
const LONGEST: Duration = Duration::from_secs(2);

/// Doubling pauses with jitter.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self { next: FIRST, longest: LONGEST }
    }

    /// Where signs of life are due every `heartbeat`, no pause is longer: a supervisor that returns bears a silence of a
    /// few of them, and this worker must be heard within it.
    pub(crate) fn within(heartbeat: Duration) -> Self {
        Self { longest: heartbeat.clamp(FIRST, LONGEST), ..Self::new() }
    }

    /// Waits before the next attempt.
    pub(crate) async fn pause(&mut self, environment: &Environment) {
        let span = environment.jittered(self.next);
        self.next = (self.next * 2).min(self.longest);
        environment.sleep(span).await;
    }
}
