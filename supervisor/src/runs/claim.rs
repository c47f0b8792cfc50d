use super::{Refusal, Runs, credentials, record::Loaded};
use crate::seams::{Error, RunId};
use protocol::{ClaimRequest, ClaimResponse, Task};

/// Bytes of a nonce: room for any UUID or hash.
const NONCE_BYTES_MAX: usize = 128;

impl Runs {
    /// A worker claims its run. The same token and nonce get the same answer until the first report.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn claim(&self, request: &ClaimRequest) -> Result<ClaimResponse, Refusal> {
        if request.nonce.is_empty() || request.nonce.len() > NONCE_BYTES_MAX {
            return Err(Refusal::BadRequest(format!("a nonce has 1 to {NONCE_BYTES_MAX} bytes")));
        }
        let (workflow, run) = self.named_by(&request.token, credentials::TOKEN)?;
        let known = self.load(workflow, run).await?.ok_or(Refusal::Unknown)?;
        if !credentials::matches(&request.token, &known.record.token_hash) {
            return Err(Refusal::Unknown);
        }
        let live = self.live.of(workflow, run);
        let _one_at_a_time = live.calls.lock().await;
        let mut loaded = self.load(workflow, run).await?.ok_or(Refusal::Unknown)?;
        let id = RunId { workflow, key: loaded.record.key.clone(), run };
        let credential = self.credential(&id, &request.nonce);
        self.bind(&id, &request.nonce, &credential, &mut loaded).await?;
        // Told again with each repetition: an earlier call may have ended between the record and the event.
        self.events.claimed(&id).await?;
        Ok(ClaimResponse { credential, task: self.task(&loaded).await? })
    }

    /// Binds the run to the nonce, or finds it bound to the same.
    async fn bind(&self, id: &RunId, nonce: &str, credential: &str, loaded: &mut Loaded) -> Result<(), Refusal> {
        let now = self.environment.now().as_millis();
        let record = &mut loaded.record;
        if record.is_closed() {
            self.live.forget(id.workflow, id.run);
            return Err(Refusal::Stale);
        }
        match &record.nonce_hash {
            None if now > record.boot_deadline_ms => return Err(Refusal::TokenExpired),
            None => {
                record.nonce_hash = Some(credentials::hash(nonce));
                record.credential_hash = Some(credentials::hash(credential));
                record.claimed_at_ms = Some(now);
            }
            Some(bound) if credentials::matches(nonce, bound) => {
                return if record.heard { Err(Refusal::TokenExpired) } else { Ok(()) };
            }
            Some(_) => {
                record.refused_claims = record.refused_claims.saturating_add(1);
                tracing::warn!(workflow = %id.workflow, run = id.run, "a second worker tried to claim a run: refused");
                self.save(id.workflow, id.run, loaded).await?;
                return Err(Refusal::ClaimedByAnother);
            }
        }
        Ok(self.save(id.workflow, id.run, loaded).await?)
    }

    /// Follows from the nonce, so that the same claim gets the same credential, after a restart too.
    fn credential(&self, id: &RunId, nonce: &str) -> String {
        let secret = self.secret.derive("run credential", &[&id.workflow.to_string(), &id.run.to_string(), nonce]);
        credentials::compose(credentials::CREDENTIAL, id.workflow, id.run, &secret)
    }

    async fn task(&self, loaded: &Loaded) -> Result<Task, Error> {
        let bytes = self.beside.blob(&loaded.record.task).await?;
        let bytes = bytes.ok_or_else(|| Error::Failed("the task of a run is not stored any more".into()))?;
        serde_json::from_slice(&bytes).map_err(|error| Error::Failed(format!("a task cannot be read: {error}")))
    }
}
