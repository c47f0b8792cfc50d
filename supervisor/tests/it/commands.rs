//! What people command in comments: seen at once, obeyed if they may, answered once.

use crate::{decisions, stage::Stage};
use serde_json::Value;
use simulators::github::control::{CallFailure, CheckSnapshot, Command, Failure};

/// A run that lasts until it is ended.
pub const NEVER_ENDS: &str = r#"
    agent.kind = "command"
    agent.command = ["/bin/sh", "-c", "read -r task; echo '{\"type\":\"progress\",\"phase\":\"thinking\"}'; exec sleep 600"]
    machines.allow_unisolated = true
"#;

#[tokio::test]
async fn a_command_is_acknowledged_before_it_is_answered() {
    let stage = Stage::waiting("").await;
    stage.comment("dana", "@longshore explain").await;
    stage.until_replied("Before a review, in this order:").await;
    let effects = stage.effects().await;
    let place = |what: &str| effects.iter().position(|effect| effect.what == what);
    let (eyes, reply) = (place("reaction.created"), place("comment.created"));
    assert!(eyes.is_some() && eyes < reply, "{effects:#?}");
}

#[tokio::test]
async fn a_reaction_that_github_refuses_keeps_nobody_from_the_answer() {
    let stage = Stage::waiting("").await;
    let failure = Failure::Status { status: 500, retry_after: None };
    stage
        .command(Command::FailCalls(CallFailure { method: None, path: "/reactions".into(), failure, times: 100 }))
        .await;
    stage.comment("dana", "@longshore explain").await;
    stage.until_replied("Before a review, in this order:").await;
    stage.until("the reaction is given up", || async { stage.recorded("action_failed").await == 1 }).await;
    assert_eq!(stage.status().await.as_deref(), Some("awaiting_decision"));
}

#[tokio::test]
async fn explain_tells_every_gate_of_a_draft_and_review_opens_the_closed_one() {
    let stage = Stage::open("").await;
    stage.open_changed_pull_request(|pull| pull.draft = true).await;
    stage.until_status("idle").await;
    stage.comment("dana", "@longshore explain, please").await;
    stage.until_replied("**No: a draft, and drafts are not reviewed here. Here it ends.**").await;
    let told = stage.replies().await.remove(0);
    assert!(told.contains("4. Is the pull request open? Yes: open."), "{told}");
    assert!(told.contains("14. Is it not paused? Not asked, since an earlier one is closed."), "{told}");
    assert!(told.contains("It waits for new commits, or for `review`."), "{told}");
    stage.comment("dana", "@longshore review").await;
    stage.until_status("awaiting_decision").await;
    stage.comment("dana", "@longshore explain").await;
    stage.until_replied("but somebody permitted asked for this review").await;
}

#[tokio::test]
async fn cancel_in_a_comment_ends_the_run_and_the_check_says_by_whom() {
    let stage = Stage::open(NEVER_ENDS).await;
    stage.open_pull_request().await;
    stage.until("the run is under way", || async { stage.status().await.as_deref() == Some("running") }).await;
    stage.comment("dana", "@longshore cancel").await;
    stage.until_replied("Run 1 was ended, as `dana` asked.").await;
    stage.until_status("idle").await;
    let check = newest_check(&stage).await;
    assert_eq!(check.conclusion.as_deref(), Some("cancelled"));
    assert!(format!("{check:?}").contains("cancelled by dana"), "{check:#?}");
}

#[tokio::test]
async fn a_paused_pull_request_is_skipped_through_a_restart_until_it_is_resumed() {
    let mut stage = Stage::waiting("").await;
    stage.comment("dana", "@longshore pause").await;
    stage.until_replied("Paused, as `dana` asked: no reviews of this pull request until `@longshore resume`").await;
    decisions::push(&stage).await;
    stage
        .until("the check says so", || async { newest_check(&stage).await.conclusion.as_deref() == Some("skipped") })
        .await;
    assert_eq!(newest_check(&stage).await.title.as_deref(), Some("Not reviewed: paused by dana"));
    stage.kill_supervisor();
    stage.start_supervisor().await;
    stage.comment("dana", "@longshore review").await;
    stage.until_replied("Not reviewed: paused by dana until `resume`.").await;
    let why = stage.verb(&["why", "acme/shop#7"]);
    let said = String::from_utf8_lossy(&why.stdout).into_owned();
    assert!(said.starts_with("paused by dana; no reviews until `resume`"), "{said}");
    let runs = stage.state().await.unwrap_or_default()["run"].clone();
    assert_eq!(runs, Value::from(1), "nothing was reviewed meanwhile");
    stage.comment("dana", "@longshore resume").await;
    stage.until_replied("Resumed, as `dana` asked").await;
    stage.until_status("awaiting_decision").await;
    assert_eq!(newest_check(&stage).await.conclusion.as_deref(), Some("action_required"));
}

#[tokio::test]
async fn a_paused_pull_request_still_takes_an_answer() {
    let stage = Stage::waiting("").await;
    assert!(stage.verb(&["pause", "acme/shop#7"]).status.success());
    stage.click("Apply fix", "maintainer").await;
    stage.until("the patch is pushed", || async { stage.truth().await.pushed_by_app.len() == 1 }).await;
    stage.until_status("idle").await;
    let resumed = stage.verb(&["resume", "acme/shop#7"]);
    assert_eq!(String::from_utf8_lossy(&resumed.stdout), "resumed; it was paused by cli\n");
    let again = stage.verb(&["resume", "acme/shop#7"]);
    assert_eq!(again.status.code(), Some(1));
}

#[tokio::test]
async fn a_stranger_s_commands_change_nothing_and_get_one_refusal_each() {
    let stage = Stage::waiting("").await;
    let (request, volumes) = (stage.request().await, stage.left_over().await);
    let commands = ["cancel", "pause", "resume", "explain", "review", "is this safe?"];
    for command in commands.iter().chain(&commands) {
        stage.comment("stranger", &format!("@longshore {command}")).await;
    }
    stage.until("all are judged", || async { stage.recorded("permission_read").await == 2 * commands.len() }).await;
    stage.comment("stranger", "@longshore help").await;
    stage.comment("stranger", "@longshore help").await;
    stage.until_replied("`@longshore pause`").await;
    stage.until("all were heard", || async { stage.recorded("reacted").await == 2 * commands.len() + 2 }).await;
    stage.until("all are replied to", || async { stage.recorded("replied").await == commands.len() + 1 }).await;
    let replies = stage.replies().await;
    let refused = "`stranger` may not do this: it takes write access, and they have read. Nothing was changed.";
    assert_eq!(replies.iter().filter(|body| body.contains(refused)).count(), commands.len(), "{replies:#?}");
    assert_eq!(replies.len(), commands.len() + 1, "{replies:#?}");
    assert_eq!((stage.status().await.as_deref(), stage.request().await), (Some("awaiting_decision"), request));
    assert_eq!((stage.left_over().await, stage.truth().await.checks.len()), (volumes, 1));
}

#[tokio::test]
async fn help_lists_the_commands_and_a_command_without_its_id_says_how_it_is_written() {
    let stage = Stage::waiting("").await;
    stage.comment("stranger", "@longshore").await;
    stage.until_replied("`@longshore approve ID`").await;
    stage.comment("dana", "@longshore approve").await;
    stage.until_replied("It is written `@longshore approve ID`").await;
    assert_eq!(stage.recorded("permission_read").await, 0);
}

async fn newest_check(stage: &Stage) -> CheckSnapshot {
    stage.truth().await.checks.pop().expect("a check")
}
