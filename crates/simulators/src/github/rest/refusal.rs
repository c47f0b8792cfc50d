//! Answers that are not what was asked for, in GitHub's form.

use crate::github::{git::GitError, log::LogError};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::{Value, json};

/// Where a moved repository answers now; the gate turns it into a 301 with the rest of the path.
#[derive(Debug, Clone, Copy)]
pub struct MovedTo(pub u64);

/// Why a call is refused.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    message: String,
    errors: Vec<Value>,
    moved_to: Option<u64>,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), errors: Vec::new(), moved_to: None }
    }

    pub fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    pub fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    /// 404 that says what is not there.
    pub fn absent(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// 422 without a field.
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// 422 because a field is not there.
    pub fn missing(resource: &str, field: &str) -> Self {
        Self::field(resource, field, "missing_field", format!("{field} is missing"))
    }

    /// 422 because a field is not acceptable.
    pub fn invalid(resource: &str, field: &str, message: impl Into<String>) -> Self {
        Self::field(resource, field, "custom", message)
    }

    fn field(resource: &str, field: &str, code: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        let mut refusal = Self::unprocessable("Validation Failed");
        refusal.errors.push(json!({ "resource": resource, "field": field, "code": code, "message": message }));
        refusal
    }

    /// The same 422 in the form that the review calls have: words instead of fields.
    #[must_use]
    pub fn in_words(self) -> Self {
        let words = self.errors.iter().map(|it| it["message"].clone()).collect::<Vec<_>>();
        let errors = if words.is_empty() { vec![Value::from(self.message)] } else { words };
        Self { errors, message: "Unprocessable Entity".into(), ..self }
    }

    /// 301: the repository has another name.
    pub fn moved(repository: u64) -> Self {
        Self { moved_to: Some(repository), ..Self::new(StatusCode::MOVED_PERMANENTLY, "Moved Permanently") }
    }

    /// 403.
    pub fn is_forbidden(&self) -> bool {
        self.status == StatusCode::FORBIDDEN
    }

    /// For the page and the control interface, which show words.
    pub fn words(&self) -> String {
        let details: Vec<&str> =
            self.errors.iter().filter_map(|error| error["message"].as_str().or(error.as_str())).collect();
        if details.is_empty() { self.message.clone() } else { format!("{}: {}", self.message, details.join("; ")) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({
            "message": self.message,
            "documentation_url": "https://docs.github.com/rest",
            "status": self.status.as_u16().to_string(),
        });
        if !self.errors.is_empty() {
            body["errors"] = Value::Array(self.errors);
        }
        let mut response = (self.status, Json(body)).into_response();
        if let Some(repository) = self.moved_to {
            response.extensions_mut().insert(MovedTo(repository));
        }
        response
    }
}

impl From<LogError> for Refusal {
    fn from(error: LogError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a change could not be recorded");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable")
    }
}

impl From<GitError> for Refusal {
    fn from(error: GitError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "git did not do what a call needs");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}
