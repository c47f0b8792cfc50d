use super::{Context, PullRequestExecutor, errors};
use crate::parts::{Parts, repository_of};
use domain::{ids::PullRequestRef, people::Via, pull_request::Event};
use engine::ActionError;
use github::api::{CommentId, Reaction};

impl PullRequestExecutor {
    pub(super) async fn react(&self, context: &Context, ask: &str, to: &Via) -> Result<Event, ActionError> {
        show_seen(&self.parts, &context.state.pr, to).await?;
        Ok(Event::Reacted { ask: ask.to_owned() })
    }
}

/// 👀 on the comment that was taken in.
pub(super) async fn show_seen(parts: &Parts, pr: &PullRequestRef, to: &Via) -> Result<(), ActionError> {
    let comment = match to {
        Via::Comment { comment } => CommentId::Conversation(*comment),
        Via::ReviewComment { comment, itself } => CommentId::Review(itself.unwrap_or(*comment)),
        Via::Button { .. } | Via::Rerun | Via::Operator => return Ok(()),
    };
    parts.github.react(&repository_of(pr), comment, Reaction::Eyes).await.map_err(errors::github)
}
