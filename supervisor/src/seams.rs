//! What the outer parts (HTTP, runs, CLI) ask of the inner ones (intake, executor, engine), as traits.
//!
//! Why here: requests can then be tested against stand-ins, and neither side knows how the other is built. A trait
//! stands only where something is really substituted; everything else is plain data.

use async_trait::async_trait;
use bytes::Bytes;
use engine::WorkflowId;
use protocol::{RecoveredAnswer, RunResult};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Why something asked for did not happen. Nothing was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too much at once; answered 503 with Retry-After.
    #[error("busy; try again in {} s", retry_after.as_secs().max(1))]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// There is no such thing; answered 404.
    #[error("{0}")]
    NotFound(String),
    /// It makes no sense now; the sentence says why. Answered 409.
    #[error("{0}")]
    Refused(String),
    /// The database or something behind it failed; answered 503.
    #[error("{0}")]
    Failed(String),
}

impl From<engine::beside::StoreError> for Error {
    fn from(error: engine::beside::StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A run, as everything outside the engine names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunId {
    /// Workflow.
    pub workflow: WorkflowId,
    /// The workflow's key, for the engine's `submit`.
    pub key: String,
    /// Number of the run.
    pub run: u32,
}

/// How far a run is; a signal, not a fact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// What it does now, a few words from the worker: hostile.
    pub phase: String,
    /// Files read.
    pub files_read: u32,
    /// Files to read.
    pub files_total: u32,
    /// Findings reported so far.
    pub findings: u32,
}

/// What became of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// Recorded now.
    Accepted,
    /// It was recorded before.
    AlreadyHave,
    /// The run is not the current one any more.
    Stale,
}

/// What happens in a run, made into domain events. Every method may be called again for the same fact, after a crash
/// or a lost answer; returning `Ok` means that it is durable.
#[async_trait]
pub trait RunEvents: Send + Sync {
    /// A worker claimed the run; called before the claim is answered.
    async fn claimed(&self, run: &RunId) -> Result<(), Error>;

    /// The first batch of reports arrived.
    async fn heard(&self, run: &RunId) -> Result<(), Error>;

    /// Anything at all arrived: pushes the silence clock back. In memory only.
    fn alive(&self, run: &RunId);

    /// Progress, at most every five seconds a run. A failure is logged and not answered to the worker.
    async fn progressed(&self, run: &RunId, progress: &Progress) -> Result<(), Error>;

    /// The run's result is stored as the blob `result_digest` (the JSON of `result`); `checkpoint` is the blob of its
    /// checkpoint.
    async fn finished(
        &self,
        run: &RunId,
        result_digest: &str,
        result: &RunResult,
        checkpoint: Option<&str>,
    ) -> Result<Finished, Error>;

    /// Run `asking` found the result of the earlier run `made_by` on the volume and hands it in; it is stored as the
    /// blob `result_digest`.
    async fn recovered(
        &self,
        asking: &RunId,
        made_by: u32,
        result_digest: &str,
        result: &RunResult,
    ) -> Result<RecoveredAnswer, Error>;
}

/// A webhook whose signature was good.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// `X-GitHub-Delivery`, at most 64 characters of `[A-Za-z0-9-]`.
    pub guid: String,
    /// `X-GitHub-Event`.
    pub event: String,
    /// The body as it was signed.
    pub body: Bytes,
    /// What it says.
    pub delivery: github::webhook::Delivery,
}

/// What became of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Durable, and a workflow was told.
    Recorded {
        /// The workflows that were told.
        workflows: Vec<WorkflowId>,
        /// It was known before; nothing changed.
        duplicate: bool,
    },
    /// Acknowledged, and of no consequence.
    Ignored {
        /// Stable reason, `repository_not_allowed`, for the answer, the log and a counter.
        reason: &'static str,
    },
}

/// Takes webhooks in; `Ok` means that whatever follows from it is durable.
#[async_trait]
pub trait Intake: Send + Sync {
    /// Takes one delivery.
    async fn take(&self, webhook: Webhook) -> Result<Taken, Error>;
}

/// Who steers: the name of an API token, `cli` for the local administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By(pub String);

