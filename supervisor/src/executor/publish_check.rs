use super::{Context, PullRequestExecutor, errors};
use crate::parts::repository;
use domain::pull_request::{Check, Conclusion, Event, Face};
use engine::ActionError;
use github::{api, render};

/// Name of the check.
pub const CHECK_NAME: &str = "longshore";

impl PullRequestExecutor {
    /// Level-triggered: whatever the state wants shown by now is shown, and the answer says which revision that was.
    pub(super) async fn publish_check(&self, context: &Context, run: u32, sha: &str) -> Result<Event, ActionError> {
        let state = &*context.state;
        let check = state.check(run, sha).ok_or_else(|| errors::missing("the check"))?;
        let view = self.check_view(context, check).await?;
        let text = render::check(&view);
        let wanted = api::CheckRun {
            id: check.check_run,
            name: CHECK_NAME.into(),
            head_sha: check.sha.clone(),
            external_id: format!("{}:{}", context.workflow, check.run),
            details_url: self.parts.config.server.link(&format!("/workflows/{}", context.workflow)),
            state: check_state(check, &state.policy),
            title: text.title,
            summary: text.summary,
            annotations: if shows_findings(&check.face) { text.annotations } else { Vec::new() },
            actions: check.buttons(state).into_iter().map(action).collect(),
        };
        let repository = repository(state);
        let put = self.parts.github.put_check_run(&repository, &wanted);
        let check_run = put.await.map_err(errors::github)?;
        let unsure = check.check_run.is_none() && (context.maybe_done || context.attempt > 1);
        Ok(Event::CheckPublished { run, sha: sha.to_owned(), check_run, revision: check.revision, unsure })
    }
}

/// Annotations are appended by GitHub with each update; they go along once, with the first face that has findings.
const fn shows_findings(face: &Face) -> bool {
    matches!(face, Face::Reviewed { .. } | Face::NeedsDecision { .. } | Face::Stopped { .. })
}

fn check_state(check: &Check, policy: &domain::policy::Policy) -> api::CheckState {
    match (check.face.conclusion(policy), &check.face) {
        (None, Face::Queued) => api::CheckState::Queued,
        (None, _) => api::CheckState::InProgress,
        (Some(conclusion), _) => api::CheckState::Completed(match conclusion {
            Conclusion::Success => api::Conclusion::Success,
            Conclusion::Neutral => api::Conclusion::Neutral,
            Conclusion::Failure => api::Conclusion::Failure,
            Conclusion::ActionRequired => api::Conclusion::ActionRequired,
            Conclusion::Skipped => api::Conclusion::Skipped,
            Conclusion::Cancelled => api::Conclusion::Cancelled,
        }),
    }
}

fn action(button: domain::pull_request::Button) -> api::CheckAction {
    let domain::pull_request::Button { label, description, identifier } = button;
    api::CheckAction { label: label.into(), description, identifier }
}
