//! What every API call passes: the switches, ids for names, redirects of moved repositories, rate limit headers.

use super::{Refusal, refusal::MovedTo};
use crate::{
    github::{hub::Hub, knobs::Failure},
    listener::Lost,
};
use axum::{
    Router,
    body::Body,
    response::{IntoResponse, Response},
};
use environment::Timestamp;
use http::{HeaderValue, Request, StatusCode, Uri, header};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tower::ServiceExt;

/// GitHub's primary limit of an installation, per hour.
const CALLS_PER_HOUR: u64 = 5000;
const HOUR_MS: u64 = 3_600_000;
/// What somebody without a token is told, who has 60 calls per hour and address.
const ANONYMOUS_LIMIT: &str = "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests \
                               get a higher rate limit. Check out the documentation for more details.)";
/// Where GitHub Enterprise Server has its API; the same here, for clients that are configured so.
const ENTERPRISE_PREFIX: &str = "/api/v3";

/// Lets a request through to the routes, unless a switch says otherwise.
pub async fn through_the_gate(hub: &Hub, routes: Router, request: Request<Body>) -> Result<Response, Lost> {
    let mut request = request;
    let prefix = hub.options().prefix();
    if !prefix.is_empty() {
        let Some(path) = within(&prefix, request.uri().path()) else {
            return Ok(StatusCode::NOT_FOUND.into_response());
        };
        set_path(&mut request, &path);
    }
    if let Some(path) = request.uri().path().strip_prefix(ENTERPRISE_PREFIX).map(str::to_string) {
        set_path(&mut request, &path);
    }
    let path = request.uri().path().to_string();
    if !is_api(&path) {
        return Ok(routes.oneshot(request).await.unwrap_or_else(|never| match never {}));
    }
    if hub.read().await.is_broken() {
        return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    let (latency_ms, failure) = {
        let mut knobs = hub.knobs();
        (knobs.latency_ms, knobs.take_failure(request.method().as_str(), &path))
    };
    if latency_ms > 0 {
        hub.environment().sleep(Duration::from_millis(latency_ms)).await;
    }
    match &failure {
        Some(Failure::NotDone) => return Err(Lost),
        Some(Failure::Status { status, retry_after }) => return Ok(refused_by_switch(hub, *status, *retry_after)),
        Some(Failure::AnswerLost) | None => {}
    }
    let anonymous = !request.headers().contains_key(header::AUTHORIZATION);
    let Some(remaining) = take_from_limit(hub) else {
        let whose = if anonymous { ANONYMOUS_LIMIT } else { "API rate limit exceeded for installation." };
        let mut response = Refusal::forbidden(whose).into_response();
        limit_headers(hub.now(), 0, &mut response);
        return Ok(response);
    };
    if let Some(response) = name_for_id(hub, &mut request, &path).await {
        return Ok(response);
    }
    let rest = path.splitn(5, '/').nth(4).map(str::to_string);
    let mut response = routes.oneshot(request).await.unwrap_or_else(|never| match never {});
    if failure == Some(Failure::AnswerLost) {
        return Err(Lost);
    }
    if let Some(MovedTo(id)) = response.extensions().get::<MovedTo>().copied() {
        let url = format!("{}/repositories/{id}{}", hub.base(), rest.map(|it| format!("/{it}")).unwrap_or_default());
        let body = serde_json::json!({ "message": "Moved Permanently", "url": url });
        response = (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, url)], axum::Json(body)).into_response();
    }
    limit_headers(hub.now(), remaining, &mut response);
    Ok(response)
}

/// The path below a secret first segment; none for anybody who does not know it.
fn within(prefix: &str, path: &str) -> Option<String> {
    let (mine, rest) = path.split_at_checked(prefix.len())?;
    // Digests: how long it takes does not tell how much of a guess was right.
    let same = Sha256::digest(mine) == Sha256::digest(prefix);
    (same && rest.starts_with('/')).then(|| rest.to_owned())
}

fn is_api(path: &str) -> bool {
    ["/app", "/installation", "/repos/", "/repositories/", "/users/", "/graphql", "/api/graphql", "/rate_limit"]
        .iter()
        .any(|prefix| path.starts_with(prefix))
}

/// `/repositories/{id}/…` is the same as `/repos/{owner}/{name}/…`.
async fn name_for_id(hub: &Hub, request: &mut Request<Body>, path: &str) -> Option<Response> {
    let rest = path.strip_prefix("/repositories/")?;
    let (id, rest) = rest.split_once('/').map_or((rest, String::new()), |(id, rest)| (id, format!("/{rest}")));
    let id: u64 = id.parse().ok()?;
    let world = hub.read().await;
    let Some(repository) = world.repositories.get(&id).filter(|it| !it.deleted) else {
        return Some(Refusal::not_found().into_response());
    };
    set_path(request, &format!("/repos/{}{rest}", repository.full_name()));
    None
}

fn set_path(request: &mut Request<Body>, path: &str) {
    let query = request.uri().query().map(|it| format!("?{it}")).unwrap_or_default();
    if let Ok(uri) = format!("{path}{query}").parse::<Uri>() {
        *request.uri_mut() = uri;
    }
}

fn refused_by_switch(hub: &Hub, status: u16, retry_after: Option<u32>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::json!({ "message": "a switch of the stand-in says no", "documentation_url": "about:blank" });
    let mut response = (status, axum::Json(body)).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    limit_headers(hub.now(), CALLS_PER_HOUR, &mut response);
    response
}

/// Calls that are left after this one; none if none was left for it.
fn take_from_limit(hub: &Hub) -> Option<u64> {
    let mut knobs = hub.knobs();
    match &mut knobs.rate_limit_remaining {
        None => Some(CALLS_PER_HOUR - 1),
        Some(0) => None,
        Some(remaining) => {
            *remaining -= 1;
            Some(*remaining)
        }
    }
}

fn limit_headers(now: Timestamp, remaining: u64, response: &mut Response) {
    let reset = (now.as_millis() / HOUR_MS + 1) * (HOUR_MS / 1000);
    let headers = response.headers_mut();
    headers.insert("x-ratelimit-limit", HeaderValue::from(CALLS_PER_HOUR));
    headers.insert("x-ratelimit-remaining", HeaderValue::from(remaining));
    headers.insert("x-ratelimit-used", HeaderValue::from(CALLS_PER_HOUR.saturating_sub(remaining)));
    headers.insert("x-ratelimit-reset", HeaderValue::from(reset));
    headers.insert("x-ratelimit-resource", HeaderValue::from_static("core"));
    headers.insert("x-github-media-type", HeaderValue::from_static("github.v3; format=json"));
}
