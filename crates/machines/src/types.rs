use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// Who a machine or volume belongs to; a driver stores them with the thing and lists by them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// Random id of the deployment, made with its database.
    pub deployment: String,
    /// Workflow, `wf_12`.
    pub workflow: String,
    /// Run number; 0 for a volume.
    pub run: u32,
    /// The engine's action that made it.
    pub operation: String,
}

/// A volume to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeSpec {
    /// At most 30 characters of `[a-z0-9_]`.
    pub name: String,
    /// Owner.
    pub labels: Labels,
    /// Size, for backends that have one.
    pub size_gib: u32,
}

/// A volume that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// The backend's id.
    pub id: String,
    /// Our name.
    pub name: String,
    /// Owner.
    pub labels: Labels,
    /// Unix milliseconds.
    pub created_at_ms: u64,
    /// It was there before this call.
    #[serde(default)]
    pub adopted: bool,
}

/// A machine to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineSpec {
    /// Deterministic: workflow and run.
    pub name: String,
    /// Owner.
    pub labels: Labels,
    /// Id of the volume to mount at the session directory.
    pub volume_id: String,
    /// The whole environment; nothing is inherited.
    pub environment: BTreeMap<String, String>,
    /// Folder in which the supervisor listens for this machine alone, where the backend gives it no network: it is seen
    /// there as [`docker::SOCKET_DIR`](crate::docker::SOCKET_DIR). The folder, not the socket in it: that one is made anew when the
    /// supervisor restarts.
    pub sockets: Option<PathBuf>,
    /// Caps.
    pub resources: Resources,
}

/// Caps of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources {
    /// Memory of the whole machine, in MiB.
    pub memory_mib: u64,
    /// CPU share, in thousandths of a core.
    pub cpu_millis: u32,
    /// Processes and threads.
    pub pids: u32,
    /// Largest file it may write, in MiB.
    pub file_mib: u64,
}

impl Default for Resources {
    fn default() -> Self {
        Self { memory_mib: 2048, cpu_millis: 2000, pids: 512, file_mib: 2048 }
    }
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The backend's id.
    pub id: String,
    /// Our name.
    pub name: String,
    /// Owner.
    pub labels: Labels,
    /// Mounted volume.
    pub volume_id: String,
    /// What it does.
    pub state: MachineState,
    /// Unix milliseconds.
    pub created_at_ms: u64,
}

/// What a machine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MachineState {
    /// Made, its program not seen running yet.
    Starting,
    /// Its program runs.
    Running,
    /// Its program ended; nothing of it runs, the record is still there.
    Stopped,
}

/// How far a machine is kept from the supervisor and from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// A process of the same user: contained, not isolated.
    None,
    /// A container.
    Container,
    /// A virtual machine.
    Vm,
}
