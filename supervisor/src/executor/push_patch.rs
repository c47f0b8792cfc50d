use super::{Context, PullRequestExecutor, errors};
use crate::{parts::repository, results};
use domain::{
    ids::RequestId,
    pull_request::{Decision, Event, Kind},
};
use engine::ActionError;
use github::api::{Push, Pushed};

impl PullRequestExecutor {
    /// Pushes what was approved, byte for byte: the stored diff must have the digest that the decision names (P10).
    pub(super) async fn push_patch(&self, context: &Context, request: &RequestId) -> Result<Event, ActionError> {
        let state = &*context.state;
        let decision = state.decision(request).ok_or_else(|| errors::missing("the decision"))?;
        let snapshot = state.snapshot.as_ref().ok_or_else(|| errors::missing("the reading"))?;
        let refused = |reason: &str| Event::PushRefused { request: request.clone(), reason: reason.to_owned() };
        if snapshot.fork {
            return Ok(refused("the branch is in a fork; use the suggestions in the review instead"));
        }
        let Some(diff) = self.approved_diff(decision).await? else {
            return Ok(refused("the approved patch is not stored any more; ask for a new review"));
        };
        let summary = match github::push::check_patch(&diff, &github::push::GuardOptions::default()) {
            Ok(summary) => summary,
            Err(refusal) => return Ok(refused(&refusal.to_string())),
        };
        let push = Push {
            number: state.pr.number,
            branch: snapshot.head_ref.clone(),
            head_sha: decision.request.head_sha.clone(),
            diff,
            subject: format!("Apply fix {}", short(decision)),
            body: format!("Approved by {} as request {request}.", decision.by),
            decision: request.to_string(),
            paths: summary.files.into_iter().map(|file| file.path).collect(),
        };
        match self.parts.github.push(&repository(state), &push).await.map_err(errors::github)? {
            Pushed::Done { sha } => Ok(Event::PatchPushed { request: request.clone(), sha }),
            Pushed::Refused { reason } => Ok(refused(&reason)),
        }
    }

    async fn approved_diff(&self, decision: &Decision) -> Result<Option<String>, ActionError> {
        let (Kind::Fix { patch }, Some(result)) = (&decision.request.kind, &decision.result) else { return Ok(None) };
        let result = results::load(&*self.parts.beside, result).await.map_err(errors::ours)?;
        let stored = result.and_then(|result| result.patch);
        Ok(stored.filter(|stored| stored.digest().0 == patch.digest).map(|stored| stored.diff))
    }
}

fn short(decision: &Decision) -> String {
    match &decision.request.kind {
        Kind::Fix { patch } => patch.short().to_owned(),
        other => other.code().to_owned(),
    }
}
