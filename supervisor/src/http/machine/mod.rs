//! The machine listener: `/worker/v1` and `/gateway`, each call for one run, each with that run's credential.
//!
//! Everything that arrives here is as untrusted as the pull request a machine works on.

mod git;
mod git_refusal;
mod git_upstream;
mod open_calls;
mod refusal;
mod sockets;
#[cfg(test)]
mod tests;
mod worker_api;

pub use sockets::{RunSockets, SOCKET};

use super::request;
use crate::runs::Runs;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use environment::Environment;
use github::GitHub;
use open_calls::OpenCalls;
use std::sync::Arc;

/// What the machine listener works with.
#[derive(Clone)]
pub struct Machine {
    /// Clock and chance.
    pub environment: Environment,
    /// Runs.
    pub runs: Runs,
    /// Knows where git is and how to open it.
    pub github: Arc<dyn GitHub>,
    /// For the gateway; see [`crate::http::client`].
    pub client: reqwest::Client,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Machine")
    }
}

/// The router of the machine listener.
pub fn router(machine: Machine) -> Router {
    let environment = machine.environment.clone();
    let gateway = Router::new()
        .route("/gateway/git/run.git/info/refs", get(git::info_refs))
        .route("/gateway/git/run.git/git-upload-pack", post(git::upload_pack))
        .with_state(git::Gateway::new(machine.clone(), OpenCalls::default()));
    Router::new()
        .route("/worker/v1/claim", post(worker_api::claim))
        .route("/worker/v1/runs/{run}/events", post(worker_api::events))
        .route("/worker/v1/runs/{run}/result", post(worker_api::result))
        .route("/worker/v1/runs/{run}/recovered", post(worker_api::recovered))
        .layer(DefaultBodyLimit::max(protocol::BODY_BYTES_MAX))
        .with_state(machine.runs)
        .merge(gateway)
        .fallback(refusal::nothing_here)
        .method_not_allowed_fallback(refusal::wrong_method)
        .layer(middleware::from_fn(move |request, next| request::pass(environment.clone(), request, next)))
}
