//! Processes as `/proc` shows them, told apart by more than their number.

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, path::Path};

/// A process that cannot be mistaken for a later one with the same number, nor for one of an earlier boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub pid: i32,
    /// Field 22 of `/proc/<pid>/stat`: clock ticks since boot.
    pub started_ticks: u64,
    pub boot_id: String,
}

impl Identity {
    /// The process of that number as it is now; `None` if there is none.
    pub fn of(pid: i32) -> Option<Self> {
        Some(Self { pid, started_ticks: stat(pid)?.started_ticks, boot_id: boot_id() })
    }

    /// Whether exactly this process still runs. A zombie does not.
    pub fn alive(&self) -> bool {
        self.boot_id == boot_id()
            && stat(self.pid).is_some_and(|stat| stat.started_ticks == self.started_ticks && !stat.ended())
    }

    /// Signals exactly this process; one that is gone is left alone.
    pub fn signal(&self, signal: Signal) {
        if self.boot_id == boot_id() {
            signal_exactly(self.pid, self.started_ticks, signal);
        }
    }
}

/// What is needed of a `/proc/<pid>/stat` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    pub pid: i32,
    pub parent: i32,
    pub state: char,
    pub started_ticks: u64,
}

impl Stat {
    /// A zombie or one being removed: it runs nothing any more.
    pub const fn ended(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x')
    }
}

/// Signals the process of that number if it is the one that started then. The descriptor is opened before the start
/// is compared, so that a number reused in between is never hit.
pub fn signal_exactly(pid: i32, started_ticks: u64, signal: Signal) {
    let Some(number) = Pid::from_raw(pid) else { return };
    let Ok(descriptor) = pidfd_open(number, PidfdFlags::empty()) else { return };
    if stat(pid).is_some_and(|now| now.started_ticks == started_ticks) {
        // A failure means it ended meanwhile, or is not ours to signal; the caller looks again either way.
        let _ = pidfd_send_signal(&descriptor, signal);
    }
}

/// The process of that number.
pub fn stat(pid: i32) -> Option<Stat> {
    parse_stat(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// All processes.
pub fn all() -> std::io::Result<Vec<Stat>> {
    let numbers = std::fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    Ok(numbers.filter_map(stat).collect())
}

/// The children, grandchildren … of `roots` among `processes`, without the roots.
pub fn descendants(processes: &[Stat], roots: &BTreeSet<i32>) -> Vec<Stat> {
    let mut known = roots.clone();
    loop {
        let before = known.len();
        known.extend(
            processes.iter().filter(|stat| known.contains(&stat.parent)).map(|stat| stat.pid).collect::<Vec<_>>(),
        );
        if known.len() == before {
            return processes
                .iter()
                .filter(|stat| known.contains(&stat.pid) && !roots.contains(&stat.pid))
                .copied()
                .collect();
        }
    }
}

/// Whether the process was started with exactly this `NAME=value` in its environment. What cannot be read is not ours.
pub fn has_variable(pid: i32, assignment: &str) -> bool {
    std::fs::read(Path::new("/proc").join(pid.to_string()).join("environ"))
        .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|entry| entry == assignment.as_bytes()))
}

fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// The name in brackets is hostile text: it may hold blanks and brackets, so fields are counted from the last one.
fn parse_stat(line: &str) -> Option<Stat> {
    let (front, back) = line.rsplit_once(')')?;
    let pid = front.split_once(' ')?.0.parse().ok()?;
    let mut fields = back.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    // Field 22; two of those behind the bracket (3 and 4) are taken.
    let started_ticks = fields.nth(17)?.parse().ok()?;
    Some(Stat { pid, parent, state, started_ticks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_cannot_forge_the_fields_behind_it() {
        let line = "42 (a) R 1 (b) S 7 42 42 0 -1 4194304 99 0 0 0 0 0 0 0 20 0 1 0 176243 3133440 390";
        assert_eq!(parse_stat(line), Some(Stat { pid: 42, parent: 7, state: 'S', started_ticks: 176_243 }));
    }

    #[test]
    fn a_reused_number_is_not_the_same_process() {
        let own = Identity::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(own.alive());
        assert!(!Identity { started_ticks: own.started_ticks + 1, ..own.clone() }.alive());
        assert!(!Identity { boot_id: "another boot".into(), ..own }.alive());
    }

    #[test]
    fn a_signal_for_an_earlier_process_does_not_hit_the_one_that_has_its_number_now() {
        let own = Identity::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        // Would end this test.
        Identity { started_ticks: own.started_ticks + 1, ..own.clone() }.signal(Signal::KILL);
        Identity { boot_id: "another boot".into(), ..own }.signal(Signal::KILL);
    }

    #[test]
    fn descendants_are_found_at_any_depth_and_in_any_order() {
        let process = |pid, parent| Stat { pid, parent, state: 'S', started_ticks: 0 };
        let all = [process(9, 8), process(8, 7), process(7, 1), process(5, 1)];
        let found: Vec<i32> = descendants(&all, &BTreeSet::from([7])).iter().map(|stat| stat.pid).collect();
        assert_eq!(found, [9, 8]);
    }
}
