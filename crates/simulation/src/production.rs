//! What the simulation asks of the production code. `supervisor/src/simulate/` answers with the very parts that `serve`
//! runs; nothing here knows how.

use crate::Life;
use async_trait::async_trait;
use engine::{Limits, Store, beside::Beside};
use environment::Environment;
use github::{AppLevel, GitHub};
use machines::Machines;
use protocol::{
    ClaimRequest, ClaimResponse, EventsRequest, EventsResponse, Recovered, RecoveredAnswer, ResultAnswer, ResultRequest,
};
use std::{collections::BTreeSet, sync::Arc};

/// Id of our App.
pub(crate) const APP: u64 = 7;
/// Sentinels of secrets: P9 looks for them where they must not be.
pub(crate) const WEBHOOK_SECRET: &str = "sentinel-webhook-secret";
pub(crate) const PRIVATE_KEY: &str = "sentinel-private-key";
pub(crate) const GIT_TOKEN: &str = "sentinel-installation-token";

/// What one life of the supervisor is given.
pub struct Given {
    /// Clock, chance, tasks; all tasks of this life are spawned through it.
    pub environment: Environment,
    /// `longshore.toml`.
    pub config: String,
    /// The deployment's secret.
    pub secret: [u8; 32],
    /// Workflows.
    pub store: Arc<dyn Store>,
    /// What lies beside.
    pub beside: Arc<dyn Beside>,
    /// GitHub.
    pub github: Arc<dyn GitHub>,
    /// GitHub, about the App.
    pub app: Arc<dyn AppLevel>,
    /// Machines and volumes.
    pub machines: Arc<dyn Machines>,
    /// Bounds of the engine.
    pub limits: Limits,
    /// This life.
    pub life: Arc<Life>,
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Given").field("config", &self.config).finish_non_exhaustive()
    }
}

/// The production code.
#[async_trait]
pub trait Production: Send + Sync + 'static {
    /// Starts a life.
    ///
    /// # Errors
    /// A sentence: it does not start; it is tried again.
    async fn start(&self, given: Given) -> Result<Arc<dyn Supervisor>, String>;
}

/// What became of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// 2xx, and these workflows were told.
    Recorded(Vec<String>),
    /// 2xx, and of no consequence.
    Ignored(&'static str),
    /// No 2xx.
    Refused,
}

/// Why a worker's call was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Try again.
    Busy,
    /// Exit without touching the volume.
    Final,
}

/// A life of the supervisor that serves.
#[async_trait]
pub trait Supervisor: Send + Sync {
    /// A webhook whose signature was good.
    async fn webhook(&self, guid: String, event: String, body: Vec<u8>) -> Taken;
    /// A worker claims its run.
    async fn claim(&self, request: ClaimRequest) -> Result<ClaimResponse, Refused>;
    /// A worker reports.
    async fn report(&self, credential: String, run: u32, request: EventsRequest) -> Result<EventsResponse, Refused>;
    /// A worker hands in its result.
    async fn finish(&self, credential: String, run: u32, request: ResultRequest) -> Result<ResultAnswer, Refused>;
    /// A worker hands in what it found in the outbox.
    async fn recover(&self, credential: String, run: u32, request: Recovered) -> Result<RecoveredAnswer, Refused>;
    /// How everything stands.
    async fn ends(&self) -> Result<Vec<End>, String>;
}

/// Somebody answered a request, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Unique.
    pub ask: String,
    /// The request.
    pub request: String,
    /// `yes`, `no`, `later`.
    pub choice: String,
    /// Login.
    pub by: String,
}

/// Kind of a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A pull request.
    #[default]
    PullRequest,
    /// A reminder, or another question about reminders.
    Reminder,
}

/// How one workflow stands. What the other kind does not have is empty.
#[derive(Debug, Clone, Default)]
pub struct End {
    /// Kind.
    pub kind: Kind,
    /// `wf_12`.
    pub workflow: String,
    /// `repository#number`, of a reminder `repository#number:ask`.
    pub key: String,
    /// Status.
    pub status: String,
    /// What it does or waits for.
    pub why: String,
    /// The engine finds nothing that will move it.
    pub stuck: bool,
    /// Head as it was last read.
    pub head: Option<String>,
    /// Head that was last reviewed, or decided not to be.
    pub reviewed: Option<String>,
    /// Volumes that it knows of.
    pub volumes: BTreeSet<String>,
    /// Machines that it knows of.
    pub machines: BTreeSet<String>,
    /// Ids of every recorded or early event.
    pub events: BTreeSet<String>,
    /// Answers to requests, in recorded order.
    pub asked: Vec<Asked>,
    /// Asks whose permission could not be read.
    pub unread: BTreeSet<String>,
    /// Decisions: request, login, choice, and whether it was a patch.
    pub decisions: Vec<Decided>,
    /// Findings that lie beside, `run:id`.
    pub findings: BTreeSet<String>,
    /// Timers that should have fired a while ago.
    pub overdue: Vec<String>,
    /// Reminders that were delivered.
    pub delivered: u32,
    /// The history runs through the transition function to the stored state.
    pub replays: bool,
}

/// A decision that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The request.
    pub request: String,
    /// Login.
    pub by: String,
    /// `yes`, `no`.
    pub choice: String,
    /// The commit it led to.
    pub pushed: Option<String>,
}
