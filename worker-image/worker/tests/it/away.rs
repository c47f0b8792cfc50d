//! A supervisor that is away, for a while or for good.

use crate::support::Stage;
use axum::http::StatusCode;
use protocol::{Directive, Outcome, Report};
use worker::Exit;

/// Reports, then goes on once a file is there, so that the test decides when.
const WAITS_FOR_A_FILE: &str = r#"
read -r assignment
echo '{"type":"finding","path":"a.rs","title":"before"}'
until [ -e "$HOME/go" ]; do sleep 0.01; done
echo '{"type":"finding","path":"a.rs","title":"after"}'
echo '{"type":"done"}'
"#;

#[tokio::test]
async fn the_work_goes_on_while_the_supervisor_is_away_and_nothing_is_lost_when_it_returns() {
    let stage = Stage::with_a_debug_call().await.script(WAITS_FOR_A_FILE);
    let worker = stage.start();
    stage.supervisor.until(|heard| heard.findings().len() == 1).await;
    stage.supervisor.set(|heard| heard.away = true);
    std::fs::write(stage.at("agent/command/go"), "").unwrap();
    let calls = stage.supervisor.heard().calls;
    stage.supervisor.until(|heard| heard.calls > calls + 3).await;
    stage.supervisor.set(|heard| heard.away = false);

    assert_eq!(worker.await.unwrap(), Exit::Done);
    let titles: Vec<_> =
        stage.supervisor.heard().result.unwrap().result.findings.into_iter().map(|finding| finding.title).collect();
    assert_eq!(titles, ["before", "after"]);
    assert!(stage.outbox().is_empty());
}

#[tokio::test]
async fn a_supervisor_that_stays_away_finds_the_result_in_the_outbox() {
    let mut stage = Stage::with_a_debug_call().await;
    stage.task.limits.supervisor_away_ms = 300;
    stage.supervisor.refuse("result", StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(stage.run().await, Exit::SupervisorAway);
    assert_eq!(stage.outbox(), ["run-1.json"]);
}

#[tokio::test]
async fn a_repeated_claim_has_the_same_nonce() {
    let stage = Stage::with_a_debug_call().await;
    stage.supervisor.set(|heard| heard.away = true);
    let worker = stage.start();
    stage.supervisor.until(|heard| heard.nonces.len() == 3).await;
    stage.supervisor.set(|heard| heard.away = false);
    assert_eq!(worker.await.unwrap(), Exit::Done);
    let nonces = stage.supervisor.heard().nonces;
    assert!(nonces.iter().all(|nonce| *nonce == nonces[0] && nonce.len() == 32), "{nonces:?}");
}

#[tokio::test]
async fn a_gateway_that_is_away_for_a_moment_is_waited_for() {
    let stage = Stage::with_a_debug_call().await;
    stage.supervisor.refuse("git", StatusCode::BAD_GATEWAY);
    let worker = stage.start();
    stage.supervisor.until(|heard| !heard.events.is_empty()).await;
    let calls = stage.supervisor.heard().calls;
    stage.supervisor.until(|heard| heard.calls > calls + 5).await;
    stage.supervisor.set(|heard| heard.refuse.clear());
    assert_eq!(worker.await.unwrap(), Exit::Done);
    assert_eq!(stage.supervisor.heard().result.unwrap().result.outcome, Outcome::Reviewed);
}

#[tokio::test]
async fn a_stopped_run_hands_in_what_there_is() {
    let stage = Stage::with_a_debug_call().await.script(WAITS_FOR_A_FILE);
    let worker = stage.start();
    stage.supervisor.until(|heard| heard.findings().len() == 1).await;
    stage.supervisor.set(|heard| heard.directive = Directive::Stop { reason: "new commits".into() });
    assert_eq!(worker.await.unwrap(), Exit::Done);
    let result = stage.supervisor.heard().result.unwrap().result;
    assert_eq!(result.outcome, Outcome::Failed { code: "stopped".into(), message: "new commits".into() });
    assert_eq!(result.findings.len(), 1);
}

#[tokio::test]
async fn a_run_out_of_time_hands_in_what_there_is() {
    let mut stage = Stage::with_a_debug_call().await.script(WAITS_FOR_A_FILE);
    stage.task.limits.total_ms = 6_000;
    let result = stage.run_to_result().await;
    assert_eq!(result.outcome, Outcome::BudgetReached { limit: "6 seconds".into() });
    assert_eq!(result.findings.len(), 1);
}

#[tokio::test]
async fn reports_and_results_whose_answers_are_lost_are_sent_again_and_count_once() {
    let stage = Stage::with_a_debug_call().await;
    stage.supervisor.set(|heard| heard.loses_answers = true);
    let worker = stage.start();
    stage.supervisor.until(|heard| heard.repeats > 0 && heard.result.is_some()).await;
    stage.supervisor.set(|heard| heard.loses_answers = false);
    assert_eq!(worker.await.unwrap(), Exit::Done);
    assert!(stage.outbox().is_empty());
}

#[tokio::test]
async fn a_quiet_agent_still_gives_signs_of_life() {
    let stage = Stage::with_a_debug_call().await.script(WAITS_FOR_A_FILE);
    let worker = stage.start();
    let is_heartbeat = |report: &&Report| **report == Report::Heartbeat;
    stage.supervisor.until(|heard| heard.findings().len() == 1).await;
    let before = stage.supervisor.heard().events.values().filter(is_heartbeat).count();
    stage.supervisor.until(|heard| heard.events.values().filter(is_heartbeat).count() > before + 2).await;
    std::fs::write(stage.at("agent/command/go"), "").unwrap();
    assert_eq!(worker.await.unwrap(), Exit::Done);
}

#[tokio::test]
async fn a_batch_that_is_refused_does_not_hold_up_the_run() {
    let stage = Stage::with_a_debug_call().await;
    stage.supervisor.refuse("events", StatusCode::BAD_REQUEST);
    assert_eq!(stage.run_to_result().await.findings.len(), 1);
}

#[tokio::test]
async fn a_checkpoint_that_is_refused_is_left_out() {
    let stage = Stage::with_a_debug_call().await;
    stage.supervisor.refuse("checkpoint", StatusCode::PAYLOAD_TOO_LARGE);
    let request = stage.run_to_request().await;
    assert_eq!((request.result.findings.len(), request.checkpoint), (1, None));
}
