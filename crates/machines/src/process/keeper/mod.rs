//! The keeper: a small process between supervisor and machine, so that a machine outlives its supervisor and yet never
//! loses its parent.
//!
//! It leads a session of its own, adopts every orphan below it (subreaper), so that no descendant can hide by
//! daemonising, and ends when nothing of the machine runs any more; `ended.json` is its last word. Having no children
//! left is the kernel's own confirmation of that.
//!
//! Three steps of one program: the supervisor starts the keeper, the keeper starts a launcher, the launcher confines
//! itself and becomes the machine's program. Nothing runs between fork and exec, so nothing here needs `unsafe`.

mod claim;
mod clean;
mod launch;
mod tree;
mod watch;

use super::{
    files,
    layout::MachineDir,
    order::KeepOrder,
    record::{EndedRecord, Ending},
};
use environment::Environment;
use std::{
    ffi::OsString,
    io::{Error, Result, Write},
    process::ExitCode,
};

/// Says on standard output that the machine runs; the supervisor waits for this line.
pub(super) const STARTED: &str = "started";
/// The argument that makes this program a launcher.
const LAUNCH: &str = "--launch";

/// The keeper's `main`, for a hidden subcommand; `arguments` are those behind the subcommand. Call it before any other
/// thread or runtime is started.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Some(argument) = arguments.into_iter().next() else {
        eprintln!("the machine keeper is started by the supervisor, not by hand");
        return ExitCode::from(2);
    };
    let done = if argument == LAUNCH { launch::run() } else { run(&MachineDir(argument.into())) };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // To the supervisor if this is the keeper, to the machine's log if it is the launcher.
            eprintln!("{error}");
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(dir: &MachineDir) -> Result<()> {
    clean::descriptors()?;
    if let Err(error) = rustix::process::setsid() {
        // Already leading one is as good.
        let own = rustix::process::getpid();
        if rustix::process::getsid(None) != Ok(own) {
            return Err(error.into());
        }
    }
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let order: KeepOrder = serde_json::from_reader(std::io::stdin())
        .map_err(|_| Error::other("the supervisor was cut off before it gave the whole order"))?;
    claim::claim(dir, &order)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let environment = Environment::real();
    let how = match runtime.block_on(keep(dir, order, &environment)) {
        Ok(how) => how,
        Err(error) => Ending::NotStarted { why: error.to_string() },
    };
    files::write_durably(&dir.ended(), &EndedRecord { how: how.clone(), at_ms: environment.now().as_millis() })?;
    match how {
        Ending::NotStarted { why } => Err(Error::other(why)),
        _ => Ok(()),
    }
}

async fn keep(dir: &MachineDir, order: KeepOrder, environment: &Environment) -> Result<Ending> {
    let mut signals = watch::Signals::listen()?;
    let groups = order.confinement.cgroups.clone();
    // The order, with the token in it, is gone once the program has it.
    let (program, log) = launch::spawn(dir, order)?;
    say_started()?;
    let how = watch::until_ended(program, &mut signals, environment).await;
    tree::end(&groups, &mut signals, environment).await;
    log.finish();
    super::cgroup::remove(&groups);
    Ok(how)
}

/// Says so, then lets go of the supervisor's pipe.
fn say_started() -> Result<()> {
    // A supervisor that is gone by now will find the machine by its record.
    let _ = writeln!(std::io::stdout(), "{STARTED}");
    let null = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    Ok(())
}
