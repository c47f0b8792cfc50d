//! The few GraphQL fields that an App needs: a commit on a branch, and review threads, which REST cannot resolve.
//!
//! GraphQL answers 200 with `errors`; a client that looks at the status alone believes a refusal. Documents are not parsed:
//! what a document asks for is told by the field it names, and its arguments must come as variables.

mod commit;
mod threads;

use super::{Api, Input, Refusal};
use crate::github::hub::Hub;
use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

pub use threads::set_resolved;

pub fn routes() -> Router<Hub> {
    Router::new().route("/graphql", post(graphql)).route("/api/graphql", post(graphql))
}

/// What a field comes to: its value, or GitHub's type of error and words.
type Outcome = Result<Value, (&'static str, String)>;

fn not_for_us() -> (&'static str, String) {
    ("FORBIDDEN", "Resource not accessible by integration".into())
}

async fn graphql(api: Api, input: Input) -> Result<Response, Refusal> {
    if !matches!(api.caller, super::Caller::Installation(_)) {
        return Err(Refusal::unauthorized("This endpoint requires you to be authenticated."));
    }
    let query = input.text("query").unwrap_or_default();
    let variables = &input.0["variables"];
    let wanted = if variables["input"].is_object() { &variables["input"] } else { variables };
    let (field, outcome) = if query.contains("createCommitOnBranch") {
        ("createCommitOnBranch", commit::create_commit(&api, wanted).await?)
    } else if query.contains("resolveReviewThread") {
        ("resolveReviewThread", threads::resolve(&api, wanted).await?)
    } else if query.contains("reviewThreads") {
        ("repository", threads::list(&api, query, wanted).await)
    } else {
        ("query", Err(("UNSUPPORTED", "the stand-in knows no such field".into())))
    };
    Ok(match outcome {
        Ok(value) => Json(json!({ "data": { field: value } })).into_response(),
        Err((kind, message)) => failed(field, kind, &message),
    })
}

fn failed(field: &str, kind: &str, message: &str) -> Response {
    let error = json!({
        "type": kind,
        "path": [field],
        "locations": [{ "line": 1, "column": 1 }],
        "message": message,
    });
    Json(json!({ "data": { field: null }, "errors": [error] })).into_response()
}
