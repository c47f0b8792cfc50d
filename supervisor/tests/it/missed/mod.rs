//! What happened while the supervisor was away is caught up with, and what it cannot be told any more is read.

mod back;
mod forty;
mod moves;

use crate::stage::Stage;
use serde_json::Value;
use simulators::github::control::{CallFailure, Command, Failure, NewPull, PullName};
use simulators::github::fixtures::demo_fixture;

const REPOSITORY: &str = "acme/shop";

fn name(number: u64) -> PullName {
    PullName::new(REPOSITORY, number)
}

/// A pull request like the demo's, under another number and on another branch.
fn like_the_demos(number: u64) -> NewPull {
    let pull = demo_fixture().pull;
    // Made within one second, equal commits would be one commit, and its checks everybody's.
    let message = Some(format!("Raise the upload limit, {number}"));
    NewPull { number: Some(number), head_ref: branch(number), message, ..pull }
}

fn branch(number: u64) -> String {
    format!("limits-{number}")
}

async fn open_pull(stage: &Stage, number: u64) {
    stage.command(Command::OpenPull(like_the_demos(number))).await;
}

/// Rows of all workflows.
async fn rows(stage: &Stage) -> Vec<Value> {
    let page = stage.api("/workflows?limit=100").await.unwrap_or_default();
    page["workflows"].as_array().cloned().unwrap_or_default()
}

/// A pull request's state; null while it has no workflow.
async fn state(stage: &Stage, number: u64) -> Value {
    let title = format!("#{number}");
    let row = rows(stage).await.into_iter().find(|row| row["title"].as_str().is_some_and(|it| it.ends_with(&title)));
    let Some(id) = row.as_ref().and_then(|row| row["id"].as_str()) else { return Value::Null };
    let shown = stage.api(&format!("/workflows/{id}")).await.unwrap_or_default();
    let mut state = shown["state"].clone();
    state["status"] = shown["workflow"]["status"].clone();
    state
}

/// Waits until that pull request has this status and nothing of it is under way.
async fn until(stage: &Stage, number: u64, status: &str) {
    stage
        .until(&format!("#{number} is {status}"), || async {
            let state = state(stage, number).await;
            state["status"] == status && is_quiet(&state)
        })
        .await;
}

/// Nothing of it is under way.
fn is_quiet(state: &Value) -> bool {
    let published = |check: &Value| check["revision"] == check["published"];
    let moving = ["queued", "provisioning", "running", "closing"];
    state["machine"].is_null()
        && state["read"] == "no"
        && state["asks"].as_array().is_none_or(Vec::is_empty)
        && !moving.iter().any(|status| state["status"] == *status)
        && state["checks"].as_array().is_some_and(|checks| checks.iter().all(published))
}

async fn click(stage: &Stage, number: u64, label: &str, by: &str) {
    let checks = stage.truth_of(&name(number)).await.checks;
    let button = checks.iter().rev().find_map(|check| {
        let place = check.labels.iter().position(|shown| shown == label)?;
        Some((check.id, check.actions[place].clone()))
    });
    let (check_run, identifier) = button.unwrap_or_else(|| panic!("no button {label:?} in {checks:#?}"));
    stage.click_on(check_run, &identifier, by).await;
}

async fn comment(stage: &Stage, number: u64, by: &str, body: &str) {
    let (pull, by, body) = (name(number), by.to_owned(), body.to_owned());
    stage.command(Command::Comment { pull, by, body, in_reply_to: None }).await;
}

async fn retitle(stage: &Stage, number: u64, title: &str) {
    stage.command(Command::Retitle { pull: name(number), title: title.to_owned(), by: "dana".into() }).await;
}

async fn push(stage: &Stage, number: u64, file: &str) {
    let changes = vec![simulators::github::control::FileChange::text(file, "# Limits\n\nFilms have 250 MB.\n")];
    let (repository, by) = (REPOSITORY.to_owned(), "dana".to_owned());
    let message = format!("Add {file}");
    stage.command(Command::Push { repository, branch: branch(number), changes, message, by }).await;
}

/// GitHub does not show the App its webhooks any more.
async fn hide_webhooks(stage: &Stage) {
    let failure = Failure::Status { status: 403, retry_after: None };
    let failure = CallFailure { method: None, path: "/app/hook/deliveries".into(), failure, times: 1_000 };
    stage.command(Command::FailCalls(failure)).await;
}

/// The number of log lines that say this.
fn said(stage: &Stage, words: &str) -> usize {
    stage.supervisor_log().lines().filter(|line| line.contains(words)).count()
}

/// Waits until what is open was compared once more than `before`.
async fn until_compared(stage: &Stage, before: usize) {
    stage.until("what is open was compared", || async { said(stage, COMPARED) > before }).await;
}

const COMPARED: &str = "open pull requests were compared with the workflows";
const READ_BACK: &str = "webhooks that had not arrived were read back";
