//! What later runs and publications must know of earlier ones.

use super::Runs;
use crate::seams::Error;
use engine::WorkflowId;
use protocol::{SessionState, Task};

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
}
