use serde::{Deserialize, Serialize};

/// A server in one region, on which volumes and machines lie.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Host {
    pub status: HostStatus,
    /// It takes no further machine.
    pub full: bool,
}

/// Whether the API reaches a host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostStatus {
    /// It does.
    #[default]
    Ok,
    /// Nobody knows.
    Unknown,
    /// It does not.
    Unreachable,
}

impl HostStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Unreachable => "unreachable",
        }
    }
}
