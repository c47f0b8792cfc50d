//! The story without accidents, told by the demo itself.

use crate::stage::longshore;
use serde_json::Value;
use std::{path::Path, process::Output};

/// `longshore demo --auto --json` with variables in its environment.
pub fn demo(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = longshore();
    command.args(["demo", "--auto", "--json", "--data"]).arg(folder).envs(variables.iter().copied());
    command.output().expect("the program runs")
}

/// The one JSON object on stdout.
pub fn outcome(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON object on stdout")
}

#[test]
fn the_demo_tells_the_whole_story_and_ends_with_one_json_object() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = outcome(&demo(folder.path(), &[]));
    assert_eq!(told["ok"], true);
    assert_eq!(told["restarts"], 1);
    let statuses = ["queued", "provisioning", "running", "awaiting_decision", "queued", "provisioning", "running"];
    let statuses: Vec<_> = statuses.into_iter().chain(["idle", "closing", "closed"]).collect();
    assert_eq!(told["statuses"], serde_json::json!(statuses));
    let runs = told["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 2);
    assert_ne!(runs[0]["machine_id"], runs[1]["machine_id"]);
    assert_eq!(runs[0]["volume_id"], runs[1]["volume_id"]);
    assert!(told["checks"].as_array().expect("checks").iter().all(|check| check["status"] == "completed"));
    let pushed = told["checks"].as_array().expect("checks").iter().filter(|check| check["sha"] == told["pushed_sha"]);
    assert_eq!(pushed.count(), 1, "the pushed commit has its own check");
    assert_eq!(told["review"]["comments"], 3);
    assert_eq!(told["review"]["resolved"], 3, "the threads of what the patch fixed are resolved");
    assert_eq!(told["volume_deleted"], true);
}

#[test]
fn a_finished_story_begins_anew_in_the_same_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = outcome(&demo(folder.path(), &[]));
    let second = outcome(&demo(folder.path(), &[]));
    assert_eq!(second["restarts"], 1);
    assert_ne!(first["runs"][0]["machine_id"], second["runs"][0]["machine_id"], "another deployment");
}

#[test]
fn an_agent_that_cannot_start_ends_the_story_with_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = longshore();
    command.args(["demo", "--auto", "--agent", "/there-is-no-such-agent", "--data"]).arg(folder.path());
    let output = command.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.starts_with("error: the run was tried 4 times and never completed; "), "{errors}");
}

#[test]
fn a_story_that_is_being_told_is_not_taken_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = longshore();
    first.args(["demo", "--data"]).arg(folder.path()).stdin(std::process::Stdio::piped());
    let mut first = first.stdout(std::process::Stdio::null()).spawn().expect("the program starts");
    let since = std::time::Instant::now();
    while !folder.path().join("demo.json").exists() {
        assert!(since.elapsed().as_secs() < 60, "the story never began");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let second = demo(folder.path(), &[]);
    assert_eq!(second.status.code(), Some(1));
    let said: Value = serde_json::from_slice(&second.stdout).expect("one JSON object on stdout");
    let words = said["error"]["message"].as_str().expect("a sentence");
    assert!(words.starts_with(&format!("process {} tells the story in ", first.id())), "{said}");
    let pid = rustix::process::Pid::from_raw(i32::try_from(first.id()).expect("a pid")).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it is told to stop");
    assert!(first.wait().expect("it ends").success(), "it ends its processes first");
}
