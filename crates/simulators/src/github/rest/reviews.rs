//! Reviews: pending until they are submitted, one pending per user.

use super::{
    Api, Input, Refusal,
    caller::Need,
    issue_comments::not_too_long,
    places::{self, Found},
};
use crate::github::{
    hub::{Change, Hub},
    views::{self, View},
    webhook,
    world::{Fact, PullRequest, Repository, Review, ReviewComment, ReviewState, World},
};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;

const READ: Need = Need::read(&["pull_requests"]);
const WRITE: Need = Need::write(&["pull_requests"]);
const RESOURCE: &str = "PullRequestReview";

pub fn routes() -> Router<Hub> {
    let base = "/repos/{owner}/{name}/pulls/{number}/reviews";
    Router::new()
        .route(base, get(list).post(create))
        .route(&format!("{base}/{{id}}"), get(one).put(update).delete(remove))
        .route(&format!("{base}/{{id}}/comments"), get(comments))
        .route(&format!("{base}/{{id}}/events"), post(submit))
}

type OfPull = Path<(String, String, u64)>;
type OfReview = Path<(String, String, u64, u64)>;

fn said(words: impl Into<String>) -> Refusal {
    Refusal::unprocessable(words).in_words()
}

/// A pending review is seen by its author alone.
fn visible(review: &Review, login: &str) -> bool {
    review.state != ReviewState::Pending || review.user == login
}

async fn list(api: Api, Path((owner, name, number)): OfPull) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    api.pull(&world, &repo, number)?;
    let view = View::new(&api.hub, &world);
    let of_pull = world
        .reviews
        .values()
        .filter(|it| it.repository == repo.id && it.number == number && visible(it, &api.call.actor));
    Ok(api.page(of_pull.map(|it| views::review(view, it, &repo)).collect()).answer_items())
}

async fn create(api: Api, Path((owner, name, number)): OfPull, input: Input) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let pull = api.pull(&change, &repo, number)?;
    let user = api.call.actor.clone();
    let pending = |it: &Review| {
        it.repository == repo.id && it.number == number && it.user == user && it.state == ReviewState::Pending
    };
    if change.reviews.values().any(pending) {
        return Err(said("User can only have one pending review per pull request"));
    }
    let state = wanted_state(&input, &pull, &user)?;
    let commit_id = input.text("commit_id").unwrap_or(&pull.head_sha).to_string();
    if api.hub.git().commit_info(&repo, &commit_id).await?.is_none() {
        return Err(said("The commit_id is not part of the pull request"));
    }
    let diff = api.hub.diff(&repo, &pull.base_sha, &commit_id).await?;
    let mut found = Vec::new();
    for comment in input.list("comments") {
        let body = comment["body"].as_str().filter(|it| !it.trim().is_empty());
        let body = body.ok_or_else(|| said("Body cannot be blank"))?;
        not_too_long(body, RESOURCE).map_err(Refusal::in_words)?;
        found.push((places::find(&diff, comment).map_err(Refusal::in_words)?, body.to_string()));
    }
    let now = api.hub.now();
    let mut review = Review {
        id: change.next_id(),
        repository: repo.id,
        number,
        user,
        body: input.text("body").unwrap_or_default().to_string(),
        state: ReviewState::Pending,
        commit_id,
        created_at: now,
        submitted_at: None,
    };
    not_too_long(&review.body, RESOURCE).map_err(Refusal::in_words)?;
    if state.is_some_and(needs_words) && review.body.trim().is_empty() && found.is_empty() {
        return Err(said("Body cannot be blank"));
    }
    change.put(Fact::Review(review.clone()));
    for (place, body) in found {
        add_comment(&mut change, &review, place, body, None);
    }
    let what = match state {
        None => "review.created",
        Some(state) => {
            publish(&mut change, &repo, &pull, &mut review, state);
            "review.submitted"
        }
    };
    let value = views::review(View::new(&api.hub, &change), &review, &repo);
    change.commit(what)?;
    Ok(Json(value).into_response())
}

/// Puts a comment at a place into a review.
pub fn add_comment(
    change: &mut Change<'_>,
    review: &Review,
    place: Found,
    body: String,
    in_reply_to: Option<u64>,
) -> ReviewComment {
    let now = change.hub().now();
    let comment = ReviewComment {
        id: change.next_id(),
        review: review.id,
        repository: review.repository,
        number: review.number,
        user: review.user.clone(),
        body,
        path: place.path,
        line: place.line,
        side: place.side,
        start_line: place.start_line,
        start_side: place.start_side,
        position: place.position,
        diff_hunk: place.diff_hunk,
        commit_id: review.commit_id.clone(),
        in_reply_to,
        created_at: now,
        updated_at: now,
    };
    change.put(Fact::ReviewComment(comment.clone()));
    comment
}

