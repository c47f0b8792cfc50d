//! Bad input through the real listener: each has its status and its line in the log, nothing crashes, and the next good
//! webhook works.

use crate::stage::{Stage, longshore};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// More than GitHub ever sends.
const TOO_LARGE: usize = 26 * 1024 * 1024;

#[tokio::test]
async fn what_is_not_signed_by_github_is_turned_away() {
    let mut stage = Stage::open("").await;
    let body = br#"{"zen":"Design for failure."}"#.to_vec();
    let named = [("x-github-event", "ping"), ("x-github-delivery", "5c5ec2b0-0000-0000-0000-000000000001")];
    assert_eq!(stage.post_webhook(&named, body.clone()).await.status(), 401);
    is_logged(&stage, "401", "signature_missing");
    let wrong = format!("sha256={}", "0".repeat(64));
    let signed = [named[0], named[1], ("x-hub-signature-256", &wrong)];
    assert_eq!(stage.post_webhook(&signed, body.clone()).await.status(), 401);
    is_logged(&stage, "401", "signature_wrong");
    let signed = [named[0], named[1], ("x-hub-signature-256", "sha1=00")];
    assert_eq!(stage.post_webhook(&signed, body).await.status(), 401);
    is_logged(&stage, "401", "signature_malformed");
    goes_on(&mut stage).await;
}

#[tokio::test]
async fn a_body_that_is_too_large_cut_off_or_of_another_event_is_refused() {
    let mut stage = Stage::open("").await;
    // The length is refused before a byte of the body is read; who sends on all the same finds the connection closed.
    assert!(stage.announce_webhook(TOO_LARGE).await.starts_with("HTTP/1.1 413"));
    is_logged(&stage, "413", "too_large");
    let opened = recording("pull_request/opened.payload.json");
    assert_eq!(stage.deliver("pull_request", &opened[..opened.len() / 2]).await.status(), 400);
    is_logged(&stage, "400", "is not JSON");
    let ping = recording("ping/payload.json");
    assert_eq!(stage.deliver("pull_request", &ping).await.status(), 400);
    is_logged(&stage, "400", "does not fit its event `pull_request`");
    let answer: Value = stage.deliver("pull_request", b"[]").await.json().await.expect("an error is JSON");
    assert!(answer["error"]["message"].is_string() && answer["error"]["request_id"].is_string(), "{answer}");
    goes_on(&mut stage).await;
}

#[tokio::test]
async fn unknown_events_and_actions_are_acknowledged_and_counted() {
    let mut stage = Stage::open("").await;
    acknowledged(&stage, "starfall", &json!({"action": "landed"}), "not_subscribed").await;
    let mut opened: Value = serde_json::from_slice(&recording("pull_request/opened.payload.json")).expect("JSON");
    opened["action"] = json!("pondered");
    acknowledged(&stage, "pull_request", &opened, "action_not_used").await;
    goes_on(&mut stage).await;
}

#[tokio::test]
async fn a_repository_that_is_not_allowed_is_acknowledged_and_nothing_follows() {
    let mut stage = Stage::open("").await;
    let mut opened: Value = serde_json::from_slice(&recording("pull_request/opened.payload.json")).expect("JSON");
    opened["installation"] = json!({"id": 99});
    acknowledged(&stage, "pull_request", &opened, "repository_not_allowed").await;
    assert!(stage.workflow().await.is_none());
    goes_on(&mut stage).await;
}

