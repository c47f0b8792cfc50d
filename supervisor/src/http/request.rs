//! What every request passes: an id, a time limit, one line in the log, and the body of an error.

use super::ApiError;
use axum::{
    Json,
    extract::{MatchedPath, Request},
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use environment::Environment;
use serde_json::json;
use std::time::Duration;

/// From the first byte to the head of the answer; GitHub gives up on a webhook after ten seconds.
const ANSWER_MAX: Duration = Duration::from_secs(30);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(super) async fn pass(environment: Environment, request: Request, next: Next) -> Response {
    let id = environment.random_id()[..16].to_owned();
    let started = environment.now();
    let method = request.method().clone();
    // The pattern, never the path or query as sent: those are a stranger's words.
    let path = request.extensions().get::<MatchedPath>().map_or("(none)".to_owned(), |path| path.as_str().to_owned());
    let answer = environment.timeout(ANSWER_MAX, next.run(request)).await;
    let mut response = answer.unwrap_or_else(|_| {
        ApiError::new(StatusCode::REQUEST_TIMEOUT, "timeout", "the request took too long").into_response()
    });
    let error = response.extensions_mut().remove::<ApiError>().or_else(|| unfit(&path, &response));
    if let Some(error) = error {
        let body = json!({"error": {"code": error.code, "message": error.message, "request_id": id}});
        let (parts, _) = response.into_parts();
        let mut with_body = (parts.status, Json(body)).into_response();
        with_body.headers_mut().extend(parts.headers.into_iter().filter(|(name, _)| kept(name.as_ref())));
        response = with_body;
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, ms) = (response.status().as_u16(), environment.now().since(started).as_millis());
    if path.starts_with("/health") || path == "/metrics" {
        tracing::debug!(%method, path, status, ms, request = id, "answered");
    } else {
        tracing::info!(%method, path, status, ms, request = id, "answered");
    }
    response
}

/// Headers that stay when an error gets its body.
fn kept(name: Option<&HeaderName>) -> bool {
    name.is_some_and(|name| name != CONTENT_TYPE && name != CONTENT_LENGTH)
}

/// The framework's own plain words for a query, path or body that does not fit, in our shape. Git reads plain words.
fn unfit(path: &str, response: &Response) -> Option<ApiError> {
    let plain = response.headers().get(CONTENT_TYPE)?.as_bytes().starts_with(b"text/plain");
    if !plain || !response.status().is_client_error() || path.starts_with("/gateway") {
        return None;
    }
    let (code, sentence) = match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "the body has too many bytes"),
        _ => ("bad_request", "the path, query or body does not fit this call"),
    };
    Some(ApiError::new(response.status(), code, sentence))
}
