//! GitHub's REST and GraphQL API: one file per resource.

mod app;
mod caller;
mod checks;
mod commits;
mod contents;
mod gate;
mod git_data;
mod graphql;
mod hook_deliveries;
mod issue_comments;
mod page;
mod places;
mod pulls;
mod push;
mod reactions;
mod refusal;
mod repositories;
mod review_comments;
mod reviews;
mod suites;
mod tokens;

pub use caller::{Caller, caller_of};
pub use gate::through_the_gate;
pub use graphql::set_resolved;
pub use pulls::shown as shown_pull;
pub use push::{Pushed, commit_and_level, followers, push_to_branch};
pub use refusal::Refusal;
pub use review_comments::{answer_thread, begin_thread};
pub use suites::{rerequested as suite_rerequested, suite_for};

use super::{hub::Hub, log::Call};
use axum::{
    Router,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
};
use serde_json::Value;

/// Every route of the API.
pub fn router() -> Router<Hub> {
    Router::new()
        .merge(app::routes())
        .merge(tokens::routes())
        .merge(repositories::routes())
        .merge(contents::routes())
        .merge(commits::routes())
        .merge(git_data::routes())
        .merge(pulls::routes())
        .merge(reviews::routes())
        .merge(review_comments::routes())
        .merge(issue_comments::routes())
        .merge(reactions::routes())
        .merge(checks::routes())
        .merge(suites::routes())
        .merge(hook_deliveries::routes())
        .merge(graphql::routes())
}

/// One call: who makes it, and the way to the world.
pub struct Api {
    pub hub: Hub,
    pub caller: Caller,
    pub call: Call,
    pub query: Vec<(String, String)>,
    /// `accept` header.
    pub accept: String,
}

impl FromRequestParts<Hub> for Api {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Refusal> {
        let header = |name: &str| parts.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let caller = caller_of(hub, header("authorization")).await?;
        let actor = caller.login(hub);
        let call = Call { method: parts.method.to_string(), path: parts.uri.path().to_string(), actor };
        let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let query = query.map(|it| it.0).unwrap_or_default();
        Ok(Self { hub: hub.clone(), caller, call, query, accept: header("accept").to_string() })
    }
}

impl Api {
    /// A parameter of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }
}

/// The body of a call, as JSON. An empty body is an empty object.
pub struct Input(pub Value);

impl<S: Send + Sync> FromRequest<S> for Input {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let body =
            Bytes::from_request(request, state).await.map_err(|_| Refusal::bad_request("Problems reading body"))?;
        if body.is_empty() {
            return Ok(Self(Value::Object(serde_json::Map::new())));
        }
        let value: Value = serde_json::from_slice(&body).map_err(|_| Refusal::bad_request("Problems parsing JSON"))?;
        if value.is_object() || value.is_array() {
            return Ok(Self(value));
        }
        Err(Refusal::bad_request("Body should be a JSON object"))
    }
}

impl Input {
    /// A string of the body.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A string that must be there, for `resource`.
    pub fn required(&self, resource: &str, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| Refusal::missing(resource, name))
    }

    /// A number of the body.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(Value::as_u64)
    }

    /// The elements of an array, none if it is not there.
    pub fn list(&self, name: &str) -> &[Value] {
        self.0.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}
