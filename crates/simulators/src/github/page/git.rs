//! Git's side of a repository: fetch, with an installation token, and nothing else.

use crate::github::{
    git,
    hub::Hub,
    rest::{Refusal, caller_of},
};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, Request, StatusCode, header};

/// Answers a git request, if it is one of the two that a fetch makes.
pub async fn answer(hub: &Hub, owner: &str, name: &str, rest: &str, request: Request<Body>) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let is_fetch = match (request.method(), rest) {
        (&Method::GET, "info/refs") => query == "service=git-upload-pack",
        (&Method::POST, "git-upload-pack") => true,
        _ => false,
    };
    if !is_fetch {
        return (StatusCode::FORBIDDEN, "the GitHub stand-in serves git fetch only\n").into_response();
    }
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let folder = match folder(hub, owner, name, authorization.unwrap_or_default()).await {
        Ok(folder) => folder,
        Err(refusal) => return refused(refusal, authorization.is_some()),
    };
    match git::serve(hub.git(), &format!("{folder}/{rest}"), request).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a fetch failed");
            (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
        }
    }
}

async fn folder(hub: &Hub, owner: &str, name: &str, authorization: &str) -> Result<String, Refusal> {
    let caller = caller_of(hub, authorization).await?;
    let world = hub.read().await;
    let found = world.repository(owner, name).or_else(|| world.moved_repository(owner, name));
    let repository = found.ok_or_else(Refusal::not_found)?;
    caller.may_fetch(&world, repository)?;
    Ok(repository.folder.clone())
}

fn refused(refusal: Refusal, had_credential: bool) -> Response {
    if had_credential {
        return (StatusCode::FORBIDDEN, format!("{}\n", refusal.words())).into_response();
    }
    let mut response = (StatusCode::UNAUTHORIZED, "an installation token is needed\n").into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"GitHub\""));
    response
}
