//! Waiting for the program, and asking it to end.

use crate::process::record::Ending;
use environment::Environment;
use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, wait},
};
use std::{io::Result, time::Duration};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

/// How long a program that is asked to end may take: enough to write a file, too short to be noticed.
const GRACE: Duration = Duration::from_secs(2);

/// The signals a keeper answers to.
pub struct Signals {
    pub child: Stream,
    terminate: Stream,
}

impl Signals {
    /// Before the first child, so that none is missed.
    pub fn listen() -> Result<Self> {
        Ok(Self { child: signal(SignalKind::child())?, terminate: signal(SignalKind::terminate())? })
    }
}

/// Reaps until the program has ended: by itself, or because this keeper was asked to end it.
pub async fn until_ended(program: Pid, signals: &mut Signals, environment: &Environment) -> Ending {
    loop {
        if let Some(how) = reap(program) {
            return how;
        }
        tokio::select! {
            _ = signals.child.recv() => {}
            _ = signals.terminate.recv() => break,
        }
    }
    // The program is not reaped yet, so its number is still its own.
    let _ = kill_process(program, Signal::TERM);
    if let Ok(how) = environment.timeout(GRACE, reaped(program, &mut signals.child)).await {
        return how;
    }
    let _ = kill_process(program, Signal::KILL);
    reaped(program, &mut signals.child).await
}

async fn reaped(program: Pid, child: &mut Stream) -> Ending {
    loop {
        if let Some(how) = reap(program) {
            return how;
        }
        child.recv().await;
    }
}

/// Reaps whatever has ended; how the program ended, if it was among it.
fn reap(program: Pid) -> Option<Ending> {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) if pid == program => return Some(ending(status)),
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) => return None,
            Err(error) => return Some(Ending::NotStarted { why: format!("it could not be waited for: {error}") }),
        }
    }
}

fn ending(status: WaitStatus) -> Ending {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Ending::Exited { code },
        (None, signal) => Ending::Killed { signal: signal.unwrap_or_default() },
    }
}