/// Submits a review; from now on everybody sees it.
pub fn publish(
    change: &mut Change<'_>,
    repo: &Repository,
    pull: &PullRequest,
    review: &mut Review,
    state: ReviewState,
) {
    review.state = state;
    review.submitted_at = Some(change.hub().now());
    change.put(Fact::Review(review.clone()));
    webhook::review_submitted(change, repo, pull, review);
    let comments: Vec<ReviewComment> = change.comments_of_review(review.id).into_iter().cloned().collect();
    for comment in &comments {
        webhook::review_comment(change, repo, pull, comment);
    }
}

fn wanted_state(input: &Input, pull: &PullRequest, user: &str) -> Result<Option<ReviewState>, Refusal> {
    let state = match input.text("event") {
        None | Some("PENDING" | "") => return Ok(None),
        Some("COMMENT") => ReviewState::Commented,
        Some("APPROVE") => ReviewState::Approved,
        Some("REQUEST_CHANGES") => ReviewState::ChangesRequested,
        Some(other) => {
            return Err(said(format!("{other} is not APPROVE, REQUEST_CHANGES or COMMENT")));
        }
    };
    if state != ReviewState::Commented && pull.author == user {
        return Err(said("Can not approve your own pull request"));
    }
    Ok(Some(state))
}

/// Only an approval may be silent.
fn needs_words(state: ReviewState) -> bool {
    state != ReviewState::Approved
}

fn find(world: &World, repo: &Repository, number: u64, id: u64, login: &str) -> Result<Review, Refusal> {
    let found = world.reviews.get(&id).filter(|it| it.repository == repo.id && it.number == number);
    found.filter(|it| visible(it, login)).cloned().ok_or_else(Refusal::not_found)
}

async fn one(api: Api, Path((owner, name, number, id)): OfReview) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let it = find(&world, &repo, number, id, &api.call.actor)?;
    Ok(Json(views::review(View::new(&api.hub, &world), &it, &repo)).into_response())
}

async fn comments(api: Api, Path((owner, name, number, id)): OfReview) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    find(&world, &repo, number, id, &api.call.actor)?;
    let view = View::new(&api.hub, &world);
    let of_review = world.comments_of_review(id).into_iter().map(|it| views::review_comment(view, it, &repo));
    Ok(api.page(of_review.collect::<Vec<Value>>()).answer_items())
}

async fn update(api: Api, Path((owner, name, number, id)): OfReview, input: Input) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let mut review = find(&change, &repo, number, id, &api.call.actor)?;
    review.body = input.required(RESOURCE, "body").map_err(Refusal::in_words)?.to_string();
    not_too_long(&review.body, RESOURCE).map_err(Refusal::in_words)?;
    change.put(Fact::Review(review.clone()));
    let value = views::review(View::new(&api.hub, &change), &review, &repo);
    change.commit("review.edited")?;
    Ok(Json(value).into_response())
}

async fn remove(api: Api, Path((owner, name, number, id)): OfReview) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let review = find(&change, &repo, number, id, &api.call.actor)?;
    if review.state != ReviewState::Pending {
        return Err(said("Can not delete a non-pending pull request review"));
    }
    let value = views::review(View::new(&api.hub, &change), &review, &repo);
    let comments: Vec<u64> = change.comments_of_review(id).iter().map(|it| it.id).collect();
    for comment in comments {
        change.put(Fact::ReviewCommentGone(comment));
    }
    change.put(Fact::ReviewGone(id));
    change.commit("review.deleted")?;
    Ok(Json(value).into_response())
}

async fn submit(api: Api, Path((owner, name, number, id)): OfReview, input: Input) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let pull = api.pull(&change, &repo, number)?;
    let mut review = find(&change, &repo, number, id, &api.call.actor)?;
    if review.state != ReviewState::Pending {
        return Err(said("Can not submit a review that was already submitted"));
    }
    let state = wanted_state(&input, &pull, &review.user)?.ok_or_else(|| said("Event is missing"))?;
    if let Some(body) = input.text("body") {
        not_too_long(body, RESOURCE).map_err(Refusal::in_words)?;
        review.body = body.to_string();
    }
    if needs_words(state) && review.body.trim().is_empty() && change.comments_of_review(id).is_empty() {
        return Err(said("Body cannot be blank"));
    }
    publish(&mut change, &repo, &pull, &mut review, state);
    let value = views::review(View::new(&api.hub, &change), &review, &repo);
    change.commit("review.submitted")?;
    Ok(Json(value).into_response())
}
