use super::{Context, PullRequestExecutor, errors};
use crate::parts::repository;
use domain::{people::Via, pull_request::Event};
use engine::ActionError;
use github::api::{CommentId, Reaction};

impl PullRequestExecutor {
    /// 👀 on the comment that was taken in.
    pub(super) async fn react(&self, context: &Context, ask: &str, to: &Via) -> Result<Event, ActionError> {
        let comment = match to {
            Via::Comment { comment } => Some(CommentId::Conversation(*comment)),
            Via::ReviewComment { comment, itself } => Some(CommentId::Review(itself.unwrap_or(*comment))),
            Via::Button { .. } | Via::Rerun | Via::Operator => None,
        };
        if let Some(comment) = comment {
            let repository = repository(&context.state);
            self.parts.github.react(&repository, comment, Reaction::Eyes).await.map_err(errors::github)?;
        }
        Ok(Event::Reacted { ask: ask.to_owned() })
    }
}
