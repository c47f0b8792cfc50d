//! Runs as the machines see them: opened by the executor, claimed by one worker, reported on, closed by a result.
//!
//! Why beside the workflows: a run's reports are many and mostly signals, and none of them may cost a transition. A run is
//! one document; findings, log lines and the result lie beside it, durable before they are answered (E1). What matters to
//! the workflow (claimed, first heard, finished) goes through [`RunEvents`], after it is stored here, so that a repetition
//! after a crash finds what was stored and tells the workflow again.

mod checkpoint;
mod claim;
mod credentials;
mod live;
mod open;
mod open_ones;
mod recall;
mod record;
mod recovered;
mod refusal;
mod reports;
mod result;
mod sealed;
mod views;

pub use open::{NewRun, Opened};
pub use open_ones::OpenRecord;
pub use refusal::Refusal;
pub use views::RunView;

use crate::{
    deployment::DeploymentSecret,
    seams::{Error, RunEvents, RunId},
};
use engine::{WorkflowId, beside::Beside};
use environment::Environment;
use live::Live;
use record::{Loaded, RunRecord};
use std::{fmt, sync::Arc};

/// Collection of the documents of runs.
const RUNS: &str = "run";
/// Collection of findings, keyed by run and sequence number.
const FINDINGS: &str = "finding";
/// Collection of the latest checkpoint of each workflow, by its key.
const CHECKPOINTS: &str = "checkpoint";

/// The runs of this supervisor. Cheap to clone.
#[derive(Clone)]
pub struct Runs {
    environment: Environment,
    beside: Arc<dyn Beside>,
    events: Arc<dyn RunEvents>,
    secret: DeploymentSecret,
    live: Arc<Live>,
    /// Answers for this run and no other.
    only: Option<(WorkflowId, u32)>,
}

impl fmt::Debug for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Runs")
    }
}

impl Runs {
    /// Runs stored in `beside`, telling `events` what matters to their workflows.
    pub fn new(
        environment: Environment,
        beside: Arc<dyn Beside>,
        events: Arc<dyn RunEvents>,
        secret: DeploymentSecret,
    ) -> Self {
        Self { environment, beside, events, secret, live: Arc::default(), only: None }
    }

    /// The same runs, for a listener that only one of them can reach: what speaks for another is unknown there.
    pub fn only(&self, workflow: WorkflowId, run: u32) -> Self {
        Self { only: Some((workflow, run)), ..self.clone() }
    }

    /// The run that a token or credential says it is for. It proves nothing yet.
    fn named_by(&self, text: &str, kind: &str) -> Result<(WorkflowId, u32), Refusal> {
        let run = credentials::run_of(text, kind).ok_or(Refusal::Unknown)?;
        if self.only.is_none_or(|only| only == run) { Ok(run) } else { Err(Refusal::Unknown) }
    }

    /// The run that `credential` speaks for, as long as it may: claimed and not ended.
    async fn authenticate(&self, credential: &str) -> Result<(WorkflowId, u32, Loaded), Refusal> {
        let (workflow, run) = self.named_by(credential, credentials::CREDENTIAL)?;
        let loaded = self.load(workflow, run).await?.ok_or(Refusal::Unknown)?;
        let hash = loaded.record.credential_hash.as_deref().ok_or(Refusal::Unknown)?;
        if credentials::matches(credential, hash) { Ok((workflow, run, loaded)) } else { Err(Refusal::Unknown) }
    }

    /// [`Runs::authenticate`], and the run has not ended and has no result yet.
    async fn authenticate_open(&self, credential: &str) -> Result<(WorkflowId, u32, Loaded), Refusal> {
        let (workflow, run, loaded) = self.authenticate(credential).await?;
        if loaded.record.is_closed() { Err(Refusal::Stale) } else { Ok((workflow, run, loaded)) }
    }

    /// The repository whose git the run may read.
    ///
    /// # Errors
    /// [`Refusal`]: not a run's credential, or the run has ended.
    pub async fn repository_of(&self, credential: &str) -> Result<(RunId, github::api::Repository), Refusal> {
        let (workflow, run, loaded) = self.authenticate_open(credential).await?;
        let RunRecord { key, repository, .. } = loaded.record;
        Ok((RunId { workflow, key, run }, repository))
    }

    async fn load(&self, workflow: WorkflowId, run: u32) -> Result<Option<Loaded>, Error> {
        let document = self.beside.document(RUNS, &record::key(workflow, run)).await?;
        document.map(Loaded::read).transpose()
    }
}

#[cfg(test)]
mod tests;
