//! Calls in bursts with pauses between: GitHub takes 900 points a minute, and the rest of the supervisor needs some.

use environment::Environment;
use std::time::Duration;

/// Calls between two pauses. With five seconds each that is at most 300 a minute, a third of what GitHub allows.
const BURST: u32 = 25;

pub(super) struct Pace {
    environment: Environment,
    pause: Duration,
    calls: u32,
}

impl Pace {
    pub(super) fn new(environment: Environment, pause: Duration) -> Self {
        Self { environment, pause, calls: 0 }
    }

    /// Before each call.
    pub(super) async fn call(&mut self) {
        if self.calls >= BURST {
            self.calls = 0;
            self.environment.sleep(self.pause).await;
        }
        self.calls += 1;
    }
}
