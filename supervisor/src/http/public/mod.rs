//! The public listener: webhooks, the API for people and programs, health, metrics and the pages.

mod access;
pub(crate) mod api;
mod health;
mod metrics;
mod page;
mod session;
#[cfg(test)]
mod tests;
mod webhook;

pub(crate) use webhook::is_guid;

pub use access::{ADMIN_TOKEN_FILE, Access, Grant, Scope};
pub use page::{Pages, is_loopback_url};

use super::{ApiError, Counts, request};
use crate::{
    config::Secret,
    recovery::Recovery,
    runs::Runs,
    seams::{Intake, Look, Steer, Sweep},
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use environment::Environment;
use http::StatusCode;
use machines::Machines;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// What the public listener works with.
#[derive(Clone)]
pub struct Public {
    /// Clock and chance.
    pub environment: Environment,
    /// Takes webhooks.
    pub intake: Arc<dyn Intake>,
    /// Reads workflows.
    pub look: Arc<dyn Look>,
    /// Steers workflows.
    pub steer: Arc<dyn Steer>,
    /// The janitor.
    pub sweep: Arc<dyn Sweep>,
    /// Runs and their logs.
    pub runs: Runs,
    /// Volumes and machines.
    pub machines: Arc<dyn Machines>,
    /// Deployment id, by which volumes and machines are listed.
    pub deployment: String,
    /// What the pages say of the supervisor.
    pub pages: Pages,
    /// Whether the database was put back and nobody has confirmed it yet.
    pub recovery: Recovery,
    /// Who may call the API.
    pub access: Access,
    /// Secrets of webhooks; two while one is rotated.
    pub webhook_secrets: Vec<Secret>,
    /// Counters of HTTP, shown in `/metrics`.
    pub counts: Arc<Counts>,
    /// Ends the streams when the supervisor stops.
    pub closing: CancellationToken,
}

impl std::fmt::Debug for Public {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Public")
    }
}

/// Bytes of a body to the API; its calls are short.
const API_BODY_BYTES_MAX: usize = 16 * 1024;

/// The router of the public listener.
pub fn router(public: Public) -> Router {
    let environment = public.environment.clone();
    let room = Arc::new(Semaphore::new(webhook::ROOM_KIB));
    let webhooks = Router::new()
        .route("/webhooks/github", post(webhook::github))
        .with_state(webhook::Webhooks { public: public.clone(), room });
    Router::new()
        .merge(page::routes())
        .route("/health", get(health::health))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .nest("/api/v1", api::routes())
        .layer(DefaultBodyLimit::max(API_BODY_BYTES_MAX))
        .with_state(public)
        .merge(webhooks)
        .fallback(|| async { ApiError::not_found("there is nothing here; the API is at /api/v1") })
        .method_not_allowed_fallback(|| async {
            let status = StatusCode::METHOD_NOT_ALLOWED;
            ApiError::new(status, "method_not_allowed", "this path is not called with this method")
        })
        .layer(middleware::from_fn(move |request, next| request::pass(environment.clone(), request, next)))
}
