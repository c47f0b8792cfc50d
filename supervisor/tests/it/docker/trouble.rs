//! What is wrong with a daemon reaches people: a sentence in the check and in the log, a retry by itself first, and a button
//! after that. The sentences themselves are the driver's, and tried word for word beside it.

use super::{IMAGE, at, make_image, on_docker, volume_name};
use crate::stage::Stage;
use serde_json::{Value, json};
use std::{
    fs::Permissions,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    sync::Arc,
};
use testkit::docker::Daemon;

/// A user that owns nothing.
const NOBODY: u32 = 65_534;
/// MiB of a disk that holds an image of a debug build twice: once as it arrives.
const DISK_MIB: u32 = 1_500;

async fn until_a_check_says(stage: &Stage, words: &str) {
    stage
        .until(&format!("a check says {words:?}"), || async {
            let summaries = stage.truth().await.checks.into_iter().filter_map(|check| check.summary);
            summaries.into_iter().any(|summary| summary.contains(words))
        })
        .await;
}

/// A daemon of one's own, to be treated badly.
#[tokio::test]
async fn a_daemon_that_is_down_and_one_whose_disk_is_full_are_said_and_the_review_goes_on_afterwards() {
    let own = tokio::task::spawn_blocking(|| Daemon::start_on_a_small_disk(DISK_MIB)).await.expect("a daemon");
    let daemon = Arc::new(own);
    let address = daemon.address();
    make_image(&address, &[]).await;
    daemon.crash();
    let stage = Stage::open(&at(&address, "")).await;
    let down = format!("the Docker daemon at `{address}` is down: start it");
    let notice = format!("no machine can start yet: {down}");
    stage.until("it serves all the same, and says so", || async { stage.supervisor_log().contains(&notice) }).await;
    stage.open_pull_request().await;
    until_a_check_says(&stage, &format!("no volume: {down}")).await;
    assert!(stage.supervisor_log().contains(&down), "{}", stage.supervisor_log());

    again(&daemon).await;
    let filler = daemon.fill_disk();
    stage.click("Retry", "maintainer").await;
    let full = format!("the disk of the Docker daemon at `{address}` is full: `docker system df` says of what");
    until_a_check_says(&stage, &full).await;
    std::fs::remove_file(filler).expect("there is room again");

    stage.click("Retry", "maintainer").await;
    stage.until_status("awaiting_decision").await;
    assert_eq!(stage.truth().await.reviews.len(), 1);
    stage.close_pull_request().await;
    stage.until_status("closed").await;
    drop(stage);
    tokio::task::spawn_blocking(|| drop(daemon)).await.expect("it ends");
}

async fn again(daemon: &Arc<Daemon>) {
    let daemon = Arc::clone(daemon);
    tokio::task::spawn_blocking(move || daemon.start_again()).await.expect("it starts");
}

/// Somebody's container on our volume: nothing of ours starts beside it.
#[tokio::test]
async fn a_volume_that_is_in_use_is_said_with_the_name_of_who_uses_it() {
    let (daemon, settings) = on_docker("").await;
    let stage = Stage::waiting(&settings).await;
    let volume = volume_name(&stage).await;
    let name = format!("stranger-{volume}");
    let body = json!({
        "Image": IMAGE,
        "Entrypoint": ["/bin/sh", "-c", "while :; do read -r line < /dev/null || read -r line < /run/longshore; done"],
        "HostConfig": {"Binds": [format!("{volume}:/x")], "NetworkMode": "none"},
    });
    let (status, made) = daemon.call("POST", &format!("/containers/create?name={name}"), &body.to_string());
    assert_eq!(status, 201, "{made}");
    let id = serde_json::from_str::<Value>(&made).expect("JSON")["Id"].as_str().expect("an id").to_owned();
    assert_eq!(daemon.call("POST", &format!("/containers/{id}/start"), "").0, 204);

    stage.click("Apply fix", "maintainer").await;
    until_a_check_says(&stage, &format!("no machine: volume `{volume}` is in use by machine `{name}`")).await;
    assert!(stage.truth().await.pushed_by_app.is_empty());
    assert_eq!(daemon.call("DELETE", &format!("/containers/{id}?force=1"), "").0, 204);
    stage.click("Retry", "maintainer").await;
    stage.until("the patch is pushed", || async { stage.truth().await.pushed_by_app.len() == 1 }).await;
}

