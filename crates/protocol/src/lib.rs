//! What supervisor and worker say to each other, version 1 (`/worker/v1` in every path).
//!
//! Everything here that comes from a worker is as untrusted as the pull request it worked on: sizes are bounded by the
//! constants below, and the receiver checks them with [`validate`] before it stores a byte.

mod claim;
mod events;
mod finding;
mod patch;
mod result;
mod task;
pub mod validate;

pub use claim::{ClaimRequest, ClaimResponse, Recovered, RecoveredAnswer};
pub use events::{Directive, EventsRequest, EventsResponse, Report, Sequenced};
pub use finding::{Finding, Severity};
pub use patch::{Patch, PatchDigest};
pub use result::{AgentIdentity, Checkpoint, Coverage, Outcome, ResultAnswer, ResultRequest, RunResult, SessionState};
pub use task::{AgentSpec, CommandHelp, DecisionRecord, Purpose, RulesOptions, Task, TaskLimits};

/// Findings one run may report; a reader stops long before this.
pub const FINDINGS_MAX: usize = 200;
/// Bytes of a patch: what a person can read before a click.
pub const PATCH_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a checkpoint, base64 not counted: a session is about 150 KB.
pub const CHECKPOINT_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of one request body to `/worker/v1`.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Reports in one batch of events.
pub const REPORTS_PER_BATCH_MAX: usize = 256;
/// Bytes of one title; a check's table row holds it.
pub const TITLE_BYTES_MAX: usize = 300;
/// Bytes of the answer to a question: a long comment; GitHub takes 65,535 characters.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Bytes of one finding's detail.
pub const DETAIL_BYTES_MAX: usize = 4 * 1024;

/// Environment variables a machine boots with; there is nothing else of ours in it.
pub mod boot {
    /// `http://host:port` of the machine listener, or `unix:/path` of its socket where the machine has no network.
    pub const SUPERVISOR_URL: &str = "LONGSHORE_SUPERVISOR_URL";
    /// Workflow id, `wf_12`.
    pub const WORKFLOW: &str = "LONGSHORE_WORKFLOW";
    /// Run number.
    pub const RUN: &str = "LONGSHORE_RUN";
    /// Single-use claim token; ends with the boot deadline.
    pub const TOKEN: &str = "LONGSHORE_CLAIM_TOKEN";
    /// Where the session volume is mounted; `/session` where the backend can mount.
    pub const SESSION_DIR: &str = "LONGSHORE_SESSION_DIR";
    /// Name of the machine, for logs and for finding its processes again.
    pub const MACHINE: &str = "LONGSHORE_MACHINE";
}

/// An error answer of `/worker/v1`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
}

/// Code for programs, message for people.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ErrorDetail {
    /// Stable code: `stale_run`, `claimed_by_another`, `token_expired`, `too_large`, `bad_request`, `busy`.
    pub code: String,
    /// What to do, for a person.
    pub message: String,
}
