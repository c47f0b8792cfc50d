//! A run that is not this worker's (any more): it ends, and the volume stays as it was.

use crate::support::Stage;
use axum::http::StatusCode;
use std::{collections::BTreeMap, path::Path};
use worker::Exit;

/// Every path and content below `dir`.
fn snapshot(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut dirs) = (BTreeMap::new(), vec![dir.to_owned()]);
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                dirs.push(entry.path());
            } else {
                found.insert(entry.path().display().to_string(), std::fs::read(entry.path()).unwrap_or_default());
            }
        }
    }
    found
}

async fn refused(call: &'static str, status: StatusCode) -> (Stage, Exit) {
    let stage = Stage::with_a_debug_call().await;
    stage.supervisor.refuse(call, status);
    let exit = stage.run().await;
    (stage, exit)
}

#[tokio::test]
async fn a_stale_or_taken_claim_ends_without_touching_the_volume() {
    for (status, expected) in [
        (StatusCode::GONE, Exit::Stale),
        (StatusCode::CONFLICT, Exit::ClaimedByAnother),
        (StatusCode::FORBIDDEN, Exit::Refused),
        (StatusCode::TEMPORARY_REDIRECT, Exit::Refused),
    ] {
        let (stage, exit) = refused("claim", status).await;
        assert_eq!(exit, expected);
        assert_eq!(snapshot(stage.volume.path()), BTreeMap::new());
        assert_eq!(stage.supervisor.heard().nonces.len(), 1, "there is no second try");
    }
}

#[tokio::test]
async fn a_run_that_becomes_stale_while_it_works_stops_everything() {
    let script = "read -r assignment; echo '{\"type\":\"finding\",\"path\":\"a\",\"title\":\"t\"}'; sleep 1000";
    let stage = Stage::with_a_debug_call().await.script(script);
    let worker = stage.start();
    stage.supervisor.until(|heard| heard.findings().len() == 1).await;
    let before = snapshot(&stage.at("agent"));
    stage.supervisor.refuse("events", StatusCode::GONE);
    assert_eq!(worker.await.unwrap(), Exit::Stale);
    assert_eq!((snapshot(&stage.at("agent")), stage.outbox()), (before, vec![]));
    assert!(stage.supervisor.heard().result.is_none());
}

#[tokio::test]
async fn a_result_that_comes_too_late_is_left_where_it_is() {
    let (stage, exit) = refused("result", StatusCode::GONE).await;
    assert_eq!((exit, stage.outbox()), (Exit::Stale, vec!["run-1.json".to_owned()]));
}

#[tokio::test]
async fn a_volume_that_saw_a_newer_run_makes_this_one_stale() {
    let stage = Stage::with_a_debug_call().await;
    std::fs::write(stage.at("meta.json"), r#"{"deployment":"d1","workflow":"wf_7","last_run":2}"#).unwrap();
    let before = snapshot(stage.volume.path());
    assert_eq!(stage.run().await, Exit::Stale);
    assert_eq!(snapshot(stage.volume.path()), before);
    assert!(stage.supervisor.heard().result.is_none());
}
