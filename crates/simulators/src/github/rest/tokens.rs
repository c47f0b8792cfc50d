//! Installation tokens: for some repositories and some permissions, for an hour.

use super::{Api, Input, Refusal, caller::digest};
use crate::github::{
    hub::Hub,
    views::{self, View, iso},
    world::{Fact, Installation, Token, World},
};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::post,
};
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const LIFE_MS: u64 = 3_600_000;
/// GitHub takes at most this many repositories in one request.
const REPOSITORIES_MAX: usize = 500;
/// Since 2026 tokens are about this long, with dots and underscores; a client must not assume forty characters.
const TOKEN_LENGTH: usize = 520;

pub fn routes() -> Router<Hub> {
    Router::new().route("/app/installations/{id}/access_tokens", post(mint))
}

async fn mint(api: Api, Path(id): Path<u64>, input: Input) -> Result<Response, Refusal> {
    api.must_be_app()?;
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let installation = change.installations.get(&id).filter(|it| !it.deleted).ok_or_else(Refusal::not_found)?.clone();
    if installation.suspended_at.is_some() {
        return Err(Refusal::forbidden("This installation has been suspended"));
    }
    let repositories = repositories(&change, &installation, &input)?;
    let permissions = permissions(&installation, &input)?;
    let secret = secret(&api.hub);
    let token = Token {
        sha256: digest(&secret),
        installation: id,
        repositories: repositories.clone(),
        permissions: permissions.clone(),
        expires_at: api.hub.now().plus_millis(LIFE_MS),
    };
    let mut body = json!({
        "token": secret,
        "expires_at": iso(token.expires_at),
        "permissions": permissions,
        "repository_selection": "selected",
    });
    if let Some(some) = repositories {
        let view = View::new(&api.hub, &change);
        let named = some.iter().filter_map(|id| view.world.repositories.get(id));
        body["repositories"] = named.map(|it| views::repository(view, it)).collect();
    }
    change.put(Fact::Token(token));
    change.commit("token.minted")?;
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

fn repositories(world: &World, installation: &Installation, input: &Input) -> Result<Option<BTreeSet<u64>>, Refusal> {
    let (ids, names) = (input.list("repository_ids"), input.list("repositories"));
    if ids.len() + names.len() > REPOSITORIES_MAX {
        return Err(Refusal::unprocessable("There are too many repositories; at most 500 can be named."));
    }
    if ids.is_empty() && names.is_empty() {
        return Ok(None);
    }
    let absent = || {
        Refusal::unprocessable(
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    };
    let by_id = ids.iter().map(Value::as_u64);
    let by_name = names.iter().map(|name| {
        let name = name.as_str().unwrap_or_default();
        world.repository(&installation.account, name).map(|it| it.id)
    });
    let wanted: Option<BTreeSet<u64>> = by_id.chain(by_name).collect();
    wanted.filter(|wanted| wanted.is_subset(&installation.repositories)).map(Some).ok_or_else(absent)
}

fn permissions(installation: &Installation, input: &Input) -> Result<BTreeMap<String, String>, Refusal> {
    let Some(asked) = input.0.get("permissions").and_then(Value::as_object).filter(|it| !it.is_empty()) else {
        return Ok(installation.permissions.clone());
    };
    let mut given = BTreeMap::from([("metadata".to_string(), "read".to_string())]);
    for (name, level) in asked {
        let level = level.as_str().unwrap_or_default();
        let granted = installation.permissions.get(name).map(String::as_str);
        let fits = matches!((granted, level), (Some("admin" | "write"), "read" | "write") | (Some("read"), "read"));
        if !fits {
            return Err(Refusal::unprocessable("The permissions requested are not granted to this installation."));
        }
        given.insert(name.clone(), level.to_string());
    }
    Ok(given)
}

fn secret(hub: &Hub) -> String {
    let mut secret = hub.options().token_prefix();
    while secret.len() < TOKEN_LENGTH {
        secret += &hub.environment().random_id();
        secret.push('.');
    }
    secret.truncate(TOKEN_LENGTH);
    secret
}
