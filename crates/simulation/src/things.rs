//! What was made outside in a seed, and what of it is left.

use crate::{production::End, properties, world::State};

/// What was made outside, and what of it nobody refers to after the janitor's horizon.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Things {
    /// Pull requests that were opened.
    pub pull_requests: u64,
    /// Machines that were started.
    pub machines: u64,
    /// Volumes that were made.
    pub volumes: u64,
    /// Machines that are left.
    pub leaked_machines: u64,
    /// Volumes that are left.
    pub leaked_volumes: u64,
}

impl std::ops::Add for Things {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            pull_requests: self.pull_requests + other.pull_requests,
            machines: self.machines + other.machines,
            volumes: self.volumes + other.volumes,
            leaked_machines: self.leaked_machines + other.leaked_machines,
            leaked_volumes: self.leaked_volumes + other.leaked_volumes,
        }
    }
}

impl Things {
    pub(crate) fn of(state: &State, ends: &[End]) -> Self {
        let count = |some: usize| u64::try_from(some).unwrap_or(u64::MAX);
        let (machines, volumes) = properties::leaked(state, ends);
        Self {
            pull_requests: count(state.github.pulls.len()),
            machines: state.machines.machines_made,
            volumes: state.machines.volumes_made,
            leaked_machines: count(machines.len()),
            leaked_volumes: count(volumes.len()),
        }
    }
}
