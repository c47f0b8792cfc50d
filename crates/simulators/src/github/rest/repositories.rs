//! Repositories, their branches, and what people may do in them.

use super::{Api, Refusal, caller::Need};
use crate::github::{
    hub::Hub,
    views::{self, View},
    world::Role,
};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use serde_json::json;

pub fn routes() -> Router<Hub> {
    Router::new()
        .route("/repos/{owner}/{name}", get(repository))
        .route("/repos/{owner}/{name}/branches/{*branch}", get(branch))
        .route("/repos/{owner}/{name}/collaborators/{login}", get(collaborator))
        .route("/repos/{owner}/{name}/collaborators/{login}/permission", get(permission))
}

async fn repository(api: Api, Path((owner, name)): Path<(String, String)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let it = api.repository(&world, (&owner, &name), Need::read(&["metadata"]))?;
    Ok(Json(views::repository(View::new(&api.hub, &world), &it)).into_response())
}

async fn branch(api: Api, Path((owner, name, branch)): Path<(String, String, String)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let it = api.repository(&world, (&owner, &name), Need::read(&["contents"]))?;
    let sha = it.branches.get(&branch).ok_or_else(|| Refusal::absent("Branch not found"))?;
    let commit = api.hub.git().commit_info(&it, sha).await?.ok_or_else(Refusal::not_found)?;
    let view = View::new(&api.hub, &world);
    let url = format!("{}/repos/{}/branches/{branch}", view.base, it.full_name());
    let html = format!("{}/{}/tree/{branch}", view.base, it.full_name());
    let protected = it.protected.contains(&branch);
    Ok(Json(json!({
        "name": branch,
        "commit": views::commit(view, &it, &commit),
        "_links": { "html": html, "self": url },
        "protected": protected,
        "protection": {
            "enabled": protected,
            "required_status_checks": { "enforcement_level": "off", "contexts": [], "checks": [] },
        },
        "protection_url": format!("{url}/protection"),
    }))
    .into_response())
}

async fn collaborator(
    api: Api,
    Path((owner, name, login)): Path<(String, String, String)>,
) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let it = api.repository(&world, (&owner, &name), Need::read(&["metadata"]))?;
    let known = it.roles.get(&login.to_lowercase()).is_some_and(|role| *role > Role::None);
    if known { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(Refusal::not_found()) }
}

async fn permission(api: Api, Path((owner, name, login)): Path<(String, String, String)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let it = api.repository(&world, (&owner, &name), Need::read(&["metadata"]))?;
    let user = world.users.get(&login.to_lowercase());
    let user = user.ok_or_else(|| Refusal::absent(&format!("{login} is not a user")))?;
    let role = it.role(&login);
    let mut shown = views::user_of(View::new(&api.hub, &world), user);
    shown["role_name"] = json!(role.name());
    shown["permissions"] = json!({
        "pull": role >= Role::Read,
        "triage": role >= Role::Triage,
        "push": role >= Role::Write,
        "maintain": role >= Role::Maintain,
        "admin": role >= Role::Admin,
    });
    Ok(Json(json!({ "permission": role.coarse(), "role_name": role.name(), "user": shown })).into_response())
}
