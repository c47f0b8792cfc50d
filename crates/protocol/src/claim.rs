use crate::{RunResult, Task};
use serde::{Deserialize, Serialize};

/// `POST /worker/v1/claim`. The same (token, nonce) gets the same answer until the first event; another nonce gets 409.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRequest {
    /// The single-use token from the environment.
    pub token: String,
    /// Made at worker start; tells a retry from a second machine.
    pub nonce: String,
    /// Version of the worker.
    pub worker_version: String,
}

/// The run is this worker's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimResponse {
    /// Bearer credential for this run's events, result and git gateway; lives while the run does.
    pub credential: String,
    /// What to do.
    pub task: Task,
}

/// `POST /worker/v1/runs/{run}/recovered`: a result of an earlier run, found in `outbox/`, handed in before the agent
/// starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recovered {
    /// Number of the run that made it.
    pub run: u32,
    /// What it left.
    pub result: RunResult,
}

/// What becomes of a recovered result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveredAnswer {
    /// Taken as this run's result: finish, there is nothing left to do.
    AcceptedFinish,
    /// The supervisor has it already: forget it and go on.
    AlreadyHave,
    /// It was about another head: forget it and go on.
    Outdated,
}
