use crate::seams::Error;
use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use std::time::Duration;

/// An error answer of the public listener: `{"error":{"code","message","request_id"}}`. The body is written by the
/// middleware that knows the request id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// Status.
    pub status: StatusCode,
    /// Stable code, for programs.
    pub code: &'static str,
    /// What to do, for people.
    pub message: String,
    /// When to try again.
    pub retry_after: Option<Duration>,
}

impl ApiError {
    /// An error without a time to try again.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 503 with a time to try again.
    pub fn busy(retry_after: Duration) -> Self {
        let message = "too much at once; try again a little later";
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message) }
    }
}

/// When to try again after the database failed.
const AFTER_A_FAILURE: Duration = Duration::from_secs(5);

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Overloaded { retry_after } => Self::busy(retry_after),
            Error::NotFound(what) => Self::not_found(what),
            Error::Refused(what) => Self::new(StatusCode::CONFLICT, "refused", what),
            Error::Failed(what) => {
                tracing::error!(%what, "a request failed");
                Self {
                    retry_after: Some(AFTER_A_FAILURE),
                    ..Self::new(
                        StatusCode::SERVICE_UNAVAILABLE,
                        "unavailable",
                        "the supervisor could not do it now; its log says why",
                    )
                }
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(span) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, retry_after(span));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Whole seconds, at least one.
pub(super) fn retry_after(span: Duration) -> HeaderValue {
    HeaderValue::from(span.as_secs().max(1))
}
