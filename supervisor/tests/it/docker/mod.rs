//! The main job with containers: real ones, in a daemon that the tests start.

mod full;
mod many;
mod replaced;
pub mod resume;
mod trouble;

use crate::{
    stage::{Stage, longshore},
    story::outcome,
};
use testkit::docker::{Daemon, daemon};

/// The image of the tests that are not the demo's.
pub const IMAGE: &str = "longshore-worker:tests";

/// Settings for containers, with the image made.
async fn on_docker(settings: &str) -> (&'static Daemon, String) {
    let daemon = tokio::task::spawn_blocking(daemon).await.expect("a daemon");
    make_image(&daemon.address(), &[]).await;
    (daemon, at(&daemon.address(), settings))
}

/// Settings for containers of a daemon.
fn at(address: &str, settings: &str) -> String {
    format!("machines.backend = \"docker\"\nmachines.docker = \"{address}\"\nmachines.image = \"{IMAGE}\"\n{settings}")
}

/// `longshore image`, with variables in its environment.
pub async fn make_image(address: &str, variables: &[(&str, &str)]) {
    let mut make = longshore();
    make.args(["image", "--json"]).envs([("LONGSHORE_MACHINES_DOCKER", address), ("LONGSHORE_MACHINES_IMAGE", IMAGE)]);
    make.envs(variables.iter().copied());
    let made = tokio::task::spawn_blocking(move || make.output()).await.expect("a thread").expect("the program runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A command for `sh -c` as the agent.
pub fn agent(script: &str) -> String {
    let script = serde_json::Value::from(script);
    format!("agent.kind = \"command\"\nagent.command = [\"/bin/sh\", \"-c\", {script}]")
}

/// A filter of the daemon's lists, as its query has it: {"kind":["…"]}.
fn filter(kind: &str, value: &str) -> String {
    format!("%7B%22{kind}%22%3A%5B%22{}%22%5D%7D", value.replace('=', "%3D"))
}

pub async fn volume_name(stage: &Stage) -> String {
    let state = stage.state().await.expect("the workflow");
    state["volume"]["id"].as_str().expect("a volume").to_owned()
}

pub fn assert_nothing_left(daemon: &Daemon, volume: &str) {
    assert!(!daemon.get("/volumes").contains(volume), "the volume is there");
    assert_eq!(daemon.get(&format!("/containers/json?all=1&filters={}", filter("volume", volume))), "[]");
}

#[test]
fn the_demo_tells_the_same_story_with_containers_and_leaves_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let daemon = daemon();
    let mut demo = longshore();
    demo.args(["demo", "--auto", "--json", "--backend", "docker", "--data"]).arg(folder.path());
    let told = outcome(&demo.env("LONGSHORE_MACHINES_DOCKER", daemon.address()).output().expect("the program runs"));
    assert_eq!((&told["ok"], &told["restarts"]), (&true.into(), &1.into()));
    let runs = told["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 2);
    let containers: Vec<_> = runs.iter().map(|run| run["machine_id"].as_str().expect("an id")).collect();
    assert!(containers.iter().all(|id| id.len() == 64) && containers[0] != containers[1], "{containers:?}");
    assert_eq!(runs[0]["volume_id"], runs[1]["volume_id"]);
    assert_eq!((&told["review"]["comments"], &told["volume_deleted"]), (&3.into(), &true.into()));
    assert_nothing_left(daemon, runs[0]["volume_id"].as_str().expect("a volume"));
    let sockets = std::fs::read_dir(folder.path().join("supervisor/sockets")).expect("the folder of sockets");
    assert_eq!(sockets.count(), 0);
}

/// What a machine says goes through a socket that is made anew under it.
#[tokio::test]
async fn a_supervisor_that_is_killed_while_a_container_works_hears_it_out_after_its_restart() {
    let script = "read -r task; : > /session/agent/working; until [ -e /session/agent/go ]; do :; done; \
                  echo '{\"type\":\"finding\",\"path\":\"src/upload.rs\",\"line\":5,\"title\":\"Found while it worked\"}'; \
                  echo '{\"type\":\"done\"}'";
    let (daemon, settings) = on_docker(&agent(script)).await;
    let mut stage = Stage::open(&settings).await;
    stage.open_pull_request().await;
    stage.until("it runs", || async { stage.status().await.as_deref() == Some("running") }).await;
    let volume = volume_name(&stage).await;
    let agent = daemon.volume(&volume).join("agent");
    stage.until("the agent works", || async { agent.join("working").exists() }).await;
    stage.kill_supervisor();
    stage.start_supervisor().await;
    std::fs::write(agent.join("go"), "").expect("a marker");
    stage.until_status("idle").await;
    let truth = stage.truth().await;
    assert_eq!(truth.reviews.len(), 1, "{:#?}", truth.reviews);
    assert!(truth.reviews[0].comments[0].body.contains("Found while it worked"), "{:#?}", truth.reviews);
    assert_eq!((stage.recorded("run_claimed").await, stage.recorded("machine_started").await), (1, 1));
    stage.close_pull_request().await;
    stage.until_status("closed").await;
    assert_nothing_left(daemon, &volume);
}
