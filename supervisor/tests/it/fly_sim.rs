//! The main job on the stand-in for Fly, through the Fly driver; and the stand-in as a program of its own.

use crate::{stage::longshore, story::outcome};
use serde_json::{Value, json};
use simulators::fly::audit::{Entry, left, violations};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// Ends its process, by its id, when the test ends.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the stand-in in a folder wrote down.
fn audit(folder: &Path) -> Vec<Entry> {
    let world = std::fs::read(folder.join("sim-fly/world.json")).expect("the stand-in's world");
    let world: Value = serde_json::from_slice(&world).expect("JSON");
    serde_json::from_value(world["audit"].clone()).expect("an audit")
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn the_demo_tells_the_same_story_on_fly_s_api_and_leaves_nothing_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut demo = longshore();
    demo.args(["demo", "--auto", "--json", "--backend", "fly-sim", "--data"]).arg(folder.path());
    let told = outcome(&demo.output().expect("the program runs"));
    assert_eq!((&told["ok"], &told["restarts"]), (&true.into(), &1.into()));
    let runs = told["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 2);
    assert_ne!(runs[0]["machine_id"], runs[1]["machine_id"]);
    assert!(runs.iter().all(|run| run["machine_id"].as_str().expect("an id").len() == 14), "{runs:?}");
    assert!(runs[0]["volume_id"].as_str().expect("an id").starts_with("vol_"), "{runs:?}");
    assert_eq!(runs[0]["volume_id"], runs[1]["volume_id"]);
    assert_eq!((&told["review"]["comments"], &told["review"]["resolved"]), (&3.into(), &3.into()));
    assert_eq!(told["volume_deleted"], true);

    let fly = folder.path().join("fly");
    let audit = audit(&fly);
    let began = |it: &&Entry| json!(it)["what"] == "program_started";
    assert_eq!(audit.iter().filter(began).count(), 2, "{audit:#?}");
    assert_eq!(violations(&audit), Vec::<String>::new());
    assert_eq!(left(&audit), Vec::<String>::new());
    // Nor do the processes and folders that they really were.
    assert_eq!(entries(&fly.join("sim-fly/machines/machines")), Vec::<String>::new());
    assert_eq!(entries(&fly.join("sim-fly/machines/volumes")), Vec::<String>::new());
}

/// Starts it; its first line.
fn started(folder: &Path) -> (Ended, Value) {
    let mut command: Command = longshore();
    command.args(["sim", "fly", "--json", "--regions", "fra", "--data"]).arg(folder).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let stdout = child.stdout.take().expect("its output");
    let child = Ended(child);
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    (child, serde_json::from_str(&line).expect("JSON"))
}

#[tokio::test]
async fn the_stand_in_says_where_it_is_and_what_it_lets_in_and_goes_on_when_it_was_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (child, said) = started(folder.path());
    assert_eq!(said["org"], "personal");
    let http = supervisor::http::client().expect("a client");
    let apps = |said: &Value| format!("{}/v1/apps?org_slug=personal", said["url"].as_str().expect("an address"));
    let token = said["token"].as_str().expect("a token").to_owned();
    assert_eq!(http.get(apps(&said)).send().await.expect("an answer").status(), 401);
    let new = json!({"name": "workers", "org_slug": "personal"});
    let made =
        http.post(format!("{}/v1/apps", said["url"].as_str().expect("an address"))).bearer_auth(&token).json(&new);
    assert_eq!(made.send().await.expect("an answer").status(), 201);
    drop(child);

    let (_child, again) = started(folder.path());
    assert_eq!(again["token"], said["token"]);
    let listed = http.get(apps(&again)).bearer_auth(&token).send().await.expect("an answer");
    let listed: Value = listed.json().await.expect("JSON");
    assert_eq!(listed["apps"][0]["name"], "workers");
}