/// It went after the start, which had seen it.
#[tokio::test]
async fn an_image_that_is_gone_is_said_and_the_review_goes_on_once_it_is_there() {
    let (daemon, settings) = on_docker("").await;
    let image = "longshore-worker:tests-that-goes";
    let tag = |to: &str| daemon.call("POST", &format!("/images/{IMAGE}/tag?repo=longshore-worker&tag={to}"), "").0;
    assert_eq!(tag("tests-that-goes"), 201);
    let stage = Stage::open(&settings.replace(IMAGE, image)).await;
    stage.until("it has seen its image", || async { stage.supervisor_log().contains("machines are containers") }).await;
    assert_eq!(daemon.call("DELETE", &format!("/images/{image}"), "").0, 200);
    stage.open_pull_request().await;
    let address = daemon.address();
    let missing =
        format!("the Docker daemon at `{address}` has no image `{image}`: pull it, or make it with `longshore image`");
    until_a_check_says(&stage, &format!("no volume: {missing}")).await;
    assert!(stage.supervisor_log().contains(&missing), "{}", stage.supervisor_log());
    assert_eq!(tag("tests-that-goes"), 201);
    stage.click("Retry", "maintainer").await;
    stage.until_status("awaiting_decision").await;
}

/// What is wrong for good keeps the supervisor from starting, with the same sentence.
#[tokio::test]
async fn a_socket_of_something_else_and_an_image_that_is_not_there_keep_it_from_starting() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("other.sock");
    let other = tokio::net::UnixListener::bind(&socket).expect("a socket");
    let talk = tokio::spawn(async move {
        while let Ok((mut stream, _)) = other.accept().await {
            let _gone = tokio::io::AsyncWriteExt::write_all(&mut stream, b"220 not what you look for\r\n").await;
        }
    });
    let address = format!("unix://{}", socket.display());
    let sentence = refused(&at(&address, "")).await;
    let expected =
        format!("error: what answers at `{address}` is not a Docker daemon: set `machines.docker` to its socket");
    assert!(sentence.contains(&expected), "{sentence}");
    talk.abort();

    let (daemon, settings) = on_docker("").await;
    let sentence = refused(&settings.replace(IMAGE, "nobody/has:this")).await;
    let expected = format!(
        "error: the Docker daemon at `{}` has no image `nobody/has:this`: pull it, or make it with `longshore image`",
        daemon.address()
    );
    assert!(sentence.contains(&expected), "{sentence}");
}

/// What a supervisor says that does not start.
async fn refused(settings: &str) -> String {
    let mut stage = Stage::without_supervisor(settings).await;
    stage.launch_supervisor(&[]);
    let since = std::time::Instant::now();
    while stage.supervisor_is_alive() {
        assert!(since.elapsed().as_secs() < 60, "it serves: {}", stage.supervisor_log());
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    stage.supervisor_log()
}

/// As root every socket opens; so somebody else asks.
#[test]
fn a_socket_that_this_user_may_not_open_is_said_with_what_helps() {
    let folder = tempfile::tempdir().expect("a folder");
    let mode = |path: &Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
    let (program, socket) = (folder.path().join("longshore"), folder.path().join("docker.sock"));
    std::fs::copy(env!("CARGO_BIN_EXE_longshore"), &program).expect("a copy that anybody may run");
    let _daemon = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    mode(folder.path(), 0o755);
    mode(&socket, 0o600);
    let address = format!("unix://{}", socket.display());
    let mut image = std::process::Command::new(&program);
    image.arg("image").current_dir("/").env("LONGSHORE_MACHINES_DOCKER", &address).uid(NOBODY).gid(NOBODY);
    let output = image.output().expect("the program runs");
    let words = String::from_utf8_lossy(&output.stderr);
    let expected = format!(
        "error: this user may not use the Docker daemon at `{address}`: let it (on most systems: the group `docker`)"
    );
    assert!(!output.status.success() && words.contains(&expected), "{words}");
}
