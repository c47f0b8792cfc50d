//! Fly's published rate limits: for each action and machine or app one call a second with bursts of three; five and ten for
//! reading a machine; a hundred deletions of apps a minute.

use crate::fly::rest::Action;
use std::collections::BTreeMap;

/// Buckets that are full again are forgotten when there are this many.
const BUCKETS_BEFORE_SWEEP: usize = 4096;

/// A bucket for each action and whom it concerns.
#[derive(Debug)]
pub struct Limits {
    /// They hold.
    pub hold: bool,
    buckets: BTreeMap<(Action, String), Bucket>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at_ms: u64,
}

/// Tokens a second, and how many there are at most.
const fn rate(action: Action) -> (f64, f64) {
    match action {
        Action::MachineGet => (5.0, 10.0),
        Action::AppDelete => (100.0 / 60.0, 100.0),
        _ => (1.0, 3.0),
    }
}

impl Limits {
    pub const fn new(hold: bool) -> Self {
        Self { hold, buckets: BTreeMap::new() }
    }

    /// Takes a token; false: there was none.
    pub fn take(&mut self, action: Action, whom: &str, now_ms: u64) -> bool {
        if !self.hold {
            return true;
        }
        let (per_second, burst) = rate(action);
        if self.buckets.len() >= BUCKETS_BEFORE_SWEEP {
            self.buckets.retain(|(action, _), bucket| filled(*bucket, rate(*action), now_ms) < rate(*action).1);
        }
        let new = Bucket { tokens: burst, at_ms: now_ms };
        let bucket = self.buckets.entry((action, whom.to_owned())).or_insert(new);
        let tokens = filled(*bucket, (per_second, burst), now_ms);
        let taken = tokens >= 1.0;
        *bucket = Bucket { tokens: if taken { tokens - 1.0 } else { tokens }, at_ms: now_ms };
        taken
    }
}

fn filled(bucket: Bucket, (per_second, burst): (f64, f64), now_ms: u64) -> f64 {
    let passed = now_ms.saturating_sub(bucket.at_ms) as f64 / 1000.0;
    (bucket.tokens + passed * per_second).min(burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_at_once_and_then_one_a_second_for_each_machine_by_itself() {
        let mut limits = Limits::new(true);
        let taken = |limits: &mut Limits, whom: &str, at_ms| limits.take(Action::MachineStart, whom, at_ms);
        assert_eq!([1, 2, 3, 4].map(|_| taken(&mut limits, "a", 0)), [true, true, true, false]);
        assert!(taken(&mut limits, "b", 0), "another machine has its own");
        assert!(limits.take(Action::MachineStop, "a", 0), "another action has its own");
        assert_eq!([999, 1000, 1001, 9000].map(|at| taken(&mut limits, "a", at)), [false, true, false, true]);
    }

    #[test]
    fn a_machine_is_read_ten_times_at_once_and_five_times_a_second() {
        let mut limits = Limits::new(true);
        let mut read = |at_ms| (0..20).filter(|_| limits.take(Action::MachineGet, "a", at_ms)).count();
        assert_eq!((read(0), read(1000), read(1200)), (10, 5, 1));
    }
}
