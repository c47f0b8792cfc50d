//! What runs in a machine: claims its run, checks the change out, drives the agent, hands in the result.
//!
//! A library with a thin binary, so that the supervisor can start the same code as `longshore worker` where a machine is
//! a child process. The worker trusts nobody but the supervisor that holds its token: the volume was written by an
//! earlier run, the repository by anyone, the agent by neither of us. It has no database and keeps no state but the
//! volume's; what it knows when it dies is what it wrote there or was answered.
//!
//! The way through the code is [`flow`]: claim, volume, recovered result, checkout, agent, result.

pub mod agents;
pub mod change;
pub mod reports;

mod boot;
mod exit;
mod flow;
mod git;
mod patch;
mod secret;
mod supervisor;
mod volume;

pub use boot::{Boot, BootError};
pub use exit::Exit;
pub use patch::PatchBuilder;

use environment::Environment;
use std::process::ExitCode;

/// Works on the run that `boot` names until it is handed in, stopped or taken away. The exit code is [`Exit`]'s.
pub async fn run(environment: Environment, boot: Boot) -> ExitCode {
    work(environment, boot).await.into()
}

/// As [`run`], with the ending as a value.
pub async fn work(environment: Environment, boot: Boot) -> Exit {
    let exit = flow::work(environment, boot).await;
    tracing::info!(code = exit.code(), "the worker ends: {exit}");
    exit
}
