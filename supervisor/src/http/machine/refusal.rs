use crate::{http::error::retry_after, runs::Refusal};
use axum::{
    Json,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use protocol::{ErrorBody, ErrorDetail};

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::Unknown => (StatusCode::UNAUTHORIZED, "unknown_credential"),
            Self::Stale => (StatusCode::GONE, "stale_run"),
            Self::TokenExpired => (StatusCode::GONE, "token_expired"),
            Self::ClaimedByAnother => (StatusCode::CONFLICT, "claimed_by_another"),
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "bad_request"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
        };
        let mut response = error(status, code, self.to_string());
        if let Self::Busy(span) = self {
            response.headers_mut().insert(RETRY_AFTER, retry_after(span));
        }
        response
    }
}

/// An error answer in the protocol's shape.
pub(super) fn error(status: StatusCode, code: &str, message: impl Into<String>) -> Response {
    let error = ErrorDetail { code: code.to_owned(), message: message.into() };
    (status, Json(ErrorBody { error })).into_response()
}

pub(super) async fn nothing_here() -> Response {
    error(StatusCode::NOT_FOUND, "not_found", "the machine listener serves /worker/v1 and /gateway only")
}

pub(super) async fn wrong_method() -> Response {
    error(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path is not called with this method")
}
