//! Whether Fly's API as a whole can be believed.
//!
//! In an outage an API does not only fail: it answers empty lists and "not found", too (Fly's infra log, 28 April 2026:
//! empty lists led to duplicates). So there are three moods. Calm: answers are believed. Down: calls are not even made, but
//! one now and then. Doubtful: calls are made, but "not there" is not believed and nothing is deleted, until enough calls in
//! a row went well.

use std::time::Duration;

/// Failures in a row after which calls are not made any more.
const FAILURES_MAX: u32 = 5;
/// Successes in a row after which answers are believed again.
const SUCCESSES_MIN: u32 = 5;
/// Between two tries while it is down, at first and at most.
const PAUSE: Duration = Duration::from_secs(5);
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Counts what happened.
#[derive(Debug)]
pub struct Outage {
    failures: u32,
    successes: u32,
    pauses: u32,
    /// No call before this.
    until: Option<Duration>,
}

impl Default for Outage {
    fn default() -> Self {
        Self { failures: 0, successes: SUCCESSES_MIN, pauses: 0, until: None }
    }
}

impl Outage {
    /// Whether a call may be made now; if not, how long to wait. The first one after a pause is the try for all.
    pub fn admit(&mut self, now: Duration) -> Result<(), Duration> {
        match self.until {
            Some(until) if until > now => Err(until - now),
            Some(_) => {
                self.until = Some(now + self.pause());
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Whether "not there" is believed and something may be deleted.
    pub fn is_calm(&self) -> bool {
        self.until.is_none() && self.successes >= SUCCESSES_MIN
    }

    /// The API answered, whatever it said.
    pub fn answered(&mut self) {
        self.successes = self.successes.saturating_add(1);
        (self.failures, self.pauses, self.until) = (0, 0, None);
    }

    /// It did not, or said that something is broken.
    pub fn failed(&mut self, now: Duration) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES_MAX {
            self.successes = 0;
            self.until = Some(now + self.pause());
            self.pauses = self.pauses.saturating_add(1);
        }
    }

    fn pause(&self) -> Duration {
        (PAUSE * 2_u32.saturating_pow(self.pauses.min(8))).min(PAUSE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn down() -> Outage {
        let mut outage = Outage::default();
        for _ in 0..FAILURES_MAX {
            outage.admit(at(0)).unwrap();
            outage.failed(at(0));
        }
        outage
    }

    #[test]
    fn a_few_failures_are_no_outage() {
        let mut outage = Outage::default();
        for _ in 0..FAILURES_MAX - 1 {
            outage.failed(at(0));
        }
        assert!(outage.is_calm() && outage.admit(at(0)).is_ok());
        outage.answered();
        outage.failed(at(0));
        assert!(outage.is_calm(), "they must be in a row");
    }

    #[test]
    fn in_an_outage_one_call_in_a_while_is_made() {
        let mut outage = down();
        assert_eq!(outage.admit(at(0)), Err(at(5)));
        assert_eq!(outage.admit(at(5)), Ok(()));
        assert!(outage.admit(at(5)).is_err(), "one is enough");
        outage.failed(at(6));
        assert_eq!(outage.admit(at(6)), Err(at(10)), "the pause grows");
        for _ in 0..20 {
            outage.failed(at(6));
        }
        assert_eq!(outage.admit(at(6)), Err(PAUSE_MAX));
    }

    #[test]
    fn after_an_outage_it_takes_some_answers_until_they_are_believed() {
        let mut outage = down();
        outage.admit(at(5)).unwrap();
        outage.answered();
        assert_eq!(outage.admit(at(5)), Ok(()));
        assert!(!outage.is_calm());
        for _ in 1..SUCCESSES_MIN {
            outage.answered();
        }
        assert!(outage.is_calm());
    }
}
