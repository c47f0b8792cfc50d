//! From the keeper to the machine's program.

use super::{LAUNCH, clean};
use crate::process::{
    cgroup,
    layout::MachineDir,
    log,
    order::{Confinement, KeepOrder, LaunchOrder},
};
use rustix::process::{Pid, Resource, Rlimit, Signal, setrlimit};
use std::{
    io::{Error, Result},
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    sync::mpsc::{Receiver, sync_channel},
    time::Duration,
};

/// How long the log may take to be written out once nothing prints any more. Only a descriptor smuggled out of the
/// machine keeps it open longer.
const LOG_FINISH_MAX: Duration = Duration::from_secs(1);

/// The log of a program that runs.
pub struct Collecting(Receiver<()>);

impl Collecting {
    /// Waits until everything printed is in the log.
    pub fn finish(self) {
        let _ = self.0.recv_timeout(LOG_FINISH_MAX);
    }
}

/// Starts the launcher, which becomes the program. The keeper reaps it with everything else.
pub fn spawn(dir: &MachineDir, order: KeepOrder) -> Result<(Pid, Collecting)> {
    let (reader, writer) = std::io::pipe()?;
    // Not by path: the file may have been replaced by a newer version since.
    let mut command = Command::new("/proc/self/exe");
    command.args(&order.keeper_arguments).arg(LAUNCH);
    command.env_clear().envs(order.environment).current_dir(&order.session);
    command.stdin(Stdio::piped()).stdout(writer.try_clone()?).stderr(writer);
    let keeper_pid = rustix::process::getpid().as_raw_nonzero().get();
    let launch = LaunchOrder { keeper_pid, program: order.program, confinement: order.confinement };
    let mut child = command.spawn()?;
    // The command holds the pipe's other end, which must close for the log to end.
    drop(command);
    let (done, finished) = sync_channel(1);
    let path = dir.log();
    std::thread::Builder::new().name("log".into()).spawn(move || {
        log::collect(reader, &path);
        let _ = done.send(());
    })?;
    let input = child.stdin.take();
    let pid = Pid::from_child(&child);
    if let Some(input) = input {
        serde_json::to_writer(input, &launch)?;
    }
    Ok((pid, Collecting(finished)))
}

/// The launcher: confines itself, then becomes the program. Returns only if it could not.
pub fn run() -> Result<()> {
    let order: LaunchOrder = serde_json::from_reader(std::io::stdin())?;
    // If the keeper is killed, so is the program; what the program started is found by its mark.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let parent = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    if parent != Some(order.keeper_pid) {
        return Err(Error::other("the machine keeper is gone"));
    }
    confine(&order.confinement)?;
    let (program, arguments) = order.program.split_first().ok_or_else(|| Error::other("no program is configured"))?;
    clean::mark_to_close();
    let refused = Command::new(program).args(arguments).stdin(Stdio::null()).exec();
    Err(Error::other(format!("`{}` cannot be started: {refused}", program.display())))
}

fn confine(confinement: &Confinement) -> Result<()> {
    for group in &confinement.cgroups {
        // A group that could not be made gives no cap, and the driver says so; its absence is no reason to fail.
        if group.is_dir() {
            cgroup::join(group)?;
        }
    }
    let mib = |amount: u64| amount.saturating_mul(1024 * 1024);
    limit(Resource::Fsize, mib(confinement.resources.file_mib))?;
    limit(Resource::Core, 0)?;
    if confinement.memory_per_process {
        limit(Resource::Data, mib(confinement.resources.memory_mib))?;
    }
    Ok(())
}

/// Lowers a limit; one that is lower already stays.
fn limit(resource: Resource, most: u64) -> Result<()> {
    let most = rustix::process::getrlimit(resource).maximum.map_or(most, |now| now.min(most));
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}
