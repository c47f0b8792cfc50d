use super::{Context, PullRequestExecutor, errors};
use crate::parts::repository;
use domain::{
    people::Via,
    pull_request::{Event, ReplyText},
};
use engine::ActionError;
use github::{api::Comment, render};

impl PullRequestExecutor {
    pub(super) async fn reply(
        &self,
        context: &Context,
        key: &str,
        to: &Via,
        text: &ReplyText,
    ) -> Result<Event, ActionError> {
        let state = &*context.state;
        let view = self.reply_view(context, text).await?;
        let in_reply_to = match to {
            Via::ReviewComment { comment, .. } => Some(*comment),
            Via::Button { .. } | Via::Comment { .. } | Via::Rerun | Via::Operator => None,
        };
        let marker = self.parts.markers.make(&format!("reply:{}:{key}", context.workflow));
        let _alone = self.saying.begin(&marker)?;
        let comment = Comment { body: render::reply(&view), marker, in_reply_to };
        let repository = repository(state);
        let put = self.parts.github.put_comment(&repository, state.pr.number, &comment);
        put.await.map_err(errors::github)?;
        Ok(Event::Replied { key: key.to_owned() })
    }
}
