//! The session outlives its machine: what an agent wrote in one container is there in the next, or the check says that it
//! cannot be used. It is never a new session in silence.

use super::{agent, on_docker, volume_name};
use crate::stage::Stage;
use serde_json::{Value, json};
use std::os::unix::fs::{MetadataExt, chown};
use testkit::docker::Daemon;

/// Asks as long as its session remembers nothing, and leaves something to be remembered; then it says what that was.
pub const REMEMBERS: &str = "read -r task; if [ -e \"$HOME/memory\" ]; then read -r memory < \"$HOME/memory\"; \
    printf '{\"type\":\"finding\",\"path\":\"src/upload.rs\",\"line\":5,\"title\":\"%s\"}\\n' \"$memory\"; \
    else echo 'remembered from run 1' > \"$HOME/memory\"; echo '{\"type\":\"question\",\"question\":\"Shall it be?\"}'; \
    fi; echo '{\"type\":\"done\"}'";

async fn waiting() -> (&'static Daemon, Stage) {
    let (daemon, settings) = on_docker(&agent(REMEMBERS)).await;
    (daemon, Stage::waiting(&settings).await)
}

async fn machines(stage: &Stage) -> Vec<String> {
    let id = stage.workflow().await.expect("the workflow")["id"].as_str().expect("an id").to_owned();
    let page = stage.api(&format!("/workflows/{id}/events?limit=100")).await.expect("the history");
    let events = page["events"].as_array().cloned().unwrap_or_default();
    let started = events.iter().filter(|event| event["name"] == "machine_started");
    started.map(|event| event["payload"]["machine"].as_str().expect("a machine").to_owned()).collect()
}

pub async fn until_a_check_says(stage: &Stage, words: &[&str]) {
    stage
        .until(&format!("a check says {words:?}"), || async {
            let summaries = stage.truth().await.checks.into_iter().filter_map(|check| check.summary);
            summaries.into_iter().any(|summary| words.iter().all(|word| summary.contains(word)))
        })
        .await;
}

#[tokio::test]
async fn what_run_1_left_in_its_session_run_2_reads_in_another_container() {
    let (daemon, stage) = waiting().await;
    let volume = volume_name(&stage).await;
    let listed = daemon.get(&format!("/containers/json?all=1&filters={}", super::filter("volume", &volume)));
    assert_eq!(listed, "[]", "nothing runs while a person thinks");
    let before = owner(daemon, &volume);
    assert_eq!(before, (10_001, 10_001));
    stage.click("Yes", "maintainer").await;
    stage.until_status("idle").await;
    assert_remembers(&stage).await;
    let machines = machines(&stage).await;
    assert!(machines.len() == 2 && machines[0] != machines[1], "{machines:?}");
    assert_eq!((volume_name(&stage).await, owner(daemon, &volume)), (volume, before));
}

#[tokio::test]
async fn an_image_that_runs_as_another_user_is_said_in_the_check_and_the_session_waits_for_the_right_one() {
    let (daemon, mut stage) = waiting().await;
    let volume = volume_name(&stage).await;
    let image = "longshore-worker:tests-another-user";
    as_another_user(daemon, image);
    let right = stage.settings().to_owned();
    stage.kill_supervisor();
    stage.configure(&right.replace(super::IMAGE, image));
    stage.start_supervisor().await;
    stage.click("Yes", "maintainer").await;
    let sentence = format!("was written by user 10001:10001, and image `{image}` runs as 20002:20002");
    let way_out = "it could not read the session; use an image that runs as 10001:10001";
    until_a_check_says(&stage, &[&sentence, way_out]).await;
    assert_eq!(owner(daemon, &volume), (10_001, 10_001), "nobody else has written it");

    stage.kill_supervisor();
    stage.configure(&right);
    stage.start_supervisor().await;
    stage.click("Retry", "maintainer").await;
    stage.until_status("idle").await;
    assert_remembers(&stage).await;
}

#[tokio::test]
async fn a_session_that_cannot_be_written_any_more_is_said_and_read_again_once_it_can() {
    let (daemon, stage) = waiting().await;
    let folder = daemon.volume(&volume_name(&stage).await);
    chown(&folder, Some(20_002), Some(20_002)).expect("root gives it away");
    stage.click("Yes", "maintainer").await;
    until_a_check_says(&stage, &["volume", "Permission denied"]).await;
    let sessions = std::fs::read_dir(folder.join("agent")).expect("the sessions of agents").flatten();
    assert_eq!(sessions.filter(|session| session.path().join("memory").is_file()).count(), 1, "it is where it was");
    chown(&folder, Some(10_001), Some(10_001)).expect("root gives it back");
    stage.click("Retry", "maintainer").await;
    stage.until_status("idle").await;
    assert_remembers(&stage).await;
}

/// What was found is what the first run had left.
pub async fn assert_remembers(stage: &Stage) {
    let reviews = stage.truth().await.reviews;
    let said: Vec<_> = reviews.iter().flat_map(|review| &review.comments).map(|comment| &comment.body).collect();
    assert!(said.iter().any(|body| body.contains("remembered from run 1")), "{said:#?}");
}

fn owner(daemon: &Daemon, volume: &str) -> (u32, u32) {
    let found = std::fs::metadata(daemon.volume(volume)).expect("the volume is there");
    (found.uid(), found.gid())
}

/// The worker's image, but for its user.
fn as_another_user(daemon: &Daemon, image: &str) {
    let (status, made) = daemon.call("POST", "/containers/create", &json!({"Image": super::IMAGE}).to_string());
    assert_eq!(status, 201, "{made}");
    let made: Value = serde_json::from_str(&made).expect("JSON");
    let id = made["Id"].as_str().expect("an id");
    let (name, tag) = image.split_once(':').expect("a tag");
    let path = format!("/commit?container={id}&repo={name}&tag={tag}");
    let (status, answer) = daemon.call("POST", &path, &json!({"User": "20002:20002"}).to_string());
    assert_eq!(status, 201, "{answer}");
    let (status, answer) = daemon.call("DELETE", &format!("/containers/{id}"), "");
    assert_eq!(status, 204, "{answer}");
}
