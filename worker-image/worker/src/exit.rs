//! How a worker ends, for whoever waits for its process.

use std::process::ExitCode;

/// The ending of a worker. The supervisor learns results by the protocol; the code only tells a log what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The run is closed: its result was taken, or a recovered one was.
    Done,
    /// Something in the machine does not work, the volume cannot be written for instance.
    Failed,
    /// The environment does not describe a run.
    Usage,
    /// The run is no longer the workflow's current one (410). The volume was left as it was.
    Stale,
    /// Another worker holds this run (409).
    ClaimedByAnother,
    /// The supervisor stayed away; a result, if there is one, lies in `outbox/`.
    SupervisorAway,
    /// The volume belongs to another workflow or deployment.
    VolumeRefused,
    /// The supervisor answered, and refused for good.
    Refused,
}

impl Exit {
    /// The process's exit code. 0, 1 and 2 as every program of ours; the others leave room below.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Stale => 10,
            Self::ClaimedByAnother => 11,
            Self::SupervisorAway => 12,
            Self::VolumeRefused => 13,
            Self::Refused => 14,
        }
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Done => "the run is closed",
            Self::Failed => "something in this machine does not work",
            Self::Usage => "the environment does not describe a run",
            Self::Stale => "the run is not current any more",
            Self::ClaimedByAnother => "another worker holds this run",
            Self::SupervisorAway => "the supervisor stayed away",
            Self::VolumeRefused => "the volume is not this workflow's",
            Self::Refused => "the supervisor refused",
        })
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
