//! A result that an earlier run could not hand in.

use crate::support::Stage;
use axum::http::StatusCode;
use protocol::{Purpose, RecoveredAnswer};
use worker::Exit;

/// A stage whose first run left its result in the outbox.
async fn left_over() -> Stage {
    let mut stage = Stage::with_a_debug_call().await;
    stage.task.limits.supervisor_away_ms = 300;
    stage.supervisor.refuse("result", StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(stage.run().await, Exit::SupervisorAway);
    stage.supervisor.set(|heard| heard.refuse.clear());
    stage.next_run(Purpose::Review { reason: "machine lost".into() });
    stage
}

#[tokio::test]
async fn an_accepted_one_finishes_the_run_before_any_agent_starts() {
    let stage = left_over().await;
    stage.supervisor.set(|heard| heard.recovered_answer = RecoveredAnswer::AcceptedFinish);
    assert_eq!(stage.run().await, Exit::Done);
    let heard = stage.supervisor.heard();
    assert_eq!((heard.recovered[0].run, heard.recovered[0].result.findings.len()), (1, 1));
    assert!(heard.result.is_none() && heard.events.is_empty());
    assert!(stage.outbox().is_empty());
}

#[tokio::test]
async fn one_that_is_known_or_outdated_is_removed_and_the_run_goes_on() {
    for answer in [RecoveredAnswer::AlreadyHave, RecoveredAnswer::Outdated] {
        let stage = left_over().await;
        stage.supervisor.set(|heard| heard.recovered_answer = answer);
        assert_eq!(stage.run_to_result().await.findings.len(), 1);
        assert_eq!(stage.supervisor.heard().recovered.len(), 1);
        assert!(stage.outbox().is_empty());
    }
}

#[tokio::test]
async fn what_is_no_result_is_passed_over() {
    let stage = left_over().await;
    std::fs::write(stage.at("outbox/run-1.json"), "{\"outcome\":").unwrap();
    assert_eq!(stage.run_to_result().await.findings.len(), 1);
    assert!(stage.supervisor.heard().recovered.is_empty());
}

#[tokio::test]
async fn a_stale_run_leaves_the_outbox_to_its_successor() {
    let stage = left_over().await;
    stage.supervisor.refuse("recovered", StatusCode::GONE);
    assert_eq!(stage.run().await, Exit::Stale);
    assert_eq!(stage.outbox(), ["run-1.json"]);
}
