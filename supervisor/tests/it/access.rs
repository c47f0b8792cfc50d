//! Access that is lost and comes back, and pull requests that are not reviewed, or not any more.

use crate::stage::{LONG_PATIENCE, Stage};
use serde_json::Value;
use simulators::github::control::{Command, PullName};

#[tokio::test]
async fn an_app_that_is_uninstalled_while_it_waits_leaves_nothing_behind() {
    let stage = Stage::waiting("").await;
    stage.command(Command::Uninstall { owner: "acme".into() }).await;
    is_over(&stage, "the app was uninstalled").await;
}

#[tokio::test]
async fn a_repository_taken_from_the_installation_while_it_waits_leaves_nothing_behind() {
    let stage = Stage::waiting("").await;
    stage.command(Command::Grant { repository: "acme/shop".into(), granted: false, by: "acme".into() }).await;
    is_over(&stage, "the repository was taken from the installation").await;
}

#[tokio::test]
async fn a_repository_that_is_deleted_while_it_waits_leaves_nothing_behind() {
    let stage = Stage::waiting("").await;
    stage.command(Command::DeleteRepository { repository: "acme/shop".into(), by: "acme".into() }).await;
    is_over(&stage, "the repository was deleted").await;
}

#[tokio::test]
async fn a_suspended_installation_keeps_the_request_and_goes_on_when_it_is_restored() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    stage.command(Command::Suspend { owner: "acme".into(), suspended: true }).await;
    until_access(&stage, "suspended").await;
    assert_eq!((stage.request().await, stage.left_over().await), (request.clone(), 1), "the volume stays");
    stage.command(Command::Suspend { owner: "acme".into(), suspended: false }).await;
    until_access(&stage, "open").await;
    assert_eq!(stage.request().await, request);
    is_decided(&stage).await;
}

#[tokio::test]
async fn an_archived_repository_keeps_the_request_and_goes_on_when_it_is_opened_again() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    let archive = |archived| Command::Archive { repository: "acme/shop".into(), archived, by: "acme".into() };
    stage.command(archive(true)).await;
    until_access(&stage, "suspended").await;
    assert_eq!((stage.request().await, stage.left_over().await), (request.clone(), 1), "the volume stays");
    stage.command(archive(false)).await;
    until_access(&stage, "open").await;
    assert_eq!(stage.request().await, request);
    is_decided(&stage).await;
}

#[tokio::test]
async fn a_renamed_repository_is_followed_and_the_request_stays_open() {
    let mut stage = Stage::waiting("").await;
    let request = stage.request().await;
    stage.command(Command::Rename { repository: "acme/shop".into(), name: "store".into(), by: "acme".into() }).await;
    stage.pull = PullName::new("acme/store", 7);
    stage.until("it knows the new name", || async { pr(&stage).await["name"] == "store" }).await;
    stage.until_status("awaiting_decision").await;
    assert_eq!(stage.request().await, request);
    is_decided(&stage).await;
}

#[tokio::test]
async fn a_transferred_repository_is_followed_and_the_request_stays_open() {
    let mut stage = Stage::waiting("github.allowed_owners = [\"acme\", \"emca\"]").await;
    let request = stage.request().await;
    let before = pr(&stage).await;
    stage.command(Command::Transfer { repository: "acme/shop".into(), owner: "emca".into(), by: "acme".into() }).await;
    stage.pull = PullName::new("emca/shop", 7);
    stage.until("it knows the new owner", || async { pr(&stage).await["owner"] == "emca" }).await;
    stage.until_status("awaiting_decision").await;
    assert_ne!(pr(&stage).await["installation"], before["installation"]);
    assert_eq!(stage.request().await, request);
    is_decided(&stage).await;
}

#[tokio::test]
async fn a_pull_request_from_a_fork_is_skipped_with_its_reason_and_no_machine_starts() {
    let stage = Stage::open("").await;
    stage.open_changed_pull_request(|pull| pull.fork_owner = Some("dana".into())).await;
    is_skipped(&stage, "from a fork").await;
}

#[tokio::test]
async fn a_draft_is_skipped_and_reviewed_when_it_is_ready() {
    let stage = Stage::open("").await;
    stage.open_changed_pull_request(|pull| pull.draft = true).await;
    is_skipped(&stage, "draft").await;
    stage.command(Command::SetDraft { pull: stage.pull.clone(), draft: false, by: "dana".into() }).await;
    stage.until_status("awaiting_decision").await;
    assert_eq!(stage.truth().await.reviews.len(), 1);
}

