//! `/api/v1`: what the CLI and other programs see and steer. One file per subject.

mod events;
mod janitor;
mod logs;
mod outside;
mod recovery;
mod session;
mod steer;
mod tokens;
mod workflows;

pub(crate) use janitor::Audited;
pub(crate) use outside::{MachineRow, VolumeRow};
pub(crate) use workflows::Shown;

use super::Public;
use crate::{http::ApiError, seams::Narrow};
use axum::{
    Router,
    routing::{delete, get, post},
};
use domain::pull_request::PullRequest;
use engine::{Workflow, WorkflowId};

/// Rows of a page unless the caller asks for fewer.
const PAGE_MAX: usize = 200;

pub(super) fn routes() -> Router<Public> {
    Router::new()
        .route("/workflows", get(workflows::list))
        .route("/workflows/{id}", get(workflows::show))
        .route("/workflows/{id}/why", get(workflows::why))
        .route("/workflows/{id}/events", get(events::events))
        .route("/workflows/{id}/logs", get(logs::logs))
        .route("/workflows/{id}/approve", post(steer::approve))
        .route("/workflows/{id}/reject", post(steer::reject))
        .route("/workflows/{id}/cancel", post(steer::cancel))
        .route("/workflows/{id}/pause", post(steer::pause))
        .route("/workflows/{id}/resume", post(steer::resume))
        .route("/workflows/{id}/retry", post(steer::retry))
        .route("/workflows/{id}/remind", post(steer::remind))
        .route("/workflows/{id}/replay", post(steer::replay))
        .route("/workflows/{id}/session", get(session::export).post(session::import).layer(session::room()))
        .route("/volumes", get(outside::volumes))
        .route("/machines", get(outside::machines))
        .route("/recovery", get(recovery::show))
        .route("/recovery/confirm", post(recovery::confirm))
        .route("/workflows/{id}/repair", post(steer::repair))
        .route("/stuck", get(workflows::stuck))
        .route("/janitor/sweep", post(janitor::sweep))
        .route("/janitor/audit", get(janitor::audit))
        .route("/tokens", get(tokens::list).post(tokens::create))
        .route("/tokens/{name}", delete(tokens::revoke))
}

/// Rows to read for a page of `wanted`.
fn page(wanted: Option<usize>) -> usize {
    wanted.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX)
}

impl Public {
    /// The workflow that a caller means: `wf_12`, or `owner/repo#7`, whose latest one it is.
    async fn find(&self, name: &str) -> Result<WorkflowId, ApiError> {
        let unknown = || ApiError::not_found(format!("there is no workflow `{}`", shortened(name)));
        if let Ok(id) = name.parse() {
            return Ok(id);
        }
        // Reminders are called as their pull request is.
        let kind = Some(PullRequest::KIND.to_owned());
        let mut narrow = Narrow { kind, text: Some(name.to_owned()), limit: PAGE_MAX, ..Narrow::default() };
        let mut found = None;
        loop {
            let rows = self.look.list(&narrow).await?;
            let last = rows.last().and_then(|row| row.id.parse().ok());
            let meant = rows.iter().rev().find(|row| row.title == name);
            found = meant.and_then(|row| row.id.parse().ok()).or(found);
            if rows.len() < PAGE_MAX || last.is_none() {
                return found.ok_or_else(unknown);
            }
            narrow.after = last;
        }
    }
}

/// A caller's word as it is repeated to them.
fn shortened(word: &str) -> String {
    word.chars().filter(|character| !character.is_control()).take(100).collect()
}
