//! What happens in a run, as events of its workflow. What lies beside is stored before; here it becomes a few facts.

use super::PullRequests;
use crate::{
    parts::failed,
    results,
    seams::{Error, Finished, Progress, RunEvents, RunId},
};
use async_trait::async_trait;
use domain::pull_request::{Event, PullRequest, Purpose, ResultFacts, RunOutcome, State};
use engine::EventId;
use protocol::{Outcome, RecoveredAnswer, RunResult};

impl PullRequests {
    async fn tell(&self, run: &RunId, what: &str, event: Event) -> Result<(), Error> {
        let id = EventId::new("run", format!("{}:{what}", run.run));
        self.submit(&run.key, id, event).await.map(|_receipt| ())
    }

    async fn facts(&self, state: &State, digest: &str, result: &RunResult) -> Result<ResultFacts, Error> {
        let known = results::known(&*self.parts.beside, state).await?;
        Ok(results::facts(digest, result, &known))
    }

    async fn state(&self, run: &RunId) -> Result<std::sync::Arc<State>, Error> {
        let view = self.parts.engine.engine()?.view::<PullRequest>(run.workflow).await.map_err(failed)?;
        let view = view.ok_or_else(|| Error::NotFound(format!("there is no workflow `{}`", run.workflow)))?;
        Ok(view.state)
    }
}

#[async_trait]
impl RunEvents for PullRequests {
    async fn claimed(&self, run: &RunId) -> Result<(), Error> {
        self.tell(run, "claimed", Event::RunClaimed { run: run.run }).await
    }

    async fn heard(&self, run: &RunId) -> Result<(), Error> {
        self.tell(run, "heard", Event::RunHeard { run: run.run }).await
    }

    fn alive(&self, run: &RunId) {
        if let Ok(engine) = self.parts.engine.engine() {
            engine.signal(run.workflow);
        }
    }

    async fn progressed(&self, run: &RunId, progress: &Progress) -> Result<(), Error> {
        let Progress { files_read, files_total, findings, .. } = *progress;
        let event = Event::RunProgressed { run: run.run, findings, files_read, files_total };
        self.tell(run, &format!("progress:{files_read}:{findings}"), event).await
    }

    async fn finished(
        &self,
        run: &RunId,
        result_digest: &str,
        result: &RunResult,
        checkpoint: Option<&str>,
    ) -> Result<Finished, Error> {
        tracing::debug!(run = run.run, checkpoint, "a run handed in its result");
        let state = self.state(run).await?;
        let mut facts = self.facts(&state, result_digest, result).await?;
        let wanted = state.wanted.as_ref().filter(|wanted| wanted.run == run.run);
        if wanted.is_some_and(|wanted| wanted.target.head_sha != result.head_sha)
            && !matches!(facts.outcome, RunOutcome::Failed { .. })
        {
            facts.outcome = RunOutcome::Failed { message: "the worker read another commit than it was given".into() };
        }
        let id = EventId::new("run", format!("{}:result", run.run));
        match self.submit(&run.key, id, Event::RunFinished { run: run.run, result: Box::new(facts) }).await {
            Ok(receipt) if receipt.duplicate => Ok(Finished::AlreadyHave),
            Ok(_) => Ok(Finished::Accepted),
            Err(Error::Refused(_)) => Ok(Finished::Stale),
            Err(other) => Err(other),
        }
    }

    async fn recovered(
        &self,
        asking: &RunId,
        made_by: u32,
        result_digest: &str,
        result: &RunResult,
    ) -> Result<RecoveredAnswer, Error> {
        let state = self.state(asking).await?;
        if state.result.as_ref().is_some_and(|known| known.run >= made_by) {
            return Ok(RecoveredAnswer::AlreadyHave);
        }
        let Some(wanted) = state.wanted.as_ref().filter(|wanted| wanted.run == asking.run) else {
            return Ok(RecoveredAnswer::Outdated);
        };
        let review = matches!(wanted.purpose, Purpose::Review { .. });
        let decision = matches!(wanted.purpose, Purpose::Decision { .. });
        let fits = match &result.outcome {
            Outcome::Reviewed | Outcome::Asked { .. } => review,
            Outcome::ApplyApproved { .. } | Outcome::DecisionNoted => decision,
            // A question whose run was lost was said to be unanswered; its answer would come out of nowhere.
            Outcome::Answered { .. } | Outcome::BudgetReached { .. } | Outcome::Failed { .. } => false,
        };
        if !fits || wanted.target.head_sha != result.head_sha || made_by >= asking.run {
            return Ok(RecoveredAnswer::Outdated);
        }
        match self.finished(asking, result_digest, result, None).await? {
            Finished::Accepted | Finished::AlreadyHave => Ok(RecoveredAnswer::AcceptedFinish),
            Finished::Stale => Ok(RecoveredAnswer::Outdated),
        }
    }
}
