use super::{RUNS, Runs};
use crate::seams::Error;
use engine::{
    WorkflowId,
    beside::{Document, Expected, Put},
};
use serde::{Deserialize, Serialize};

/// What is stored of one run. Secrets only as hashes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RunRecord {
    /// Key of the workflow.
    pub key: String,
    /// Whose git it may read.
    pub repository: github::api::Repository,
    /// Blob of the task.
    pub task: String,
    pub token_hash: String,
    /// Unix milliseconds.
    pub boot_deadline_ms: u64,
    /// Set by the claim.
    pub nonce_hash: Option<String>,
    pub credential_hash: Option<String>,
    /// Unix milliseconds.
    pub claimed_at_ms: Option<u64>,
    /// Claims with another nonce, for the audit.
    pub refused_claims: u32,
    /// Whether a report arrived; the token is used up then.
    pub heard: bool,
    /// Highest durable sequence number.
    pub acknowledged: u64,
    pub findings: u32,
    pub log_bytes: u64,
    /// Blob of the result.
    pub result: Option<String>,
    /// The workflow has taken the result.
    pub accepted: bool,
    /// Why the worker is to stop.
    pub stop: Option<String>,
    /// Why the run is over.
    pub ended: Option<String>,
}

impl RunRecord {
    pub(super) fn is_closed(&self) -> bool {
        self.ended.is_some() || self.result.is_some()
    }
}

/// A record with the revision it was read at.
#[derive(Debug)]
pub(super) struct Loaded {
    pub record: RunRecord,
    pub revision: u64,
}

impl Loaded {
    pub(super) fn read(document: Document) -> Result<Self, Error> {
        let record = serde_json::from_value(document.value)
            .map_err(|error| Error::Failed(format!("the record of a run cannot be read: {error}")))?;
        Ok(Self { record, revision: document.revision })
    }
}

/// Twenty digits hold every number, so that keys sort as numbers do.
pub(super) fn key(workflow: WorkflowId, run: u32) -> String {
    format!("{}{run:010}", prefix(workflow))
}

/// What the keys of a workflow's runs begin with.
pub(super) fn prefix(workflow: WorkflowId) -> String {
    format!("wf_{:020}/", workflow.0)
}

impl Runs {
    /// Writes a changed record; `loaded` is then what is stored.
    pub(super) async fn save(&self, workflow: WorkflowId, run: u32, loaded: &mut Loaded) -> Result<(), Error> {
        let expected = Expected::Revision(loaded.revision);
        loaded.revision = self.put(workflow, run, &loaded.record, expected).await?;
        Ok(())
    }

    pub(super) async fn put(
        &self,
        workflow: WorkflowId,
        run: u32,
        record: &RunRecord,
        expected: Expected,
    ) -> Result<u64, Error> {
        let value = serde_json::to_value(record).map_err(|error| Error::Failed(error.to_string()))?;
        match self.beside.put_document(RUNS, &key(workflow, run), &value, expected).await? {
            Put::Done(revision) => Ok(revision),
            // Calls of one run go one at a time here, so this is another supervisor.
            Put::Conflict(_) => Err(Error::Failed("the run was changed elsewhere at the same time".into())),
        }
    }
}