#[tokio::test]
async fn reopened_after_its_volume_went_it_begins_a_new_generation_and_says_so() {
    let stage = Stage::waiting("").await;
    stage.close_pull_request().await;
    stage.until_status("closed").await;
    assert_eq!(stage.left_over().await, 0);
    reopen(&stage).await;
    stage.until_replied("The earlier session is gone; the review begins anew.").await;
    stage.until_status("awaiting_decision").await;
    let state = stage.state().await.expect("the workflow");
    assert_eq!((&state["generation"], &state["run"]), (&Value::from(2), &Value::from(2)), "run numbers are not reused");
}

#[tokio::test]
async fn reopened_within_the_retention_it_keeps_its_volume() {
    let stage = Stage::waiting("volumes.retention = \"1h\"").await;
    let volume = volume(&stage).await;
    stage.close_pull_request().await;
    stage.until_status("closing").await;
    assert_eq!(stage.left_over().await, 1, "the volume is kept");
    reopen(&stage).await;
    stage.until_status("awaiting_decision").await;
    let state = stage.state().await.expect("the workflow");
    assert_eq!(state["generation"], 1);
    assert_eq!(self::volume(&stage).await, volume);
    assert!(stage.replies().await.is_empty(), "nothing is said to be gone");
}

/// Long enough for it to be seen closing on a busy machine.
const SHORT_RETENTION: &str = "volumes.retention = \"8s\"";

#[tokio::test]
async fn after_its_retention_a_volume_is_kept_until_github_says_that_the_pull_request_is_still_closed() {
    let mut stage = Stage::waiting(SHORT_RETENTION).await;
    let volume = volume(&stage).await;
    stage.close_pull_request().await;
    stage.until_status("closing").await;
    stage.kill_github();
    stage.until("the retention is over", || async { stage.recorded("timer_fired:retention").await == 1 }).await;
    assert_eq!(stage.left_over().await, 1, "nobody can be asked");
    assert_eq!(self::volume(&stage).await, volume);

    stage.start_github().await;
    stage
        .until_within(LONG_PATIENCE, "it is closed", || async { stage.status().await.as_deref() == Some("closed") })
        .await;
    assert_eq!(stage.left_over().await, 0);
    let history = stage.history().await;
    let last = |name: &str| {
        history.iter().rposition(|event| event == name).unwrap_or_else(|| panic!("no {name}: {history:?}"))
    };
    let order = [last("timer_fired:retention"), last("pull_request_read"), last("volume_deleted")];
    assert!(order.is_sorted(), "it was asked after the retention and before the deletion: {history:?}");
}

/// Closed, its volume gone, and not one more word to GitHub.
async fn is_over(stage: &Stage, why: &str) {
    stage.until("it is closed", || async { stage.status().await.as_deref() == Some("closed") }).await;
    let state = stage.state().await.expect("the workflow");
    assert_eq!(state["access"], serde_json::json!({"access": "gone", "why": why}));
    assert!(state["request"].is_null());
    assert_eq!(stage.left_over().await, 0);
}

/// Somebody clicks, and the patch is pushed from a second run.
async fn is_decided(stage: &Stage) {
    stage.click("Apply fix", "maintainer").await;
    stage.until_status("idle").await;
    let truth = stage.truth().await;
    assert_eq!(truth.pushed_by_app, [truth.head_sha]);
}

async fn is_skipped(stage: &Stage, why: &str) {
    stage
        .until("the check says why", || async {
            stage.truth().await.checks.first().is_some_and(|check| check.conclusion.as_deref() == Some("skipped"))
        })
        .await;
    let check = stage.truth().await.checks.remove(0);
    let title = check.title.clone().unwrap_or_default();
    assert!(title.contains(why), "{check:#?}");
    assert_eq!((stage.recorded("machine_started").await, stage.left_over().await), (0, 0));
    assert!(stage.truth().await.reviews.is_empty());
}

async fn until_access(stage: &Stage, access: &str) {
    stage
        .until(&format!("access is {access}"), || async {
            let state = stage.state().await.unwrap_or_default();
            state["access"]["access"] == access && state["read"] == "no"
        })
        .await;
}

async fn reopen(stage: &Stage) {
    stage.command(Command::Reopen { pull: stage.pull.clone(), by: "dana".into() }).await;
}

async fn pr(stage: &Stage) -> Value {
    stage.state().await.unwrap_or_default()["pr"].clone()
}

async fn volume(stage: &Stage) -> String {
    let state = stage.state().await.expect("the workflow");
    state["volume"]["id"].as_str().expect("a volume").to_owned()
}
