//! The HTTP side of the control interface.

use super::{Command, Done, borrowed, installations, people, pulls, repositories, snapshot, switches};
use crate::github::{hub::Hub, rest::Refusal};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde_json::json;

/// A command may carry a repository's files.
const COMMAND_BYTES_MAX: usize = 64 * 1024 * 1024;

pub fn routes() -> Router<Hub> {
    Router::new()
        .route("/_sim/commands", post(command))
        .route("/_sim/pulls/{owner}/{name}/{number}", get(pull))
        .route("/_sim/effects", get(effects))
        .route("/_sim/deliveries", get(deliveries))
        .layer(DefaultBodyLimit::max(COMMAND_BYTES_MAX))
}

async fn command(State(hub): State<Hub>, Json(command): Json<Command>) -> Response {
    match obey(&hub, command).await {
        Ok(done) => Json(done).into_response(),
        Err(refusal) => (StatusCode::BAD_REQUEST, Json(json!({ "message": refusal.words() }))).into_response(),
    }
}

/// Carries a command out.
pub async fn obey(hub: &Hub, command: Command) -> Result<Done, Refusal> {
    match command {
        Command::CreateRepository(new) => repositories::create(hub, new).await,
        Command::Push { repository, branch, changes, message, by } => {
            repositories::push(hub, &repository, &branch, &changes, &message, &by).await
        }
        Command::ForcePush { repository, branch, sha, by } => {
            repositories::force_push(hub, &repository, &branch, &sha, &by).await
        }
        Command::SetRole { repository, login, role } => repositories::set_role(hub, &repository, &login, role).await,
        Command::Protect { repository, branch, protected } => {
            repositories::protect(hub, &repository, &branch, protected).await
        }
        Command::Rename { repository, name, by } => repositories::rename(hub, &repository, &name, &by).await,
        Command::Transfer { repository, owner, by } => repositories::transfer(hub, &repository, &owner, &by).await,
        Command::Archive { repository, archived, by } => repositories::archive(hub, &repository, archived, &by).await,
        Command::DeleteRepository { repository, by } => repositories::delete(hub, &repository, &by).await,
        Command::BorrowRepository(new) => borrowed::borrow(hub, new).await,
        Command::OpenPull(new) => pulls::open(hub, new).await,
        Command::OpenBranchPull(new) => pulls::open_between(hub, new).await,
        Command::Close { pull, by } => pulls::close(hub, &pull, &by).await,
        Command::Merge { pull, by } => pulls::merge(hub, &pull, &by).await,
        Command::Reopen { pull, by } => pulls::reopen(hub, &pull, &by).await,
        Command::SetDraft { pull, draft, by } => pulls::set_draft(hub, &pull, draft, &by).await,
        Command::Retarget { pull, base_ref, by } => pulls::retarget(hub, &pull, &base_ref, &by).await,
        Command::Retitle { pull, title, by } => pulls::retitle(hub, &pull, &title, &by).await,
        Command::Click { check_run, identifier, by } => people::click(hub, check_run, &identifier, &by).await,
        Command::Rerun { check_run, by } => people::rerun(hub, check_run, &by).await,
        Command::RerunSuite { repository, sha, by } => people::rerun_suite(hub, &repository, &sha, &by).await,
        Command::Comment { pull, by, body, in_reply_to } => people::comment(hub, &pull, &by, body, in_reply_to).await,
        Command::CommentAt { pull, by, path, line, body } => {
            people::comment_at(hub, &pull, &by, (&path, line), body).await
        }
        Command::Resolve { comment, resolved, by } => people::resolve(hub, comment, resolved, &by).await,
        Command::Grant { repository, granted, by } => installations::grant(hub, &repository, granted, &by).await,
        Command::Suspend { owner, suspended } => installations::suspend(hub, &owner, suspended).await,
        Command::Uninstall { owner } => installations::uninstall(hub, &owner).await,
        Command::SetWebhookUrl { url } => switches::set_webhook_url(hub, url).await,
        Command::ReleaseWebhooks(order) => switches::release(hub, &order).await,
        quiet => Ok(switches::turn(hub, quiet)),
    }
}

async fn pull(State(hub): State<Hub>, Path((owner, name, number)): Path<(String, String, u64)>) -> Response {
    match snapshot::pull(&hub, &owner, &name, number).await {
        Some(snapshot) => Json(snapshot).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn effects(State(hub): State<Hub>) -> Response {
    Json(snapshot::effects(&hub).await).into_response()
}

async fn deliveries(State(hub): State<Hub>) -> Response {
    Json(snapshot::deliveries(&hub).await).into_response()
}