/// What a person does to a workflow through the API or the CLI. The answer is a sentence for that person.
#[async_trait]
pub trait Steer: Send + Sync {
    /// Answers a request with yes.
    async fn approve(&self, workflow: WorkflowId, request: &str, by: &By) -> Result<String, Error>;
    /// Answers a request with no.
    async fn reject(&self, workflow: WorkflowId, request: &str, by: &By) -> Result<String, Error>;
    /// Stops what runs, and the pull request is not reviewed further until news come; or cancels a reminder.
    async fn cancel(&self, workflow: WorkflowId, by: &By) -> Result<String, Error>;
    /// Sets a reminder on a pull request: `in 2 days to check the rollout`.
    async fn remind(&self, workflow: WorkflowId, text: &str, by: &By) -> Result<String, Error>;
    /// No reviews of the pull request until they are resumed; what runs is let end.
    async fn pause(&self, workflow: WorkflowId, by: &By) -> Result<String, Error>;
    /// Reviews again.
    async fn resume(&self, workflow: WorkflowId, by: &By) -> Result<String, Error>;
    /// Starts a new run.
    async fn retry(&self, workflow: WorkflowId, by: &By) -> Result<String, Error>;
    /// The session as of the last result that had one: a tar archive of `agent/`.
    async fn export_session(&self, workflow: WorkflowId) -> Result<Vec<u8>, Error>;
    /// Puts the session in a tar archive in the place of the workflow's; the next run begins on a new volume with it.
    async fn import_session(&self, workflow: WorkflowId, archive: &[u8], by: &By) -> Result<String, Error>;
    /// Starts at once what the workflow waits for; one that nothing will move looks again where it stands (E11).
    async fn repair(&self, workflow: WorkflowId, by: &By) -> Result<Repaired, Error>;
}

/// Finds what nobody wants and removes it.
#[async_trait]
pub trait Sweep: Send + Sync {
    /// One pass of the janitor; a dry run changes nothing.
    async fn sweep(&self, order: &janitor::Order) -> Result<janitor::Report, Error>;

    /// The janitor's record, newest first, after a place; each entry with its own place.
    async fn audit(&self, after: Option<&str>, limit: usize) -> Result<Vec<(String, janitor::Entry)>, Error>;
}

/// One workflow in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowRow {
    /// `wf_12`.
    pub id: String,
    /// `pull_request`.
    pub kind: String,
    /// `acme/shop#7`.
    pub title: String,
    /// Status.
    pub status: String,
    /// Run number.
    pub run: u32,
    /// What it works on: the head SHA.
    pub subject: Option<String>,
    /// Machine.
    pub machine_id: Option<String>,
    /// Volume.
    pub volume_id: Option<String>,
    /// Unix milliseconds.
    pub last_activity_ms: u64,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Narrow {
    /// Kind.
    pub kind: Option<String>,
    /// Status.
    pub status: Option<String>,
    /// Part of the title.
    pub text: Option<String>,
    /// Begin after this workflow.
    pub after: Option<WorkflowId>,
    /// Rows at most.
    pub limit: usize,
}

/// One recorded event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// Place in the workflow's history, ascending.
    pub sequence: u64,
    /// De-duplication id.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it said.
    pub payload: serde_json::Value,
    /// Unix milliseconds.
    pub at_ms: u64,
    /// Version of the code that applied it.
    pub code: String,
}

/// How a replay ended (E12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// Events that were run through the production function.
    pub events: u64,
    /// It arrived at the stored state.
    pub same: bool,
    /// A sentence.
    pub sentence: String,
}

/// What a repair did (E11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repaired {
    /// Workflow.
    pub workflow: String,
    /// Nothing would have moved it.
    pub was_stuck: bool,
    /// Nothing will, still.
    pub stuck: bool,
    /// Where it stands now, a sentence.
    pub sentence: String,
}

/// Reads of what the engine has committed.
#[async_trait]
pub trait Look: Send + Sync {
    /// Rows, by id.
    async fn list(&self, narrow: &Narrow) -> Result<Vec<WorkflowRow>, Error>;
    /// One row and its state as JSON.
    async fn show(&self, workflow: WorkflowId) -> Result<Option<(WorkflowRow, serde_json::Value)>, Error>;
    /// Events after a sequence number.
    async fn history(&self, workflow: WorkflowId, after: u64, limit: usize) -> Result<Vec<HistoryRow>, Error>;
    /// What it waits for, a sentence (E11).
    async fn why(&self, workflow: WorkflowId) -> Result<Option<String>, Error>;
    /// What the engine knows of it: pending actions, timers, slots.
    async fn details(&self, workflow: WorkflowId) -> Result<Option<String>, Error>;
    /// Workflows that nothing will move.
    async fn stuck(&self) -> Result<Vec<WorkflowId>, Error>;
    /// Runs the history through the production function.
    async fn replay(&self, workflow: WorkflowId) -> Result<Replayed, Error>;
    /// Completes when something was committed for the workflow, or after a while all the same.
    async fn changed(&self, workflow: WorkflowId);
    /// How many workflows are in each status.
    async fn counts(&self) -> Result<Vec<(String, u64)>, Error>;
    /// Whether the database takes what is written: false from a commit that failed until a write succeeds.
    async fn takes_writes(&self) -> bool;
    /// Counters for `/metrics`: name without prefix, help, value.
    fn counters(&self) -> Vec<(&'static str, &'static str, u64)>;
}
