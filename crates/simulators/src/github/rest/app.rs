//! The App itself, and its installations.

use super::{Api, Caller, Refusal, caller::Need};
use crate::github::{
    hub::Hub,
    views::{self, View},
    world::{Fact, Installation},
};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::{delete, get},
};
use http::StatusCode;
use serde_json::json;

pub fn routes() -> Router<Hub> {
    Router::new()
        .route("/app", get(app))
        .route("/app/installations", get(installations))
        .route("/app/installations/{id}", get(installation))
        .route("/repos/{owner}/{name}/installation", get(installation_of_repository))
        .route("/installation/repositories", get(repositories))
        .route("/installation/token", delete(revoke))
        .route("/users/{login}", get(user))
        .route("/rate_limit", get(rate_limit))
}

async fn app(api: Api) -> Result<Response, Refusal> {
    api.must_be_app()?;
    let world = api.hub.read().await;
    Ok(Json(views::app(View::new(&api.hub, &world))).into_response())
}

async fn installations(api: Api) -> Result<Response, Refusal> {
    api.must_be_app()?;
    let world = api.hub.read().await;
    let view = View::new(&api.hub, &world);
    let present = world.installations.values().filter(|it| !it.deleted);
    Ok(api.page(present.map(|it| views::installation(view, it)).collect()).answer_items())
}

async fn installation(api: Api, Path(id): Path<u64>) -> Result<Response, Refusal> {
    api.must_be_app()?;
    let world = api.hub.read().await;
    let it = world.installations.get(&id).filter(|it| !it.deleted).ok_or_else(Refusal::not_found)?;
    Ok(Json(views::installation(View::new(&api.hub, &world), it)).into_response())
}

async fn installation_of_repository(
    api: Api,
    Path((owner, name)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    api.must_be_app()?;
    let world = api.hub.read().await;
    let repository = world.repository(&owner, &name).ok_or_else(|| match world.moved_repository(&owner, &name) {
        Some(moved) => Refusal::moved(moved.id),
        None => Refusal::not_found(),
    })?;
    let it: &Installation = world.installation_of(repository.id).ok_or_else(Refusal::not_found)?;
    Ok(Json(views::installation(View::new(&api.hub, &world), it)).into_response())
}

async fn repositories(api: Api) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let view = View::new(&api.hub, &world);
    let reachable = world
        .repositories
        .values()
        .filter(|it| !it.deleted && api.repository(&world, (&it.owner, &it.name), Need::read(&["metadata"])).is_ok());
    let reachable: Vec<_> = reachable.map(|it| views::repository(view, it)).collect();
    let total = reachable.len();
    let page = api.page(reachable);
    let body = json!({ "total_count": total, "repository_selection": "selected", "repositories": page.items });
    Ok(page.answer(body))
}

async fn revoke(api: Api) -> Result<Response, Refusal> {
    let Caller::Installation(mut token) = api.caller.clone() else {
        return Err(Refusal::unauthorized("Bad credentials"));
    };
    let mut change = api.hub.change(Some(api.call.clone())).await;
    token.expires_at = api.hub.now();
    change.put(Fact::Token(token));
    change.commit("token.revoked")?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn user(api: Api, Path(login): Path<String>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let it = world.users.get(&login.to_lowercase()).ok_or_else(Refusal::not_found)?;
    let mut value = views::user_of(View::new(&api.hub, &world), it);
    let more = json!({
        "name": it.login, "company": null, "blog": "", "location": null, "email": null, "hireable": null, "bio": null,
        "twitter_username": null, "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    });
    if let (Some(value), serde_json::Value::Object(more)) = (value.as_object_mut(), more) {
        value.extend(more);
    }
    Ok(Json(value).into_response())
}

async fn rate_limit(api: Api) -> Result<Response, Refusal> {
    let remaining = api.hub.knobs().rate_limit_remaining.unwrap_or(5000);
    let reset = api.hub.now().as_millis() / 1000 + 3600;
    let core =
        json!({ "limit": 5000, "remaining": remaining, "used": 5000_u64.saturating_sub(remaining), "reset": reset });
    Ok(Json(json!({ "resources": { "core": core, "search": core }, "rate": core })).into_response())
}
