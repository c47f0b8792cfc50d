//! What later runs and publications must know of earlier ones.

use super::{CHECKPOINTS, Runs};
use crate::seams::Error;
use engine::WorkflowId;
use protocol::{Checkpoint, SessionState, Task};

impl Runs {
    /// Ids of the findings that were published before a run began: they are not repeated.
    ///
    /// # Errors
    /// The database failed.
    pub async fn known_before(&self, workflow: WorkflowId, run: u32) -> Result<Vec<String>, Error> {
        let Some(loaded) = self.load(workflow, run).await? else { return Ok(Vec::new()) };
        let Some(bytes) = self.beside.blob(&loaded.record.task).await? else { return Ok(Vec::new()) };
        let task: Task = serde_json::from_slice(&bytes).map_err(|error| Error::Failed(error.to_string()))?;
        Ok(task.known_findings)
    }

    /// What a run said of its session.
    ///
    /// # Errors
    /// The database failed.
    pub async fn session(&self, workflow: WorkflowId, run: u32) -> Result<Option<SessionState>, Error> {
        let Some(digest) = self.load(workflow, run).await?.and_then(|loaded| loaded.record.result) else {
            return Ok(None);
        };
        Ok(self.result(&digest).await?.map(|result| result.session))
    }

    /// The latest checkpoint of a workflow, to seed an empty volume with.
    ///
    /// # Errors
    /// The database failed.
    pub async fn checkpoint(&self, workflow_key: &str) -> Result<Option<Checkpoint>, Error> {
        let Some(document) = self.beside.document(CHECKPOINTS, workflow_key).await? else { return Ok(None) };
        let Some(digest) = document.value.get("digest").and_then(|digest| digest.as_str()) else { return Ok(None) };
        let Some(bytes) = self.beside.blob(digest).await? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| Error::Failed(error.to_string()))
    }
}
