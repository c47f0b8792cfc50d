//! Many seeds: one thread each at a time, as many threads as asked for.

use crate::{Options, Outcome, Production, Things, run};
use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// What came out of many seeds.
#[derive(Debug, Default)]
pub struct Summary {
    /// Seeds that were run.
    pub seeds: u64,
    /// Seeds with a violation, by number.
    pub failed: BTreeMap<u64, Outcome>,
    /// Events that were committed.
    pub events: u64,
    /// Crashes.
    pub crashes: u64,
    /// Faults, by name.
    pub faults: BTreeMap<&'static str, u64>,
    /// What there was outside.
    pub things: Things,
    /// Steps of the clocks.
    pub steps: u64,
    /// Virtual time, in milliseconds.
    pub virtual_ms: u64,
}

impl Summary {
    fn take(&mut self, outcome: Outcome) {
        self.seeds += 1;
        self.events += outcome.events;
        self.crashes += outcome.crashes;
        self.things = self.things + outcome.things;
        self.steps += outcome.steps;
        self.virtual_ms += outcome.virtual_ms;
        for (fault, count) in &outcome.faults {
            *self.faults.entry(fault).or_default() += count;
        }
        if !outcome.violations.is_empty() {
            self.failed.insert(outcome.seed, outcome);
        }
    }
}

/// Runs seeds on `threads` threads. `goes_on` is asked after each with a violation.
///
/// # Errors
/// A runtime could not be made.
pub fn seeds(
    range: RangeInclusive<u64>,
    threads: usize,
    options: &Options,
    production: &Arc<dyn Production>,
    goes_on: impl Fn(&Outcome) -> bool + Sync,
) -> std::io::Result<Summary> {
    let (next, stop) = (AtomicU64::new(*range.start()), AtomicBool::new(false));
    let summary = Mutex::new(Ok(Summary::default()));
    let locked = || summary.lock().unwrap_or_else(PoisonError::into_inner);
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed > *range.end() {
                        return;
                    }
                    let outcome = run(seed, options, production);
                    if outcome.as_ref().is_ok_and(|it| !it.violations.is_empty() && !goes_on(it)) || outcome.is_err() {
                        stop.store(true, Ordering::SeqCst);
                    }
                    let mut summary = locked();
                    match (outcome, &mut *summary) {
                        (Ok(outcome), Ok(summary)) => summary.take(outcome),
                        (Err(error), _) => *summary = Err(error),
                        _ => {}
                    }
                }
            });
        }
    });
    summary.into_inner().unwrap_or_else(PoisonError::into_inner)
}
