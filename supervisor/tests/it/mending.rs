//! What the janitor puts right, what it removes of the past, and sessions that are taken out and put in.

use crate::{
    janitor::{janitor, of},
    stage::Stage,
};
use engine::beside::{Beside, Expected};
use environment::Environment;
use github::{
    App, AppConfig, GitHub,
    api::{CheckRun, CheckState, Repository},
};
use serde_json::{Value, json};
use simulators::github::{Options, test_key};
use std::{io::Write, path::Path, time::Duration};
use store_sqlite::SqliteStore;

const BY_HAND: &str = "janitor.schedule = \"0 0 0 29 2 *\"\njanitor.grace = \"0s\"";

/// What is wrong is written while nobody looks.
async fn behind_its_back(stage: &mut Stage, change: impl AsyncFnOnce(&SqliteStore)) {
    stage.kill_supervisor();
    {
        let path = stage.path().join("supervisor/longshore.db");
        let store = SqliteStore::open(&path, Environment::real()).await.expect("the database is free");
        change(&store).await;
    }
    stage.start_supervisor().await;
    stage.until("it answers", || async { stage.verb(&["ps"]).status.success() }).await;
}

#[tokio::test]
async fn a_run_that_nobody_ended_is_ended_and_the_record_says_so() {
    let mut stage = Stage::waiting(BY_HAND).await;
    let key = format!("wf_{:020}/{:010}", 1, 1);
    let ended = || async {
        let shown = stage.api("/workflows/wf_1").await.unwrap_or_default();
        shown["runs"][0]["ended"].is_string()
    };
    stage.until("run 1 is ended", ended).await;
    behind_its_back(&mut stage, async |store| {
        let mut record = store.document("run", &key).await.expect("a read").expect("the record of run 1").value;
        assert!(record["ended"].is_string(), "{record:#}");
        record["ended"] = Value::Null;
        store.put_document("run", &key, &record, Expected::Any).await.expect("a write");
    })
    .await;
    let dry = janitor(&stage, &["--once", "--dry-run"]);
    assert!(of(&dry, "would_mend").contains("wf_1:1"), "{dry:#}");
    let real = janitor(&stage, &["--once"]);
    assert!(of(&real, "mended").contains("wf_1:1"), "{real:#}");
    let runs = stage.api("/workflows/wf_1").await.expect("the workflow")["runs"].clone();
    assert_eq!(runs[0]["ended"], "its workflow is past it", "{runs:#}");
    assert!(!of(&janitor(&stage, &["--once"]), "mended").contains("wf_1:1"), "once");
    let said = stage.verb(&["janitor", "--audit"]);
    let table = String::from_utf8_lossy(&said.stdout).into_owned();
    let row = table.lines().find(|line| line.contains("wf_1:1")).unwrap_or_else(|| panic!("{table}"));
    assert!(row.contains("cli") && row.contains("done"), "{row}");
    assert!(row.ends_with("run 1 of wf_1 was never ended, and its workflow is past it; it is ended"), "{row}");
    assert_eq!(stage.status().await.as_deref(), Some("awaiting_decision"), "the workflow goes on as it was");
}

#[tokio::test]
async fn a_check_that_nobody_remembers_is_cancelled_by_its_workflow() {
    let stage = Stage::waiting(BY_HAND).await;
    let state = stage.state().await.expect("the workflow");
    let head = state["snapshot"]["head_sha"].as_str().expect("a head").to_owned();
    let config = AppConfig {
        app_id: Options::new(stage.path()).app_id,
        private_key_pem: test_key::APP_PRIVATE_KEY_PEM.to_owned(),
        private_key_old_pem: None,
        api_url: stage.github_url(),
        pace: Duration::ZERO,
        push_allowed: vec![],
    };
    let app = App::new(config, Environment::real()).expect("a client");
    let repository = Repository {
        installation: state["pr"]["installation"].as_u64().expect("an installation"),
        id: state["pr"]["repository_id"].as_u64().expect("a repository"),
        owner: "acme".into(),
        name: "shop".into(),
    };
    let lost = CheckRun {
        id: None,
        name: "longshore".into(),
        head_sha: head.clone(),
        external_id: "wf_1:77".into(),
        details_url: None,
        state: CheckState::InProgress,
        title: "Lost".into(),
        summary: String::new(),
        annotations: vec![],
        actions: vec![],
    };
    let id = app.put_check_run(&repository, &lost).await.expect("a check run");
    let open = async || app.open_check_runs(&repository, "longshore", &head).await.expect("a list").len();
    assert_eq!(open().await, 1);
    // Not before the workflow's own check is published.
    let mended = || async { of(&janitor(&stage, &["--once"]), "mended").contains(&id.to_string()) };
    stage.until("the janitor finds it", mended).await;
    stage.until("GitHub shows none as open", || async { open().await == 0 }).await;
    assert_eq!(stage.status().await.as_deref(), Some("awaiting_decision"), "its own check still asks");
    assert!(!of(&janitor(&stage, &["--once"]), "mended").contains(&id.to_string()), "once");
}

