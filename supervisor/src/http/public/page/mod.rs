//! What a person sees in a browser: plain HTML, no script, nothing from elsewhere, nothing that can be pressed but "sign in".
//!
//! The workflows are shown to whoever sits at the supervisor's own machine, and to whoever signed in with a token that may
//! read ([`guard`]). Every word that came from outside is escaped ([`html`]).

mod front;
mod guard;
mod html;
mod log;
mod pull_request;
mod reminder;
mod sign_in;
mod style;
#[cfg(test)]
mod tests;
mod workflow;

pub use guard::is_loopback_url;

use super::Public;
use crate::seams::Error;
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};

/// What the pages say of the supervisor itself, and who may see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// Whoever sits at this machine may read: nobody else reaches the listener, as far as the configuration says.
    pub local_is_free: bool,
    /// How people reach it.
    pub public_url: String,
    /// GitHub's pages.
    pub web_url: String,
    /// The database, in a word.
    pub database: &'static str,
}

pub(super) fn routes() -> Router<Public> {
    Router::new()
        .route("/", get(front::front))
        .route("/workflows/{id}", get(workflow::show))
        .route("/workflows/{id}/runs/{run}/log", get(log::show))
        .route("/sign-in", post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
}

/// A page that could not be made.
pub(super) struct Trouble(StatusCode, String);

impl Trouble {
    fn not_found(what: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, what.into())
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(what) => Self::not_found(what),
            other => {
                tracing::error!(error = %other, "a page could not be made");
                Self(StatusCode::SERVICE_UNAVAILABLE, "It cannot be shown now; the supervisor's log says why.".into())
            }
        }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let title = if self.0 == StatusCode::NOT_FOUND { "Not found" } else { "Not now" };
        let body = format!("<h1>{title}</h1><p>{}</p><p><a href=\"/\">All workflows</a></p>", html::escape(&self.1));
        html::answer(self.0, &html::Page { title, body: &body, ..html::Page::default() })
    }
}
