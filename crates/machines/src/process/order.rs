//! What the driver tells the keeper through its standard input, once, and the keeper its launcher.
//!
//! It travels through a pipe and is written nowhere, because the environment holds the claim token.

use crate::Resources;
use serde::{Deserialize, Serialize};
use std::{ffi::OsString, path::PathBuf};

/// The variable that marks every process of a machine; its value is random and made for this machine.
pub const MARK: &str = "LONGSHORE_MACHINE_MARK";
/// The variable that names the machine.
pub const MACHINE: &str = "LONGSHORE_MACHINE";
/// The variable that says where the volume is.
pub const SESSION_DIR: &str = "LONGSHORE_SESSION_DIR";

/// Keep this machine.
#[derive(Serialize, Deserialize)]
pub struct KeepOrder {
    /// The record must still carry it, or the order is stale.
    pub mark: String,
    /// The root's lock.
    pub lock: PathBuf,
    /// Arguments that make the keeper's own program a keeper.
    pub keeper_arguments: Vec<OsString>,
    /// The machine's program and its arguments.
    pub program: Vec<OsString>,
    /// The volume, which is where the program starts.
    pub session: PathBuf,
    /// The whole environment; pairs, because JSON's keys cannot be whatever a path may be.
    pub environment: Vec<(OsString, OsString)>,
    pub confinement: Confinement,
}

/// What the launcher puts around itself before it becomes the program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Confinement {
    pub cgroups: Vec<PathBuf>,
    pub resources: Resources,
    /// No group caps the memory: cap the data of each process instead. The address space is not capped, because
    /// runtimes reserve far more of it than they use.
    pub memory_per_process: bool,
}

/// Become this program.
#[derive(Debug, Serialize, Deserialize)]
pub struct LaunchOrder {
    /// The launcher's parent; if that is another process by now, the keeper is gone.
    pub keeper_pid: i32,
    pub program: Vec<OsString>,
    pub confinement: Confinement,
}
