//! Control groups, version 1 or 2, whichever this process may make children in.
//!
//! A group is a help, not the foundation: it caps what resource limits cannot, and ends a tree in one step. Without one
//! the keeper's own accounting still contains and ends the tree. Which version a folder belongs to is read off the
//! files the kernel put in it, so that mixed systems need no case of their own.

mod host;

pub use host::Host;

use super::procfs::{self, Stat};
use crate::Resources;
use std::{
    fs,
    io::Result,
    path::{Path, PathBuf},
};

/// Microseconds over which a CPU quota is given; the kernel's own default.
const CPU_PERIOD_US: u64 = 100_000;

/// Which caps the kernel took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Given {
    pub memory: bool,
    pub cpu: bool,
    pub pids: bool,
}

/// Writes the caps into a group's folder.
pub fn limit(group: &Path, resources: Resources) -> Given {
    let bytes = resources.memory_mib.saturating_mul(1024 * 1024);
    let quota_us = u64::from(resources.cpu_millis) * CPU_PERIOD_US / 1000;
    let memory = set(group, "memory.max", bytes) || set(group, "memory.limit_in_bytes", bytes);
    if memory {
        // One process killed for memory leaves a machine that is neither alive nor ended: end it whole.
        set(group, "memory.oom.group", 1);
    }
    Given {
        memory,
        cpu: set(group, "cpu.max", format!("{quota_us} {CPU_PERIOD_US}")) || set(group, "cpu.cfs_quota_us", quota_us),
        pids: set(group, "pids.max", resources.pids),
    }
}

/// Puts the calling process into the group.
pub fn join(group: &Path) -> Result<()> {
    fs::write(group.join("cgroup.procs"), "0")
}

/// What runs in the groups. A group that is gone holds nothing.
pub fn members(groups: &[PathBuf]) -> Vec<Stat> {
    let lists = groups.iter().filter_map(|group| fs::read_to_string(group.join("cgroup.procs")).ok());
    let numbers: Vec<i32> =
        lists.flat_map(|list| list.lines().filter_map(|line| line.parse().ok()).collect::<Vec<_>>()).collect();
    numbers.into_iter().filter_map(procfs::stat).filter(|stat| !stat.ended()).collect()
}

/// Lets nothing new begin in the groups, and where the kernel can, ends all of it at once.
pub fn kill(groups: &[PathBuf]) {
    for group in groups {
        set(group, "pids.max", 0);
        set(group, "cgroup.kill", 1);
    }
}

/// Removes empty groups; one that still holds something stays, and its path with the record.
pub fn remove(groups: &[PathBuf]) {
    for group in groups {
        if let Err(error) = fs::remove_dir(group)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::debug!(group = %group.display(), %error, "control group not removed yet");
        }
    }
}

fn set(group: &Path, file: &str, value: impl std::fmt::Display) -> bool {
    let path = group.join(file);
    path.exists() && fs::write(path, value.to_string()).is_ok()
}
