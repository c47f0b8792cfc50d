use super::{Refusal, Runs};
use crate::seams::RunId;
use protocol::{Recovered, RecoveredAnswer};

impl Runs {
    /// A worker found the result of an earlier run on its volume and hands it in before its agent starts.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn recover(&self, credential: &str, run: u32, request: &Recovered) -> Result<RecoveredAnswer, Refusal> {
        let (workflow, run) = self.speaks_for(credential, run).await?;
        if request.run == 0 || request.run >= run {
            return Err(Refusal::BadRequest(format!("run {run} can only hand in the result of an earlier run")));
        }
        protocol::validate::result(&request.result)?;
        let live = self.live.of(workflow, run);
        let _one_at_a_time = live.calls.lock().await;
        let (.., mut loaded) = self.authenticate(credential).await?;
        let digest = self.put_result(&request.result).await?;
        if loaded.record.accepted && loaded.record.result.as_ref() == Some(&digest) {
            return Ok(RecoveredAnswer::AcceptedFinish);
        }
        if loaded.record.is_closed() {
            self.live.forget(workflow, run);
            return Err(Refusal::Stale);
        }
        let Some(made_by) = self.load(workflow, request.run).await? else { return Ok(RecoveredAnswer::Outdated) };
        if made_by.record.accepted {
            return Ok(RecoveredAnswer::AlreadyHave);
        }
        let id = RunId { workflow, key: loaded.record.key.clone(), run };
        let answer = self.events.recovered(&id, request.run, &digest, &request.result).await?;
        if answer == RecoveredAnswer::AcceptedFinish {
            loaded.record.result = Some(digest);
            loaded.record.accepted = true;
            self.save(workflow, run, &mut loaded).await?;
        }
        Ok(answer)
    }
}
