//! Comments at lines, alone and in threads.

use super::{
    Api, Input, Refusal,
    caller::Need,
    issue_comments::body,
    places::{self, Found},
    reviews::{add_comment, publish},
};
use crate::github::{
    git::diff::Diff,
    hub::{Change, Hub},
    views::{self, View},
    world::{Fact, PullRequest, Repository, Review, ReviewComment, ReviewState, World},
};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde_json::Value;

const READ: Need = Need::read(&["pull_requests"]);
const WRITE: Need = Need::write(&["pull_requests"]);
const RESOURCE: &str = "PullRequestReviewComment";

pub fn routes() -> Router<Hub> {
    Router::new()
        .route("/repos/{owner}/{name}/pulls/{number}/comments", get(list).post(create))
        .route("/repos/{owner}/{name}/pulls/{number}/comments/{id}/replies", post(reply))
        .route("/repos/{owner}/{name}/pulls/comments/{id}", get(one).patch(update).delete(remove))
}

fn visible(world: &World, comment: &ReviewComment, login: &str) -> bool {
    comment.user == login
        || world.reviews.get(&comment.review).is_none_or(|review| review.state != ReviewState::Pending)
}

async fn list(api: Api, Path((owner, name, number)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    api.pull(&world, &repo, number)?;
    let view = View::new(&api.hub, &world);
    let of_pull = world
        .review_comments
        .values()
        .filter(|it| it.repository == repo.id && it.number == number && visible(&world, it, &api.call.actor));
    Ok(api.page(of_pull.map(|it| views::review_comment(view, it, &repo)).collect()).answer_items())
}

async fn create(
    api: Api,
    Path((owner, name, number)): Path<(String, String, u64)>,
    input: Input,
) -> Result<Response, Refusal> {
    if let Some(parent) = input.number("in_reply_to") {
        return reply(api, Path((owner, name, number, parent)), input).await;
    }
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let pull = api.pull(&change, &repo, number)?;
    let body = body(&input, RESOURCE)?;
    let commit = input.required(RESOURCE, "commit_id")?.to_string();
    if api.hub.git().commit_info(&repo, &commit).await?.is_none() {
        return Err(Refusal::invalid(RESOURCE, "commit_id", "commit_id is not part of the pull request"));
    }
    let diff = api.hub.diff(&repo, &pull.base_sha, &commit).await?;
    let place = places::find(&diff, &input.0)?;
    let comment = say(&mut change, &repo, &pull, &api.call.actor, &commit, place, body, None);
    let value = views::review_comment(View::new(&api.hub, &change), &comment, &repo);
    change.commit("review_comment.created")?;
    Ok((StatusCode::CREATED, Json(value)).into_response())
}

async fn reply(
    api: Api,
    Path((owner, name, number, id)): Path<(String, String, u64, u64)>,
    input: Input,
) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let pull = api.pull(&change, &repo, number)?;
    let comment = answer_thread(&mut change, &repo, &pull, &api.call.actor, id, body(&input, RESOURCE)?)?;
    let value = views::review_comment(View::new(&api.hub, &change), &comment, &repo);
    change.commit("review_comment.created")?;
    Ok((StatusCode::CREATED, Json(value)).into_response())
}

/// Begins a thread at a place of the head.
pub fn begin_thread(
    change: &mut Change<'_>,
    repo: &Repository,
    pull: &PullRequest,
    login: &str,
    (diff, at): (&Diff, &Value),
    body: String,
) -> Result<ReviewComment, Refusal> {
    let place = places::find(diff, at)?;
    Ok(say(change, repo, pull, login, &pull.head_sha, place, body, None))
}

/// Answers the thread that `id` began.
pub fn answer_thread(
    change: &mut Change<'_>,
    repo: &Repository,
    pull: &PullRequest,
    login: &str,
    id: u64,
    body: String,
) -> Result<ReviewComment, Refusal> {
    let parent = find(change, repo, id)?;
    if parent.number != pull.number || parent.in_reply_to.is_some() {
        return Err(Refusal::not_found());
    }
    let place = Found {
        path: parent.path,
        line: parent.line,
        side: parent.side,
        start_line: parent.start_line,
        start_side: parent.start_side,
        position: parent.position,
        diff_hunk: parent.diff_hunk,
    };
    Ok(say(change, repo, pull, login, &parent.commit_id, place, body, Some(id)))
}

/// A comment alone is a review of its own, submitted at once: so GitHub keeps it.
#[expect(clippy::too_many_arguments, reason = "each is one fact about the comment, and it has one caller per route")]
fn say(
    change: &mut Change<'_>,
    repo: &Repository,
    pull: &PullRequest,
    login: &str,
    commit: &str,
    place: Found,
    body: String,
    in_reply_to: Option<u64>,
) -> ReviewComment {
    let mut review = Review {
        id: change.next_id(),
        repository: repo.id,
        number: pull.number,
        user: login.to_string(),
        body: String::new(),
        state: ReviewState::Pending,
        commit_id: commit.to_string(),
        created_at: change.hub().now(),
        submitted_at: None,
    };
    change.put(Fact::Review(review.clone()));
    let comment = add_comment(change, &review, place, body, in_reply_to);
    publish(change, repo, pull, &mut review, ReviewState::Commented);
    comment
}

async fn one(api: Api, Path((owner, name, id)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let it = find(&world, &repo, id)?;
    Ok(Json(views::review_comment(View::new(&api.hub, &world), &it, &repo)).into_response())
}

async fn update(
    api: Api,
    Path((owner, name, id)): Path<(String, String, u64)>,
    input: Input,
) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let mut comment = find(&change, &repo, id)?;
    comment.body = body(&input, RESOURCE)?;
    comment.updated_at = api.hub.now();
    change.put(Fact::ReviewComment(comment.clone()));
    let value = views::review_comment(View::new(&api.hub, &change), &comment, &repo);
    change.commit("review_comment.edited")?;
    Ok(Json(value).into_response())
}

async fn remove(api: Api, Path((owner, name, id)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    find(&change, &repo, id)?;
    change.put(Fact::ReviewCommentGone(id));
    change.commit("review_comment.deleted")?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn find(world: &World, repo: &Repository, id: u64) -> Result<ReviewComment, Refusal> {
    world.review_comments.get(&id).filter(|it| it.repository == repo.id).cloned().ok_or_else(Refusal::not_found)
}