#[tokio::test]
async fn a_click_on_a_check_run_that_is_not_ours_decides_nothing() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    stage.webhooks("check_run", None, simulators::github::control::WebhookEffect::Hold).await;
    stage.click("Apply fix", "maintainer").await;
    let deliveries = stage.deliveries().await;
    let held = deliveries.into_iter().find(|it| it.action.as_deref() == Some("requested_action")).expect("a click");
    let mut of_another_app = held.payload.clone();
    of_another_app["check_run"]["app"]["id"] = json!(1);
    acknowledged(&stage, "check_run", &of_another_app, "check_run_not_ours").await;
    let mut of_another_workflow = held.payload.clone();
    of_another_workflow["check_run"]["external_id"] = json!("wf_999:1");
    acknowledged(&stage, "check_run", &of_another_workflow, "check_run_not_ours").await;
    let mut of_another_repository = held.payload.clone();
    of_another_repository["repository"]["id"] = json!(1);
    acknowledged(&stage, "check_run", &of_another_repository, "check_run_not_ours").await;
    let mut of_another_button = held.payload.clone();
    of_another_button["requested_action"]["identifier"] = json!("lgtm|26764");
    acknowledged(&stage, "check_run", &of_another_button, "button_unknown").await;
    assert_eq!((stage.request().await, stage.recorded("asked").await), (request, 0));
    assert_eq!(stage.deliver("check_run", held.payload.to_string().as_bytes()).await.status(), 202);
    stage.until_status("idle").await;
    assert_eq!(stage.truth().await.pushed_by_app.len(), 1, "the true one counts");
}

#[tokio::test]
async fn every_recording_of_github_is_acknowledged() {
    let mut stage = Stage::open("").await;
    let mut sent = 0;
    for folder in files(&recordings()).into_iter().filter(|path| path.is_dir()) {
        let event = folder.file_name().and_then(|name| name.to_str()).expect("an event").to_owned();
        for file in files(&folder) {
            let answer = stage.deliver(&event, &std::fs::read(&file).expect("a recording")).await;
            assert!(answer.status().is_success(), "{}: {}", file.display(), answer.status());
            sent += 1;
        }
    }
    assert!(sent > 100, "{sent} recordings");
    assert!(stage.workflow().await.is_none(), "none of them is of a repository that is allowed");
    goes_on(&mut stage).await;
}

#[tokio::test]
async fn a_second_supervisor_on_the_same_data_is_refused_with_a_sentence() {
    let mut stage = Stage::open("").await;
    let config = stage.path().join("longshore.toml");
    let second = longshore()
        .args(["serve", "--config"])
        .arg(config)
        .env("LONGSHORE_SERVER_LISTEN", "127.0.0.1:0")
        .env("LONGSHORE_SERVER_MACHINE_LISTEN", "127.0.0.1:0")
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(said.contains("is in use by another supervisor (pid "), "{said}");
    assert!(said.contains("stop it first, or give this one its own database"), "{said}");
    goes_on(&mut stage).await;
}

/// The supervisor has not died, and a good webhook is taken to its end.
async fn goes_on(stage: &mut Stage) {
    assert!(stage.supervisor_is_alive());
    assert!(!stage.supervisor_log().contains("panicked"), "{}", stage.supervisor_log());
    stage.open_pull_request().await;
    stage.until_status("awaiting_decision").await;
    assert_eq!(stage.truth().await.reviews.len(), 1);
}

/// 2xx, for this reason, which is in the log.
async fn acknowledged(stage: &Stage, event: &str, body: &Value, reason: &str) {
    let answer = stage.deliver(event, body.to_string().as_bytes()).await;
    assert_eq!(answer.status(), 202);
    let said: Value = answer.json().await.expect("JSON");
    assert_eq!(said, json!({"taken": "ignored", "reason": reason}));
    let log = stage.supervisor_log();
    assert!(log.lines().any(|line| line.contains("webhook taken") && line.contains(reason)), "{reason}:\n{log}");
}

fn is_logged(stage: &Stage, status: &str, word: &str) {
    let log = stage.supervisor_log();
    let told = |line: &str| line.contains("webhook refused") && line.contains(status) && line.contains(word);
    assert!(log.lines().any(told), "{status} {word}:\n{log}");
}

fn recording(name: &str) -> Vec<u8> {
    std::fs::read(recordings().join(name)).expect("a recording")
}

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/github/webhooks")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect()
}
