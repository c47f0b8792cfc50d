//! What people answer, by button, comment and command line: who may, who was first, and what is too late.

use crate::stage::Stage;
use simulators::github::control::{CheckSnapshot, Command, FileChange, Order, WebhookEffect};

/// An agent that writes its assignment into its log and asks a question.
pub const TELLS_ITS_TASK: &str = r#"
    agent.kind = "command"
    agent.command = ["/bin/sh", "-c", "read -r task; printf '%s\\n' \"$task\" >&2; echo '{\"type\":\"question\",\"question\":\"Shall it be?\"}'; echo '{\"type\":\"done\"}'"]
    machines.allow_unisolated = true
"#;

#[tokio::test]
async fn a_click_by_somebody_without_permission_changes_nothing_and_is_answered() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    stage.click("Apply fix", "stranger").await;
    stage
        .until_replied("`stranger` may not do this: it takes write access, and they have read. Nothing was changed.")
        .await;
    still_waits(&stage, &request).await;
    stage.click("Apply fix", "maintainer").await;
    stage.until_status("idle").await;
    assert_eq!(stage.truth().await.pushed_by_app.len(), 1, "the request was still open to the permitted");
}

#[tokio::test]
async fn an_approval_in_a_comment_by_somebody_without_permission_changes_nothing_and_is_answered() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    stage.comment("stranger", &format!("@longshore approve {request}")).await;
    stage.until_replied("`stranger` may not do this").await;
    still_waits(&stage, &request).await;
}

#[tokio::test]
async fn a_second_and_different_answer_is_told_what_was_decided_by_whom_and_when() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    stage.webhooks("issue_comment", None, WebhookEffect::Hold).await;
    stage.comment("dana", &format!("@longshore reject {request}")).await;
    stage.click("Apply fix", "maintainer").await;
    stage.until_status("idle").await;
    let decided = stage.replies().await.len();
    stage.release(Order::AsTheyCame).await;
    let told = format!("`{request}` is already decided: yes, by `maintainer`, at ");
    stage.until_replied(&told).await;
    let replies = stage.replies().await;
    let reply = replies.iter().find(|body| body.contains(&told)).expect("it was said");
    let at = reply.split(&told).nth(1).and_then(|rest| rest.split(" UTC.").next()).expect("a time");
    let state = stage.state().await.expect("the workflow");
    let decided_at = state["decisions"][0]["at"].as_u64().expect("milliseconds");
    assert_eq!(at, day_and_time(decided_at), "{reply}");
    assert!(reply.contains("The first answer counts; this one changed nothing."), "{reply}");
    assert_eq!(replies.len(), decided + 1, "one reply: {replies:#?}");
    assert_eq!(stage.truth().await.pushed_by_app.len(), 1);
}

#[tokio::test]
async fn two_clicks_on_the_button_of_an_old_check_get_one_reply() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    stage.webhooks("check_run", None, WebhookEffect::Hold).await;
    stage.click("Apply fix", "maintainer").await;
    stage.click("Apply fix", "maintainer").await;
    push(&stage).await;
    stage.until("the request is withdrawn", || async { request != open_request(&stage).await }).await;
    stage.until_status("awaiting_decision").await;
    stage.release(Order::AsTheyCame).await;
    let over = format!("`{request}` is not open any more: new commits. Nothing was changed.");
    stage.until_replied(&over).await;
    stage.until("both clicks are judged", || async { stage.recorded("permission_read").await == 2 }).await;
    stage.comment("dana", "@longshore help").await;
    stage.until_replied("`@longshore help`").await;
    let replies = stage.replies().await;
    assert_eq!(replies.iter().filter(|body| body.contains(&over)).count(), 1, "{replies:#?}");
    assert_eq!(replies.len(), 2, "{replies:#?}");
    assert!(stage.truth().await.pushed_by_app.is_empty());
}

#[tokio::test]
async fn a_push_while_it_waits_withdraws_the_request_and_the_next_run_is_told() {
    let stage = Stage::waiting(TELLS_ITS_TASK).await;
    let request = stage.request().await;
    let old = newest_check(&stage).await;
    assert_eq!(old.labels, ["Yes", "No", "Ask tomorrow"]);
    push(&stage).await;
    stage
        .until("another request is open", || async { !["", &request].contains(&open_request(&stage).await.as_str()) })
        .await;
    stage.until_status("awaiting_decision").await;
    let truth = stage.truth().await;
    let withdrawn = truth.checks.iter().find(|check| check.id == old.id).expect("the old check");
    assert_eq!(withdrawn.conclusion.as_deref(), Some("cancelled"));
    assert!(withdrawn.labels.is_empty(), "{withdrawn:#?}");
    assert!(withdrawn.title.as_deref().unwrap_or_default().contains(&truth.head_sha[..7]), "{withdrawn:#?}");
    let new = newest_check(&stage).await;
    assert_eq!((new.head_sha, new.labels), (truth.head_sha, old.labels));
    let log = text(&stage.verb(&["logs", "acme/shop#7"]).stdout);
    assert!(log.contains(&format!("new commits; request {request} was withdrawn")), "{log}");
}

