//! A program and everything it started, so that nothing of it outlives its run.
//!
//! Three traces are followed, since a program can leave each of them: its process group, descent from it, and a mark in
//! the environment that children inherit. One that leaves all three is caught by what contains the machine: the driver
//! ends a whole tree or container after the worker.

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::{collections::HashSet, fs};

/// Rounds of looking and killing: each catches what was forked during the one before it.
const ROUNDS_MAX: usize = 20;
/// Bytes of a process's environment that are searched for the mark; ours comes early, there are few before it.
const ENVIRON_BYTES_MAX: u64 = 64 * 1024;

/// Ends a process tree when dropped.
#[derive(Debug)]
pub(super) struct Tree {
    root: Option<Pid>,
    mark: String,
}

impl Tree {
    /// The variable that marks a tree.
    pub(super) const VARIABLE: &'static str = "LONGSHORE_AGENT";

    /// A value for the variable that no other tree has.
    pub(super) fn mark() -> String {
        use std::sync::atomic::{AtomicU64, Ordering};
        static COUNT: AtomicU64 = AtomicU64::new(0);
        format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn of(root: Option<u32>, mark: String) -> Self {
        Self { root: root.and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)), mark }
    }

    fn members(&self) -> Vec<Pid> {
        let all: Vec<Process> = fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Process::read(entry.file_name().to_str()?.parse().ok()?))
            .collect();
        let mark = format!("{}={}", Self::VARIABLE, self.mark);
        let root = self.root.map_or(0, |pid| pid.as_raw_nonzero().get());
        let mut members: HashSet<i32> = HashSet::from([root]);
        members.extend(all.iter().filter(|process| process.group == root || process.is_marked(&mark)).map(|p| p.id));
        // Descent, however deep; parents may come after their children.
        loop {
            let before = members.len();
            members.extend(
                all.iter().filter(|process| members.contains(&process.parent)).map(|p| p.id).collect::<Vec<_>>(),
            );
            if members.len() == before {
                break;
            }
        }
        let living = all.iter().filter(|process| members.contains(&process.id) && !process.is_dead);
        living.filter_map(|process| Pid::from_raw(process.id)).collect()
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let members = self.members();
            if members.is_empty() {
                return;
            }
            // Stopped first, so that the tree does not grow while it is cut; gone already is what we want.
            for signal in [Signal::STOP, Signal::KILL] {
                for &pid in &members {
                    let _ = kill_process(pid, signal);
                }
            }
        }
        if let Some(root) = self.root {
            let _ = kill_process_group(root, Signal::KILL);
        }
    }
}

/// One line of `/proc`.
struct Process {
    id: i32,
    parent: i32,
    group: i32,
    is_dead: bool,
}

impl Process {
    fn read(id: i32) -> Option<Self> {
        let stat = fs::read(format!("/proc/{id}/stat")).ok()?;
        // The name is in parentheses and may hold anything, parentheses too.
        let after_name = &stat[stat.iter().rposition(|&byte| byte == b')')? + 1..];
        let mut fields = std::str::from_utf8(after_name).ok()?.split_ascii_whitespace();
        let state = fields.next()?;
        let (parent, group) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(Self { id, parent, group, is_dead: matches!(state, "Z" | "X") })
    }

    fn is_marked(&self, mark: &str) -> bool {
        use std::io::Read as _;
        let mut environ = Vec::new();
        let read = fs::File::open(format!("/proc/{}/environ", self.id))
            .and_then(|file| file.take(ENVIRON_BYTES_MAX).read_to_end(&mut environ));
        read.is_ok() && environ.split(|&byte| byte == 0).any(|variable| variable == mark.as_bytes())
    }
}
