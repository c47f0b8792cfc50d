//! Reactions: a second one of the same kind by the same account is the first one.

use super::{Api, Input, Refusal, caller::Need};
use crate::github::{
    hub::Hub,
    views::{self, REACTIONS, View},
    world::{Fact, Reaction, Repository, Subject, World},
};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::{delete, get},
};
use http::StatusCode;

const READ: Need = Need::read(&["issues", "pull_requests"]);
const WRITE: Need = Need::write(&["issues", "pull_requests"]);

pub fn routes() -> Router<Hub> {
    let mut router = Router::new();
    for (path, kind) in [
        ("issues/{id}", Kind::Pull),
        ("issues/comments/{id}", Kind::Comment),
        ("pulls/comments/{id}", Kind::ReviewComment),
    ] {
        let base = format!("/repos/{{owner}}/{{name}}/{path}/reactions");
        router = router
            .route(
                &base,
                get(move |api, path| list(kind, api, path))
                    .post(move |api, path, input| create(kind, api, path, input)),
            )
            .route(&format!("{base}/{{reaction}}"), delete(remove));
    }
    router
}

#[derive(Clone, Copy)]
enum Kind {
    Pull,
    Comment,
    ReviewComment,
}

fn subject(kind: Kind, world: &World, repo: &Repository, id: u64) -> Result<Subject, Refusal> {
    let (there, subject) = match kind {
        Kind::Pull => (world.pulls.contains_key(&(repo.id, id)), Subject::Pull(repo.id, id)),
        Kind::Comment => (world.comments.get(&id).is_some_and(|it| it.repository == repo.id), Subject::Comment(id)),
        Kind::ReviewComment => {
            (world.review_comments.get(&id).is_some_and(|it| it.repository == repo.id), Subject::ReviewComment(id))
        }
    };
    if there { Ok(subject) } else { Err(Refusal::not_found()) }
}

async fn list(kind: Kind, api: Api, Path((owner, name, id)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let subject = subject(kind, &world, &repo, id)?;
    let view = View::new(&api.hub, &world);
    let given = world.reactions.values().filter(|it| it.subject == subject);
    Ok(api.page(given.map(|it| views::reaction(view, it)).collect()).answer_items())
}

async fn create(
    kind: Kind,
    api: Api,
    Path((owner, name, id)): Path<(String, String, u64)>,
    input: Input,
) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let subject = subject(kind, &change, &repo, id)?;
    let content = input.required("Reaction", "content")?;
    if !REACTIONS.contains(&content) {
        return Err(Refusal::invalid("Reaction", "content", format!("{content} is not a reaction")));
    }
    let same = |it: &&Reaction| it.subject == subject && it.content == content && it.user == api.call.actor;
    if let Some(given) = change.reactions.values().find(same) {
        return Ok(Json(views::reaction(View::new(&api.hub, &change), given)).into_response());
    }
    let reaction = Reaction {
        id: change.next_id(),
        subject,
        user: api.call.actor.clone(),
        content: content.to_string(),
        created_at: api.hub.now(),
    };
    change.put(Fact::Reaction(reaction.clone()));
    let value = views::reaction(View::new(&api.hub, &change), &reaction);
    change.commit("reaction.created")?;
    Ok((StatusCode::CREATED, Json(value)).into_response())
}

async fn remove(
    api: Api,
    Path((owner, name, _, reaction)): Path<(String, String, u64, u64)>,
) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    api.repository(&change, (&owner, &name), WRITE)?;
    if !change.reactions.contains_key(&reaction) {
        return Err(Refusal::not_found());
    }
    change.put(Fact::ReactionGone(reaction));
    change.commit("reaction.deleted")?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
