use serde::{Deserialize, Serialize};

/// A volume.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Volume {
    pub id: String,
    pub name: String,
    pub app: String,
    pub region: String,
    pub host: String,
    pub state: VolumeState,
    pub size_gb: u32,
    pub encrypted: bool,
    pub fstype: String,
    pub auto_backup_enabled: bool,
    pub snapshot_retention: u32,
    pub created_at_ms: u64,
    pub updated_at_ms: u64,
    pub deleted_at_ms: Option<u64>,
    /// The machine that has it.
    pub attached_machine: Option<String>,
    /// Who had it last, and until when the claim lingers.
    pub lingering_claim: Option<(String, u64)>,
    /// The runner's id.
    pub run: Option<String>,
    pub snapshots: Vec<Snapshot>,
}

impl Volume {
    /// The machine that keeps another one from having it.
    pub fn claimed_by(&self, now_ms: u64) -> Option<&str> {
        let lingers = self.lingering_claim.as_ref().filter(|(_, until)| *until > now_ms);
        self.attached_machine.as_deref().or(lingers.map(|(machine, _)| machine.as_str()))
    }

    /// It can be mounted: [`VolumeState::PendingDestroy`] is found by its id, and lost all the same.
    pub const fn is_there(&self) -> bool {
        matches!(self.state, VolumeState::Created | VolumeState::Hydrating)
    }
}

/// What state a volume is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeState {
    Creating,
    Created,
    Hydrating,
    PendingDestroy,
}

impl VolumeState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Created => "created",
            Self::Hydrating => "hydrating",
            Self::PendingDestroy => "pending_destroy",
        }
    }
}

/// A snapshot of a volume.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Snapshot {
    pub id: String,
    pub created_at_ms: u64,
    pub volume_size_gb: u32,
    pub retention_days: u32,
}