#[tokio::test]
async fn what_is_past_goes_and_what_is_left_still_tells_the_story() {
    let stage = Stage::waiting(&format!("{BY_HAND}\njanitor.keep_logs = \"0s\"\njanitor.keep_runs = \"0s\"")).await;
    let logs = stage.verb(&["logs", "wf_1"]);
    assert!(!logs.stdout.is_empty());
    let first = janitor(&stage, &["--once"]);
    assert!(!of(&first, "deleted").contains("runs"), "what lies beside an open pull request stays: {first:#}");
    stage.close_pull_request().await;
    stage.until_status("closed").await;
    let dry = janitor(&stage, &["--once", "--dry-run"]);
    assert!(of(&dry, "would_delete").contains("runs"), "{dry:#}");
    let real = janitor(&stage, &["--once"]);
    assert!(of(&real, "deleted").contains("runs"), "{real:#}");
    assert_eq!(stage.api("/workflows/wf_1").await.expect("it stays")["runs"], json!([]));
    assert!(stage.verb(&["logs", "wf_1"]).stdout.is_empty());
    let replay = stage.verb(&["replay", "wf_1"]);
    assert_eq!(replay.status.code(), Some(0), "its history is kept for longer");
    assert_eq!(of(&janitor(&stage, &["--once"]), "deleted").len(), 0, "and nothing is past any more");
}

/// Bytes of the archive that `export` prints.
pub fn exported(stage: &Stage) -> Vec<u8> {
    let said = stage.verb(&["volumes", "export", "acme/shop#7"]);
    assert_eq!(said.status.code(), Some(0), "{}", String::from_utf8_lossy(&said.stderr));
    said.stdout
}

fn written(path: &Path, bytes: &[u8]) -> String {
    std::fs::File::create(path).and_then(|mut file| file.write_all(bytes)).expect("a file");
    path.display().to_string()
}

#[tokio::test]
async fn a_session_is_taken_out_and_put_in_and_the_next_run_resumes_from_it() {
    let stage = Stage::waiting(BY_HAND).await;
    let archive = exported(&stage);
    let session = supervisor::session::unpack(&archive).expect("an archive of a session");
    assert!(session.files.contains_key("rules/session.json"), "{:?}", session.files.keys());

    let hostile = written(&stage.path().join("hostile.tar"), b"no archive at all");
    let refused = stage.verb(&["volumes", "import", "wf_1", &hostile]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).starts_with("error: it "), "{refused:?}");

    let file = written(&stage.path().join("session.tar"), &archive);
    // Not before the end of the machine is confirmed.
    let taken = || async { stage.verb(&["volumes", "import", "wf_1", &file]).status.success() };
    stage.until("it is taken", taken).await;
    assert_eq!(stage.recorded("session_imported").await, 1);
    // The old volume goes, and the decision is carried out by a run that knows what was proposed.
    stage.until("the old volume is gone", || async { stage.left_over().await == 0 }).await;
    stage.click("Apply fix", "maintainer").await;
    stage.until_status("idle").await;
    let state = stage.state().await.expect("the workflow");
    assert_eq!(state["copies"], 1, "a new volume");
    assert_eq!(stage.recorded("patch_pushed").await, 1, "its session held the patch that was approved");
}
