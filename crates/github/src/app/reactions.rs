//! Reactions: a second one of the same kind by the same account is the first one, so they may be sent again.

use super::{App, client::Call, route};
use crate::api::{CommentId, Reaction, Repository};
use crate::error::Error;
use serde_json::json;

impl App {
    pub(super) async fn show_reaction(
        &self,
        repository: &Repository,
        comment: CommentId,
        reaction: Reaction,
    ) -> Result<(), Error> {
        let rest = match comment {
            CommentId::Conversation(id) => format!("/issues/comments/{id}/reactions"),
            CommentId::Review(id) => format!("/pulls/comments/{id}/reactions"),
        };
        let call = Call::prompt(route::repository(repository, &rest), json!({ "content": reaction.name() }));
        self.publish(repository, &call).await.map(|_| ())
    }
}
