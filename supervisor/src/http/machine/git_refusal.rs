use crate::runs::Refusal;
use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};

/// An error answer of the git gateway: plain words, which git shows to its user.
#[derive(Debug)]
pub(super) struct GitRefusal {
    status: StatusCode,
    words: String,
}

/// Refuses with a sentence.
pub(super) fn refuse(status: StatusCode, words: impl Into<String>) -> GitRefusal {
    GitRefusal { status, words: words.into() }
}

impl From<Refusal> for GitRefusal {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::Unknown => StatusCode::UNAUTHORIZED,
            Refusal::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::GONE,
        };
        refuse(status, refusal.to_string())
    }
}

impl IntoResponse for GitRefusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.words).into_response();
        let more = match self.status {
            // Without it git does not say that it was refused.
            StatusCode::UNAUTHORIZED => Some((WWW_AUTHENTICATE, "Bearer")),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Some((RETRY_AFTER, "1")),
            _ => None,
        };
        if let Some((name, value)) = more {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
