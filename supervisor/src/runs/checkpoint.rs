//! The latest checkpoint of each workflow: a sealed blob, and a document that says which and how to open it.

use super::{CHECKPOINTS, Runs, result::RESULT_KEPT, sealed};
use crate::seams::{Error, RunId};
use engine::beside::{Expected, Put};
use protocol::Checkpoint;
use serde::{Deserialize, Serialize};

/// The document.
#[derive(Serialize, Deserialize)]
struct Latest {
    run: u32,
    /// Blob of what was sealed.
    digest: String,
    /// What its key follows from, with the deployment's secret; none in what was written before checkpoints were sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    /// SHA-256 of what was sealed, as its worker handed it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

/// A checkpoint and the run it is of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CheckpointRead {
    pub(crate) run: u32,
    pub(crate) checkpoint: Checkpoint,
}

impl Runs {
    /// Stores the checkpoint and makes it the workflow's latest, unless a later run's is there.
    pub(super) async fn put_checkpoint(
        &self,
        id: &RunId,
        checkpoint: Option<&Checkpoint>,
    ) -> Result<Option<String>, Error> {
        let Some(checkpoint) = checkpoint else { return Ok(None) };
        let there = self.beside.document(CHECKPOINTS, &id.key).await?;
        let latest = there.as_ref().and_then(|it| serde_json::from_value::<Latest>(it.value.clone()).ok());
        if let Some(later) = latest.filter(|latest| latest.run > id.run) {
            return Ok(Some(later.digest));
        }
        let bytes = serde_json::to_vec(checkpoint).map_err(|error| Error::Failed(error.to_string()))?;
        let salt = sealed::salt(&self.environment);
        let sealed = sealed::seal(&self.secret, &salt, &id.key, &bytes);
        let sealed = sealed.ok_or_else(|| Error::Failed("the checkpoint could not be sealed".into()))?;
        let digest = self.beside.put_blob(&sealed, Some(self.environment.now() + RESULT_KEPT)).await?;
        let content = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes));
        let latest = Latest { run: id.run, digest: digest.clone(), salt: Some(salt), content: Some(content) };
        let value = serde_json::to_value(latest).map_err(|error| Error::Failed(error.to_string()))?;
        let expected = there.map_or(Expected::Absent, |it| Expected::Revision(it.revision));
        if let Put::Conflict(_) = self.beside.put_document(CHECKPOINTS, &id.key, &value, expected).await? {
            return Err(Error::Failed("the checkpoint was changed elsewhere at the same time".into()));
        }
        Ok(Some(digest))
    }

    /// Puts a checkpoint from elsewhere in the place of the latest one. It counts as of `run`, the last that there was; what a
    /// later run hands in takes its place. The digest of what was stored.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn import_checkpoint(&self, id: &RunId, checkpoint: &Checkpoint) -> Result<String, Error> {
        let digest = self.put_checkpoint(id, Some(checkpoint)).await?;
        digest.ok_or_else(|| Error::Failed("the checkpoint was not stored".into()))
    }

    /// The latest checkpoint of a workflow, to seed an empty volume with. One that cannot be opened is none: the run then says
    /// that its session is missing.
    ///
    /// # Errors
    /// The database failed.
    pub async fn checkpoint(&self, workflow_key: &str) -> Result<Option<Checkpoint>, Error> {
        Ok(self.read_checkpoint(workflow_key).await?.map(|read| read.checkpoint))
    }

    /// The same with its run.
    pub(crate) async fn read_checkpoint(&self, workflow_key: &str) -> Result<Option<CheckpointRead>, Error> {
        let Some(document) = self.beside.document(CHECKPOINTS, workflow_key).await? else { return Ok(None) };
        let Ok(latest) = serde_json::from_value::<Latest>(document.value) else { return Ok(None) };
        let Some(bytes) = self.beside.blob(&latest.digest).await? else { return Ok(None) };
        let bytes = match &latest.salt {
            None => Some(bytes),
            Some(salt) => sealed::open(&self.secret, salt, workflow_key, &bytes),
        };
        let Some(bytes) = bytes else {
            tracing::warn!(
                workflow_key,
                "the checkpoint of a session cannot be opened: it was sealed under another deployment's secret"
            );
            return Ok(None);
        };
        let checkpoint = serde_json::from_slice(&bytes).map_err(|error| Error::Failed(error.to_string()))?;
        Ok(Some(CheckpointRead { run: latest.run, checkpoint }))
    }

    /// The volume is gone for good, and so is the session: what lies in the database opens no more.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget_checkpoint(&self, workflow_key: &str) -> Result<(), Error> {
        Ok(self.beside.delete_document(CHECKPOINTS, workflow_key).await?)
    }
}
