//! Reviews: created pending with our marker, then submitted; looked for before either.

use super::{App, client::Call, diff_lines::DiffLines, limits, pages, route};
use crate::api::{InlineComment, PublishedReview, Purpose, Repository, Review};
use crate::error::Error;
use crate::marker;
use serde::Deserialize;
use serde_json::{Value, json};

/// Pages of reviews that are looked through: a pull request with a thousand reviews is past saving.
const REVIEW_PAGES_MAX: usize = 10;

#[derive(Deserialize)]
struct Existing {
    id: u64,
    #[serde(default)]
    user: Option<User>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    state: String,
}

#[derive(Deserialize)]
pub(super) struct User {
    #[serde(default)]
    pub login: String,
}

impl Existing {
    fn is_pending(&self) -> bool {
        self.state.eq_ignore_ascii_case("pending")
    }
}

impl App {
    pub(super) async fn bring_review_about(
        &self,
        repository: &Repository,
        number: u64,
        review: &Review,
    ) -> Result<PublishedReview, Error> {
        let ours = self.own_reviews(repository, number).await?;
        let marked = |it: &&Existing| marker::carries(it.body.as_deref().unwrap_or_default(), &review.marker);
        if let Some(found) = ours.iter().filter(marked).find(|it| !it.is_pending()) {
            return self.published(repository, number, found.id).await;
        }
        if let Some(found) = ours.iter().find(|it| it.is_pending()) {
            if marked(&found) {
                self.submit(repository, number, found.id).await?;
                return self.published(repository, number, found.id).await;
            }
            // A user has one pending review at a time. This one was left by a run that nobody waits for any more.
            let rest = format!("/pulls/{number}/reviews/{}", found.id);
            self.publish(repository, &Call::delete(route::repository(repository, &rest))).await?;
        }
        let (id, comments) = self.create_pending(repository, number, review).await?;
        self.submit(repository, number, id).await?;
        Ok(PublishedReview { id, comments })
    }

    async fn own_reviews(&self, repository: &Repository, number: u64) -> Result<Vec<Existing>, Error> {
        let login = &self.whoami().await?.login;
        let route = route::repository(repository, &format!("/pulls/{number}/reviews"));
        let reviews: Vec<Existing> = self.list(repository, Purpose::Publish, &route, REVIEW_PAGES_MAX).await?;
        Ok(reviews.into_iter().filter(|it| it.user.as_ref().is_some_and(|user| user.login == *login)).collect())
    }

    async fn published(&self, repository: &Repository, number: u64, id: u64) -> Result<PublishedReview, Error> {
        let route = route::repository(repository, &format!("/pulls/{number}/reviews/{id}/comments"));
        let comments: Vec<serde::de::IgnoredAny> = self.list(repository, Purpose::Publish, &route, 1).await?;
        Ok(PublishedReview { id, comments: u32::try_from(comments.len()).unwrap_or(u32::MAX) })
    }

    async fn submit(&self, repository: &Repository, number: u64, id: u64) -> Result<(), Error> {
        let rest = format!("/pulls/{number}/reviews/{id}/events");
        let call = Call::create(route::repository(repository, &rest), json!({ "event": "COMMENT" }));
        self.publish(repository, &call).await.map(|_| ())
    }

    /// Comments outside the diff go into the body. If GitHub refuses a line all the same (the diff moved meanwhile),
    /// all of them do: a review without inline comments is better than none.
    async fn create_pending(&self, repository: &Repository, number: u64, review: &Review) -> Result<(u64, u32), Error> {
        let lines =
            if review.comments.is_empty() { DiffLines::default() } else { self.diff_lines(repository, number).await? };
        let (inline, outside): (Vec<_>, Vec<_>) = review.comments.iter().partition(|comment| lines.take(comment));
        match self.try_create(repository, number, review, &inline, &outside).await {
            Err(Error::Permanent { status: Some(422), .. }) if !inline.is_empty() => {
                let all: Vec<_> = review.comments.iter().collect();
                self.try_create(repository, number, review, &[], &all).await
            }
            other => other,
        }
    }

    async fn try_create(
        &self,
        repository: &Repository,
        number: u64,
        review: &Review,
        inline: &[&InlineComment],
        outside: &[&InlineComment],
    ) -> Result<(u64, u32), Error> {
        let body = json!({
            "commit_id": review.head_sha,
            "body": with_marker(&with_comments(&review.body, outside), &review.marker),
            "comments": inline.iter().map(|comment| comment_body(comment)).collect::<Vec<_>>(),
        });
        let call = Call::create(route::repository(repository, &format!("/pulls/{number}/reviews")), body);
        let created: Existing = self.publish(repository, &call).await?.json()?;
        Ok((created.id, u32::try_from(inline.len()).unwrap_or(u32::MAX).min(pages::PER_PAGE as u32)))
    }
}

fn comment_body(comment: &InlineComment) -> Value {
    let mut body = json!({
        "path": comment.path,
        "line": comment.line,
        "side": "RIGHT",
        "body": if comment.marker.is_empty() {
            limits::fit(&comment.body, limits::BODY_CHARS_MAX)
        } else {
            with_marker(&comment.body, &comment.marker)
        },
    });
    if let Some(start) = comment.start_line.filter(|start| *start < comment.line) {
        body["start_line"] = json!(start);
        body["start_side"] = json!("RIGHT");
    }
    body
}

/// The body with what could not be said at its line.
fn with_comments(body: &str, outside: &[&InlineComment]) -> String {
    let mut text = body.to_owned();
    for comment in outside {
        let place = crate::encoder::code(&format!("{}:{}", comment.path, comment.line));
        text.push_str(&format!("\n\n{place}\n{}", comment.body));
    }
    text
}

/// The marker is the last line and is never cut.
pub(super) fn with_marker(body: &str, marker: &str) -> String {
    let room = limits::BODY_CHARS_MAX.saturating_sub(marker.chars().count() + 2);
    marker::append(&limits::fit(body, room), marker)
}
