//! The conversation of a pull request, which GitHub keeps with issues.

use super::{Api, Input, Refusal, caller::Need};
use crate::github::{
    hub::Hub,
    views::{self, View},
    webhook,
    world::{Comment, Fact, Repository, World},
};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;

const READ: Need = Need::read(&["issues", "pull_requests"]);
const WRITE: Need = Need::write(&["issues", "pull_requests"]);
/// GitHub's limit, in characters, for the body of any comment.
pub const BODY_MAX: usize = 65_536;

pub fn routes() -> Router<Hub> {
    Router::new()
        .route("/repos/{owner}/{name}/issues/{number}", get(issue))
        .route("/repos/{owner}/{name}/issues/{number}/comments", get(list).post(create))
        .route("/repos/{owner}/{name}/issues/comments/{id}", get(one).patch(update).delete(remove))
}

/// A body that GitHub takes.
pub fn body(input: &Input, resource: &str) -> Result<String, Refusal> {
    let body = input.required(resource, "body")?;
    if body.trim().is_empty() {
        return Err(Refusal::invalid(resource, "body", "Body cannot be blank"));
    }
    not_too_long(body, resource)?;
    Ok(body.to_string())
}

/// Refuses a text over GitHub's limit.
pub fn not_too_long(body: &str, resource: &str) -> Result<(), Refusal> {
    if body.chars().count() > BODY_MAX {
        return Err(Refusal::invalid(resource, "data", format!("Body is too long (maximum is {BODY_MAX} characters)")));
    }
    Ok(())
}

async fn issue(api: Api, Path((owner, name, number)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let it = api.pull(&world, &repo, number)?;
    Ok(Json(views::issue(View::new(&api.hub, &world), &it, &repo)).into_response())
}

async fn list(api: Api, Path((owner, name, number)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    api.pull(&world, &repo, number)?;
    let view = View::new(&api.hub, &world);
    let of_pull = world.comments.values().filter(|it| it.repository == repo.id && it.number == number);
    Ok(api.page(of_pull.map(|it| views::comment(view, it, &repo)).collect()).answer_items())
}

async fn create(
    api: Api,
    Path((owner, name, number)): Path<(String, String, u64)>,
    input: Input,
) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let pull = api.pull(&change, &repo, number)?;
    let body = body(&input, "IssueComment")?;
    let now = api.hub.now();
    let comment = Comment {
        id: change.next_id(),
        repository: repo.id,
        number,
        user: api.call.actor.clone(),
        via_app: true,
        body,
        created_at: now,
        updated_at: now,
    };
    change.put(Fact::Comment(comment.clone()));
    let value = views::comment(View::new(&api.hub, &change), &comment, &repo);
    webhook::issue_comment(&mut change, &repo, &pull, &comment);
    change.commit("comment.created")?;
    Ok((StatusCode::CREATED, Json(value)).into_response())
}

async fn one(api: Api, Path((owner, name, id)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let it = find(&world, &repo, id)?;
    Ok(Json(views::comment(View::new(&api.hub, &world), &it, &repo)).into_response())
}

async fn update(
    api: Api,
    Path((owner, name, id)): Path<(String, String, u64)>,
    input: Input,
) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let mut comment = find(&change, &repo, id)?;
    if comment.user != api.call.actor {
        return Err(Refusal::forbidden("Resource not accessible by integration"));
    }
    comment.body = body(&input, "IssueComment")?;
    comment.updated_at = api.hub.now();
    change.put(Fact::Comment(comment.clone()));
    let value = views::comment(View::new(&api.hub, &change), &comment, &repo);
    change.commit("comment.edited")?;
    Ok(Json(value).into_response())
}

async fn remove(api: Api, Path((owner, name, id)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    find(&change, &repo, id)?;
    change.put(Fact::CommentGone(id));
    change.commit("comment.deleted")?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn find(world: &World, repo: &Repository, id: u64) -> Result<Comment, Refusal> {
    world.comments.get(&id).filter(|it| it.repository == repo.id).cloned().ok_or_else(Refusal::not_found)
}
