//! Ending a set of processes that may be forking while they are ended.
//!
//! First all of them are stopped, looking again until no new one appears: what is stopped cannot fork. Then all are
//! killed. The caller looks afterwards, and strikes again if need be.

use super::procfs::{Stat, signal_exactly};
use rustix::process::Signal;
use std::{collections::BTreeSet, io::Result};

/// Looks within one strike; a program that forks faster than it is stopped meets the next strike.
const LOOKS_MAX: u32 = 20;

/// Stops, then kills, what `find` finds. The number of processes hit.
pub fn strike(find: impl Fn() -> Result<Vec<Stat>>) -> Result<usize> {
    let mut stopped = BTreeSet::new();
    for _ in 0..LOOKS_MAX {
        let found = find()?.into_iter().map(|stat| (stat.pid, stat.started_ticks));
        let fresh: Vec<_> = found.filter(|process| !stopped.contains(process)).collect();
        if fresh.is_empty() {
            break;
        }
        for (pid, started_ticks) in fresh {
            signal_exactly(pid, started_ticks, Signal::STOP);
            stopped.insert((pid, started_ticks));
        }
    }
    for (pid, started_ticks) in &stopped {
        signal_exactly(*pid, *started_ticks, Signal::KILL);
    }
    Ok(stopped.len())
}
