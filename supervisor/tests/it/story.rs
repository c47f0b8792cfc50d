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
