//! Waiting between attempts.

use environment::Environment;
use std::time::Duration;

/// First pause.
const FIRST: Duration = Duration::from_millis(100);
/// Longest pause. Short, since a supervisor that returns has watchdogs that wait to hear from us.
const LONGEST: Duration = Duration::from_secs(2);

/// Doubling pauses with jitter.
#[derive(Debug)]
pub(crate) struct Backoff(Duration);

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self(FIRST)
    }

    /// Waits before the next attempt.
    pub(crate) async fn pause(&mut self, environment: &Environment) {
        let span = environment.jittered(self.0);
        self.0 = (self.0 * 2).min(LONGEST);
        environment.sleep(span).await;
    }
}
