//! The `rules` agent from claim to result, and its session from run to run.

use crate::support::{Stage, decision};
use protocol::{Outcome, PatchDigest, Report, SessionState};

#[tokio::test]
async fn a_review_streams_its_findings_and_hands_in_a_patch() {
    let stage = Stage::with_a_debug_call().await;
    let request = stage.run_to_request().await;
    let (heard, result) = (stage.supervisor.heard(), request.result);

    assert_eq!(result.outcome, Outcome::Reviewed);
    assert_eq!(result.findings.len(), 1);
    assert_eq!((result.findings[0].path.as_str(), result.findings[0].line), ("src/upload.rs", Some(2)));
    assert!(result.findings[0].in_patch);
    assert_eq!(heard.findings(), result.findings);
    assert!(
        heard.events.values().any(|report| matches!(report, Report::Progress { phase, .. } if phase == "fetching"))
    );
    assert_eq!(heard.events.keys().copied().collect::<Vec<_>>(), (1..=heard.events.len() as u64).collect::<Vec<_>>());

    let patch = result.patch.unwrap();
    assert!(patch.diff.starts_with("diff --git a/src/upload.rs b/src/upload.rs\nindex "), "{}", patch.diff);
    assert!(patch.diff.ends_with("-    dbg!(&form.token);\n     store(form);\n }\n"), "{}", patch.diff);

    assert_eq!((result.coverage.files_read, result.coverage.files_total), (Some(1), 1));
    for never in ["logic", "tests were not run"] {
        assert!(result.coverage.not_checked.iter().any(|entry| entry == never), "{never}");
    }
    assert_eq!(result.agent.what, "fixed checks, no model");
    assert_eq!((result.session, &result.merge_base), (SessionState::Began, &stage.task.base_sha));
    assert!(request.checkpoint.unwrap().files.contains_key("rules/session.json"));
    assert!(stage.outbox().is_empty(), "what was answered is removed");
    let meta = std::fs::read_to_string(stage.at("meta.json")).unwrap();
    assert_eq!(meta, r#"{"deployment":"d1","workflow":"wf_7","last_run":1}"#);
}

#[tokio::test]
async fn an_approved_patch_is_carried_out_from_the_session() {
    let mut stage = Stage::with_a_debug_call().await;
    let asked = stage.run_to_result().await.patch.unwrap();

    stage.next_run(decision("yes", &asked.digest()));
    let result = stage.run_to_result().await;
    assert_eq!(result.outcome, Outcome::ApplyApproved { digest: asked.digest() });
    assert_eq!((result.patch.as_ref(), result.session), (Some(&asked), SessionState::Resumed));
    assert_eq!(result.findings.len(), 1);
}

#[tokio::test]
async fn a_declined_patch_is_noted_and_not_proposed_again() {
    let mut stage = Stage::with_a_debug_call().await;
    let asked = stage.run_to_result().await.patch.unwrap();

    stage.next_run(decision("no", &asked.digest()));
    let result = stage.run_to_result().await;
    assert_eq!((result.outcome, result.patch), (Outcome::DecisionNoted, None));

    stage.next_run(protocol::Purpose::Review { reason: "asked by a person".into() });
    let result = stage.run_to_result().await;
    assert_eq!((result.outcome, result.patch, result.session), (Outcome::Reviewed, None, SessionState::Resumed));
    assert!(!result.findings[0].in_patch);
    assert!(result.coverage.notes.iter().any(|note| note.ends_with("was declined before and is not proposed again")));
}

#[tokio::test]
async fn a_lost_session_is_said_to_be_lost_and_the_same_patch_is_found_again() {
    let mut stage = Stage::with_a_debug_call().await;
    let asked = stage.run_to_result().await.patch.unwrap();
    std::fs::remove_dir_all(stage.at("agent/rules")).unwrap();

    stage.next_run(decision("yes", &asked.digest()));
    let result = stage.run_to_result().await;
    assert_eq!(result.outcome, Outcome::ApplyApproved { digest: asked.digest() });
    assert_eq!(result.session, SessionState::Missing);
    assert!(stage.supervisor.heard().lines().contains(&"no session was found; checking the same head again"));
}

#[tokio::test]
async fn a_decision_about_another_patch_asks_again() {
    let mut stage = Stage::with_a_debug_call().await;
    let asked = stage.run_to_result().await.patch.unwrap();

    stage.next_run(decision("yes", &PatchDigest("0".repeat(64))));
    let result = stage.run_to_result().await;
    assert_eq!((result.outcome, result.patch), (Outcome::Reviewed, Some(asked)));
    let asks_again =
        |note: &String| note == "what was approved is not what the checks propose now: please decide again";
    assert!(result.coverage.notes.iter().any(asks_again));
}

#[tokio::test]
async fn a_forged_session_does_not_get_its_own_patch_approved() {
    let mut stage = Stage::with_a_debug_call().await;
    let asked = stage.run_to_result().await.patch.unwrap();
    let session = std::fs::read_to_string(stage.at("agent/rules/session.json")).unwrap();
    let forged = session.replace("store(form)", "steal(form)");
    assert_ne!(session, forged);
    std::fs::write(stage.at("agent/rules/session.json"), forged).unwrap();

    stage.next_run(decision("yes", &asked.digest()));
    let result = stage.run_to_result().await;
    assert_eq!((result.patch, result.session), (Some(asked), SessionState::Missing));
}

#[tokio::test]
async fn without_leave_to_fix_nothing_is_proposed() {
    let mut stage = Stage::with_a_debug_call().await;
    stage.task.fixes = false;
    let result = stage.run_to_result().await;
    assert_eq!((result.findings.len(), result.findings[0].in_patch, result.patch), (1, false, None));
}

#[tokio::test]
async fn a_lost_volume_is_seeded_from_the_checkpoint() {
    let mut stage = Stage::with_a_debug_call().await;
    let request = stage.run_to_request().await;
    let asked = request.result.patch.unwrap();
    stage.volume = tempfile::tempdir().unwrap();

    stage.next_run(decision("yes", &asked.digest()));
    stage.task.seed = request.checkpoint;
    let result = stage.run_to_result().await;
    assert_eq!(result.outcome, Outcome::ApplyApproved { digest: asked.digest() });
    assert_eq!(result.session, SessionState::Seeded);
}

#[tokio::test]
async fn a_question_is_answered_with_what_the_checks_are_and_leaves_the_session_as_it_was() {
    let mut stage = Stage::with_a_debug_call().await;
    let asked = stage.run_to_result().await.patch.unwrap();
    let session = std::fs::read(stage.at("agent/rules/session.json")).unwrap();
    let commands = vec![protocol::CommandHelp { usage: "@longshore review".into(), does: "review again".into() }];
    let question = protocol::Purpose::Question { question: "Why?".into(), asked_by: "bob".into(), commands };
    stage.next_run(question);
    let result = stage.run_to_result().await;
    let Outcome::Answered { answer } = &result.outcome else { panic!("{:?}", result.outcome) };
    for said in ["I am `rules` 0.1: fixed checks, no model.", "1 finding.", "`@longshore review`: review again"] {
        assert!(answer.contains(said), "{said}: {answer}");
    }
    assert_eq!((result.findings.len(), result.patch, result.session), (0, None, SessionState::Resumed));
    assert_eq!(std::fs::read(stage.at("agent/rules/session.json")).unwrap(), session);
    stage.next_run(decision("yes", &asked.digest()));
    let result = stage.run_to_result().await;
    assert_eq!(result.outcome, Outcome::ApplyApproved { digest: asked.digest() });
}
