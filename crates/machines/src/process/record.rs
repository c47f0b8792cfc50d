//! What the driver and the keeper write down about a machine.
//!
//! The environment of a machine holds its claim token, so it is in none of these: it goes to the keeper through a pipe.

use super::procfs::Identity;
use crate::{Labels, Machine, MachineState, Resources, Volume};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A volume, written beside it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VolumeRecord {
    pub name: String,
    pub labels: Labels,
    pub created_at_ms: u64,
}

impl VolumeRecord {
    pub fn volume(self, adopted: bool) -> Volume {
        let Self { name, labels, created_at_ms } = self;
        Volume { id: name.clone(), name, labels, created_at_ms, adopted }
    }
}

/// The intent to run a machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MachineRecord {
    pub name: String,
    pub labels: Labels,
    pub volume: String,
    pub resources: Resources,
    pub created_at_ms: u64,
    /// Random; in the environment of every process of this machine, so that they can be told from all others.
    pub mark: String,
    /// Control groups that hold this machine; empty where none could be made.
    pub cgroups: Vec<PathBuf>,
    /// The machine is being ended: a keeper that comes late must not start anything.
    #[serde(default)]
    pub revoked: bool,
}

impl MachineRecord {
    pub fn machine(self, state: MachineState) -> Machine {
        Machine {
            id: self.name.clone(),
            name: self.name,
            labels: self.labels,
            volume_id: self.volume,
            state,
            created_at_ms: self.created_at_ms,
        }
    }
}

/// Who keeps a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeeperRecord {
    pub keeper: Identity,
}

/// How a machine ended. Its presence means: nothing of it runs any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedRecord {
    pub how: Ending,
    pub at_ms: u64,
}

/// How a machine's program ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Ending {
    Exited {
        code: i32,
    },
    Killed {
        signal: i32,
    },
    /// The keeper could not start it.
    NotStarted {
        why: String,
    },
    /// The keeper itself was gone; the driver ended what it had left.
    KeeperLost,
}
