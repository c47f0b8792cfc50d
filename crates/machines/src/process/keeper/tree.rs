//! Ending what the program left running.

use super::watch::Signals;
use crate::process::{cgroup, procfs, strike::strike};
use environment::Environment;
use rustix::{
    io::Errno,
    process::{WaitOptions, wait},
};
use std::{collections::BTreeSet, path::PathBuf, time::Duration};

/// How long to wait for news of killed processes before striking again.
const AGAIN: Duration = Duration::from_millis(20);

/// Kills and reaps until this keeper has no children: every descendant becomes its child when its own parent ends, so
/// then there are no descendants either. Takes as long as it takes; the driver has the deadline.
pub async fn end(groups: &[PathBuf], signals: &mut Signals, environment: &Environment) {
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    while children_left() {
        cgroup::kill(groups);
        let below = || {
            let running: Vec<_> = procfs::all()?.into_iter().filter(|stat| !stat.ended()).collect();
            Ok(procfs::descendants(&running, &BTreeSet::from([own])))
        };
        // A look that failed is repeated with the next round.
        let _ = strike(below);
        if children_left() {
            let _ = environment.timeout(AGAIN, signals.child.recv()).await;
        }
    }
}

/// Reaps what has ended, and says whether anything is left.
fn children_left() -> bool {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}
