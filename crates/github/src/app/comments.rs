//! Comments: one per marker, its body brought up to date or left as it was written.

use super::{
    App,
    client::Call,
    reviews::{User, with_marker},
    route,
};
use crate::api::{Comment, Purpose, Repository};
use crate::error::Error;
use crate::marker;
use serde::Deserialize;
use serde_json::json;

/// Pages of comments that are looked through, from the newest.
const COMMENT_PAGES_MAX: usize = 10;

/// What becomes of a comment that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    BroughtUpToDate,
    Left,
}

#[derive(Deserialize)]
struct Found {
    id: u64,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    user: Option<User>,
    #[serde(default)]
    in_reply_to_id: Option<u64>,
}

impl App {
    pub(super) async fn bring_comment_about(
        &self,
        repository: &Repository,
        number: u64,
        comment: &Comment,
        existing: Existing,
    ) -> Result<u64, Error> {
        // Where the comments are listed, where one of them is changed, and where one is made.
        let (list, change, create) = match comment.in_reply_to {
            None => {
                let list = format!("/issues/{number}/comments");
                (list.clone(), "/issues/comments", list)
            }
            Some(thread) => (
                format!("/pulls/{number}/comments"),
                "/pulls/comments",
                format!("/pulls/{number}/comments/{thread}/replies"),
            ),
        };
        let body = with_marker(&comment.body, &comment.marker);
        let Some(found) = self.find_comment(repository, &list, comment).await? else {
            let call = Call::create(route::repository(repository, &create), json!({ "body": body }));
            return Ok(self.publish(repository, &call).await?.json::<Found>()?.id);
        };
        if existing == Existing::BroughtUpToDate && found.body.as_deref() != Some(body.as_str()) {
            let route = route::repository(repository, &format!("{change}/{}", found.id));
            self.publish(repository, &Call::update(route, json!({ "body": body }))).await?;
        }
        Ok(found.id)
    }

    async fn find_comment(
        &self,
        repository: &Repository,
        list: &str,
        comment: &Comment,
    ) -> Result<Option<Found>, Error> {
        let login = &self.whoami().await?.login;
        let route = route::repository(repository, list);
        let comments: Vec<Found> = self.list_newest(repository, Purpose::Publish, &route, COMMENT_PAGES_MAX).await?;
        Ok(comments.into_iter().find(|it| {
            it.user.as_ref().is_some_and(|user| user.login == *login)
                && it.in_reply_to_id == comment.in_reply_to
                && marker::carries(it.body.as_deref().unwrap_or_default(), &comment.marker)
        }))
    }
}