#[tokio::test]
async fn an_approval_in_a_comment_pushes_the_patch() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    stage.comment("maintainer", &format!("Looks right to me.\n\n@longshore approve {request}")).await;
    stage.until_status("idle").await;
    let truth = stage.truth().await;
    assert_eq!(truth.pushed_by_app, [truth.head_sha]);
}

#[tokio::test]
async fn a_rejection_in_a_comment_pushes_nothing_and_the_findings_stay_open() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    stage.comment("dana", &format!("@longshore reject {request}")).await;
    stage.until_status("idle").await;
    stage.until_replied("dana").await;
    let truth = stage.truth().await;
    assert!(truth.pushed_by_app.is_empty());
    let check = newest_check(&stage).await;
    assert_eq!((check.conclusion.as_deref(), check.labels.len()), (Some("neutral"), 0), "{check:#?}");
    assert_eq!(truth.reviews.len(), 1, "what was found is still there");
}

#[tokio::test]
async fn help_is_given_to_whoever_asks() {
    let stage = Stage::waiting("").await;
    stage.comment("stranger", "@longshore help").await;
    stage.until_replied("`@longshore approve ID`").await;
    let replies = stage.replies().await;
    for verb in ["review", "approve ID", "reject ID", "help"] {
        assert!(replies[0].contains(&format!("`@longshore {verb}`")), "{replies:#?}");
    }
}

#[tokio::test]
async fn commands_in_quotes_and_code_and_those_of_bots_are_not_obeyed() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    let command = format!("@longshore approve {request}");
    let quoted = [
        format!("> {command}"),
        format!("```\n{command}\n```"),
        format!("~~~\n{command}\n~~~"),
        format!("    {command}"),
        format!("`{command}`"),
        format!("One would say {command} here"),
        format!("<!--\n{command}\n-->"),
    ];
    stage.until_delivered().await;
    let of_bots = count(&stage.supervisor_log(), "comment_by_a_bot"); // our own review has comments, too
    for body in &quoted {
        stage.comment("maintainer", body).await;
    }
    stage.comment("dependabot[bot]", &command).await;
    stage.comment("longshore[bot]", &command).await;
    stage.until_delivered().await;
    let log = stage.supervisor_log();
    assert_eq!(count(&log, "no_command"), quoted.len(), "{log}");
    assert_eq!(count(&log, "comment_by_a_bot"), of_bots + 2, "{log}");
    assert_eq!(stage.recorded("asked").await, 0);
    still_waits(&stage, &request).await;
}

/// Nothing was pushed, and the check still shows its buttons.
async fn still_waits(stage: &Stage, request: &str) {
    assert_eq!(open_request(stage).await, request);
    assert_eq!(stage.status().await.as_deref(), Some("awaiting_decision"));
    assert!(stage.truth().await.pushed_by_app.is_empty());
    let check = newest_check(stage).await;
    assert_eq!(check.conclusion.as_deref(), Some("action_required"));
    assert_eq!(check.labels, ["Apply fix", "Keep as is", "Ask tomorrow"]);
}

/// Empty if none is open.
async fn open_request(stage: &Stage) -> String {
    let state = stage.state().await.unwrap_or_default();
    state["request"]["id"].as_str().unwrap_or_default().to_owned()
}

async fn newest_check(stage: &Stage) -> CheckSnapshot {
    stage.truth().await.checks.pop().expect("a check")
}

/// Somebody pushes a commit.
pub async fn push(stage: &Stage) {
    stage
        .command(Command::Push {
            repository: stage.pull.repository.clone(),
            branch: "raise-upload-limit".into(),
            changes: vec![FileChange::text("docs/limits.md", "# Limits\n\nFilms have 250 MB.\n")],
            message: "Document the limits".into(),
            by: "dana".into(),
        })
        .await;
}

fn count(log: &str, word: &str) -> usize {
    log.lines().filter(|line| line.contains("webhook taken") && line.contains(word)).count()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `20 Dec, 09:30`, as comments write a time.
fn day_and_time(unix_ms: u64) -> String {
    let time = jiff::Timestamp::from_millisecond(i64::try_from(unix_ms).expect("a time")).expect("a time");
    time.strftime("%-d %b, %H:%M").to_string()
}
