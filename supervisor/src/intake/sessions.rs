//! A session taken out, and another put in, by an operator.

use super::{PullRequests, refused};
use crate::{
    seams::{By, Error, RunId},
    session,
};
use domain::pull_request::{Event, PullRequest};
use engine::{EventId, Workflow, WorkflowId};

impl PullRequests {
    pub(super) async fn session_exported(&self, workflow: WorkflowId) -> Result<Vec<u8>, Error> {
        let known = self.known(workflow).await?;
        let read = self.parts.engine.runs()?.read_checkpoint(&known.key).await?;
        let none = || Error::Refused(format!("{workflow} has no session yet: no run of it has handed one in"));
        session::pack(&read.ok_or_else(none)?.checkpoint).map_err(Error::Failed)
    }

    pub(super) async fn session_imported(
        &self,
        workflow: WorkflowId,
        archive: &[u8],
        by: &By,
    ) -> Result<String, Error> {
        let checkpoint = session::unpack(archive).map_err(Error::Refused)?;
        let known = self.known(workflow).await?;
        let by = by.0.clone();
        // Asked before anything is stored: a session must not lose its own checkpoint to one that is not taken.
        let probe = Event::SessionImported { checkpoint: String::new(), by: by.clone() };
        PullRequest::transition(Some(&known.state), &probe, self.parts.environment.now())
            .map_err(|illegal| Error::Refused(illegal.to_string()))?;
        let run = RunId { workflow, key: known.key.clone(), run: known.state.run };
        let checkpoint_digest = self.parts.engine.runs()?.import_checkpoint(&run, &checkpoint).await?;
        let id = EventId::new("cli", self.parts.environment.random_id());
        let imported = Event::SessionImported { checkpoint: checkpoint_digest, by };
        let engine = self.parts.engine.engine()?;
        engine.submit::<PullRequest>(&known.key, id, imported).await.map_err(refused)?;
        let (count, files) = match checkpoint.files.len() {
            1 => (1, "file"),
            count => (count, "files"),
        };
        Ok(format!("{count} {files} taken; the next run of {workflow} begins on a new volume with this session"))
    }
}
