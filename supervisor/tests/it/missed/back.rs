//! Reading back: over many pages, through a crash, and when GitHub does not let us or fails.

use super::*;
use crate::stage::Stage;
use simulators::github::control::WebhookEffect;

/// More than two pages of a hundred.
const ATTEMPTS: u32 = 230;

#[tokio::test]
async fn away_for_longer_than_two_pages_it_takes_the_click_that_lies_at_their_bottom() {
    let mut stage = Stage::waiting("").await;
    open_pull(&stage, 8).await;
    until(&stage, 8, "awaiting_decision").await;
    stage.kill_supervisor();
    click(&stage, 7, "Apply fix", "maintainer").await;
    stage.command(Command::Close { pull: name(8), by: "dana".into() }).await;
    // One webhook, tried again and again: one GUID, so one to be taken in.
    stage.webhooks("issue_comment", None, WebhookEffect::Duplicate(ATTEMPTS)).await;
    comment(&stage, 8, "dana", "Still nobody there?").await;
    stage.until_delivered().await;
    assert!(stage.deliveries().await.iter().filter(|it| it.status_code == Some(0)).count() > 200);
    stage.start_supervisor().await;
    until(&stage, 7, "idle").await;
    until(&stage, 8, "closed").await;
    let truth = stage.truth().await;
    assert_eq!(truth.pushed_by_app, [truth.head_sha]);
    assert_eq!((said(&stage, READ_BACK), said(&stage, "missed webhook taken in")), (1, 3));
    let log = stage.supervisor_log();
    let first = log.lines().find(|line| line.contains("missed webhook taken in")).expect("a line");
    assert!(first.contains("requested_action"), "the oldest decision came first: {first}");
}

#[tokio::test]
async fn killed_while_it_catches_up_it_goes_on_and_nothing_happens_twice() {
    let mut stage = Stage::waiting("").await;
    open_pull(&stage, 8).await;
    until(&stage, 8, "awaiting_decision").await;
    stage.kill_supervisor();
    click(&stage, 7, "Apply fix", "maintainer").await;
    for place in 0..60 {
        comment(&stage, 8, "dana", &format!("Word {place}")).await;
    }
    click(&stage, 8, "Keep as is", "maintainer").await;
    stage.until_delivered().await;
    stage.command(Command::SetLatency { millis: 40 }).await;
    stage.start_supervisor().await;
    stage.until("half of it is taken in", || async { said(&stage, "missed webhook taken in") >= 30 }).await;
    stage.kill_supervisor();
    assert_eq!(said(&stage, READ_BACK), 0, "it was in the middle");
    let before = said(&stage, "missed webhook taken in");
    stage.command(Command::ResetSwitches).await;
    stage.start_supervisor().await;
    stage.until("it is through", || async { said(&stage, READ_BACK) == 1 }).await;
    until(&stage, 7, "idle").await;
    until(&stage, 8, "idle").await;
    assert!(said(&stage, "missed webhook taken in") >= before + 32, "what was left is taken in");
    for (number, pushed) in [(7, 1), (8, 0)] {
        // The reply is an action of its own: it may come after the status.
        let told = || async {
            let comments = stage.truth_of(&name(number)).await.comments;
            comments.iter().any(|comment| comment.user == "longshore[bot]")
        };
        stage.until("the answer is told", told).await;
        let (state, truth) = (state(&stage, number).await, stage.truth_of(&name(number)).await);
        assert_eq!(state["decisions"].as_array().map(Vec::len), Some(1), "{state:#}");
        assert_eq!(truth.pushed_by_app.len(), pushed);
        let told = truth.comments.iter().filter(|comment| comment.user == "longshore[bot]").count();
        assert_eq!(told, 1, "#{number} is told once what was decided: {:#?}", truth.comments);
    }
}

/// GitHub does not show the App its webhooks: said once, and everything else goes on.
#[tokio::test]
async fn where_webhooks_are_not_listed_that_is_said_once_and_what_is_open_is_read_all_the_same() {
    let mut stage = Stage::waiting("github.catch_up_every = \"1s\"").await;
    stage.kill_supervisor();
    open_pull(&stage, 8).await;
    stage.until_delivered().await;
    hide_webhooks(&stage).await;
    let compared = said(&stage, COMPARED);
    stage.start_supervisor().await;
    until_compared(&stage, compared).await;
    until(&stage, 8, "awaiting_decision").await;
    stage
        .until("it asked again", || async {
            stage.get("/metrics").await.lines().any(|line| {
                line.strip_prefix("longshore_catch_up_total{outcome=\"denied\"} ")
                    .and_then(|count| count.parse::<u32>().ok())
                    .is_some_and(|count| count >= 3)
            })
        })
        .await;
    assert_eq!(said(&stage, "GitHub does not list the App's webhooks"), 1);
    assert!(stage.get("/health/ready").await.contains("ok"), "{}", stage.get("/health/ready").await);

    // And when it does again, what was missed comes.
    stage.command(Command::ResetSwitches).await;
    stage.until("it says so", || async { said(&stage, "GitHub lists the App's webhooks again") == 1 }).await;
}

#[tokio::test]
async fn while_github_fails_it_serves_and_tries_again() {
    let mut stage = Stage::waiting("").await;
    stage.kill_supervisor();
    click(&stage, 7, "Keep as is", "maintainer").await;
    stage.until_delivered().await;
    for (status, retry_after) in [(502, None), (429, Some(1)), (500, None)] {
        let failure = Failure::Status { status, retry_after };
        let failure = CallFailure { method: None, path: "/app/hook/deliveries".into(), failure, times: 1 };
        stage.command(Command::FailCalls(failure)).await;
    }
    stage.start_supervisor().await;
    stage.until_status("idle").await;
    assert_eq!(said(&stage, "missed webhooks could not be read back; it is tried again"), 3);
    assert_eq!(stage.recorded("permission_read").await, 1);
}

#[tokio::test]
async fn a_webhook_that_failed_while_the_supervisor_ran_comes_a_little_later_and_once() {
    let stage = Stage::waiting("github.catch_up_every = \"1s\"").await;
    stage.webhooks("check_run", Some("requested_action"), WebhookEffect::Drop).await;
    stage.click("Keep as is", "maintainer").await;
    stage.until_status("idle").await;
    let passes = || async {
        let metrics = stage.get("/metrics").await;
        let line = metrics.lines().find_map(|line| line.strip_prefix("longshore_catch_up_total{outcome=\"done\"} "));
        line.and_then(|count| count.parse::<u32>().ok()).unwrap_or_default()
    };
    let before = passes().await;
    stage.until("it was read back twice more", || async { passes().await >= before + 2 }).await;
    assert_eq!(said(&stage, "missed webhook taken in"), 1, "it is fetched once");
}
