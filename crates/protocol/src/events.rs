use crate::Finding;
use serde::{Deserialize, Serialize};

/// `POST /worker/v1/runs/{run}/events`. Idempotent: a sequence number counts once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventsRequest {
    /// In ascending order of sequence number.
    pub events: Vec<Sequenced>,
}

/// One report with its place in the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sequenced {
    /// From 1, without gaps, per run.
    pub sequence: u64,
    /// What happened.
    pub report: Report,
}

/// What a worker reports while it works. `Finding` is a fact; the rest are signals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Report {
    /// One finding.
    Finding {
        /// The finding.
        finding: Box<Finding>,
    },
    /// How far it is.
    Progress {
        /// What it does now, a few words.
        phase: String,
        /// Files read so far.
        files_read: u32,
        /// Files to read.
        files_total: u32,
    },
    /// One line for the log of the run.
    Log {
        /// The line, without a line feed.
        line: String,
    },
    /// It is alive.
    Heartbeat,
}

/// The supervisor has made everything up to `acknowledged` durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventsResponse {
    /// Highest sequence number that need not be sent again.
    pub acknowledged: u64,
    /// Whether to go on.
    pub directive: Directive,
}

/// Whether to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "directive", rename_all = "snake_case")]
pub enum Directive {
    /// Go on.
    Continue,
    /// Stop the agent now and hand in what there is.
    Stop {
        /// Why, for the log.
        reason: String,
    },
}
