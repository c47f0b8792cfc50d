use super::{Refusal, Runs, record::Loaded};
use crate::seams::{Error, Finished, RunId};
use protocol::{ResultAnswer, ResultRequest, RunResult};
use std::time::Duration;

/// How long results and checkpoints are kept: longer than any request waits for a person.
pub(super) const RESULT_KEPT: Duration = Duration::from_secs(400 * 24 * 3600);

impl Runs {
    /// A worker hands in its result, which closes the run. The first result stays; handing it in again is answered
    /// [`ResultAnswer::AlreadyHave`], even after the run has ended.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn finish(&self, credential: &str, run: u32, request: &ResultRequest) -> Result<ResultAnswer, Refusal> {
        let (workflow, run) = self.speaks_for(credential, run).await?;
        protocol::validate::result_request(request)?;
        let live = self.live.of(workflow, run);
        let _one_at_a_time = live.calls.lock().await;
        let (.., mut loaded) = self.authenticate(credential).await?;
        if loaded.record.accepted {
            return Ok(ResultAnswer::AlreadyHave);
        }
        if loaded.record.ended.is_some() {
            self.live.forget(workflow, run);
            return Err(Refusal::Stale);
        }
        let id = RunId { workflow, key: loaded.record.key.clone(), run };
        let (digest, result) = self.first_result(&id, &request.result, &mut loaded).await?;
        let checkpoint = self.put_checkpoint(&id, request.checkpoint.as_ref()).await?;
        let finished = self.events.finished(&id, &digest, &result, checkpoint.as_deref()).await?;
        if finished == Finished::Stale {
            return Err(Refusal::Stale);
        }
        loaded.record.accepted = true;
        self.save(workflow, run, &mut loaded).await?;
        Ok(if finished == Finished::Accepted { ResultAnswer::Accepted } else { ResultAnswer::AlreadyHave })
    }

    /// Stores the result, unless one was stored before; the stored one.
    async fn first_result(
        &self,
        id: &RunId,
        result: &RunResult,
        loaded: &mut Loaded,
    ) -> Result<(String, RunResult), Error> {
        if let Some(digest) = loaded.record.result.clone() {
            let stored = self.result(&digest).await?;
            let stored = stored.ok_or_else(|| Error::Failed("a result is not stored any more".into()))?;
            return Ok((digest, stored));
        }
        let digest = self.put_result(result).await?;
        loaded.record.result = Some(digest.clone());
        self.save(id.workflow, id.run, loaded).await?;
        Ok((digest, result.clone()))
    }

    pub(super) async fn put_result(&self, result: &RunResult) -> Result<String, Error> {
        let bytes = serde_json::to_vec(result).map_err(|error| Error::Failed(error.to_string()))?;
        Ok(self.beside.put_blob(&bytes, Some(self.environment.now() + RESULT_KEPT)).await?)
    }

    /// A stored result.
    ///
    /// # Errors
    /// The database failed, or what is stored cannot be read.
    pub async fn result(&self, digest: &str) -> Result<Option<RunResult>, Error> {
        self.blob_as(digest).await
    }

    async fn blob_as<T: serde::de::DeserializeOwned>(&self, digest: &str) -> Result<Option<T>, Error> {
        let bytes = self.beside.blob(digest).await?;
        let read = |bytes: Vec<u8>| serde_json::from_slice(&bytes);
        bytes.map(read).transpose().map_err(|error| Error::Failed(format!("blob {digest} cannot be read: {error}")))
    }
}
