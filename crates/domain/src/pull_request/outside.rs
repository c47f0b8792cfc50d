//! What the workflow knows of machines and volumes: what may exist, and what is known of its end.

use serde::{Deserialize, Serialize};

/// A machine that may exist.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Machine {
    /// Its run.
    pub run: u32,
    /// The backend's id, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is known of its end.
    pub end: MachineEnd,
}

/// What is known of a machine's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MachineEnd {
    /// The call that starts it has no answer yet: nothing is destroyed before it has.
    Starting,
    /// It may run.
    None,
    /// Its end was asked for.
    Asked,
    /// Its end was asked for and is not confirmed.
    Unconfirmed,
}

/// A machine left behind unconfirmed, with the volume it may still write.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stranded {
    /// The machine, until it is confirmed gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
    /// Its volume.
    pub volume: Option<Volume>,
}

/// A volume that may exist.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Volume {
    /// The backend's id, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Number of the copy, part of its name.
    pub copy: u32,
    /// What is known of it.
    pub life: VolumeLife,
}

/// What is known of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeLife {
    /// The call that creates it has no answer yet.
    Creating,
    /// The same, after a call whose answer was ambiguous: it may be there even if this call fails.
    CreatingAgain,
    /// It is there, or the answer was ambiguous and it may be.
    There,
    /// Its deletion was asked for.
    Deleting,
}
