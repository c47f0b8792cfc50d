//! The supervisor in a container, as `deploy/compose.yaml` has it, from an image that `longshore image --supervisor` made: it
//! drives containers beside itself through the daemon's socket, and machines reach it through sockets in its data folder,
//! which the daemon knows under another path.

use super::compose::{self, Service};
use crate::{
    docker::{IMAGE, assert_nothing_left, make_image, volume_name},
    stage::{Stage, longshore},
};
use serde_json::Value;
use simulators::github::{Options, test_key};
use std::{
    collections::BTreeMap,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
};
use testkit::docker::{Daemon, daemon};

const SUPERVISOR: &str = "longshore:tests";
/// Who the image runs as.
const USER: u32 = 10_001;

#[tokio::test]
async fn a_supervisor_in_a_container_does_the_main_job_with_containers_beside_it() {
    let daemon = tokio::task::spawn_blocking(daemon).await.expect("a daemon");
    make_image(&daemon.address(), &[]).await;
    make_supervisor_image(daemon).await;
    let stage = Stage::without_supervisor("").await;
    let (service, secrets) = service(&stage, daemon);
    let container = Container::start(daemon, &service, &secrets);
    stage.until("it listens", || async { listens(&stage, &container).await }).await;

    stage.open_pull_request().await;
    stage.until_status("awaiting_decision").await;
    let volume = volume_name(&stage).await;
    // As an update does it: what waits for a person does not notice.
    container.restart();
    stage.until("it listens again", || async { listens(&stage, &container).await }).await;
    stage.click("Apply fix", "maintainer").await;
    stage.until("the patch is pushed", || async { stage.truth().await.pushed_by_app.len() == 1 }).await;
    stage.until_status("idle").await;
    assert_eq!(stage.truth().await.reviews.len(), 1);
    stage.close_pull_request().await;
    stage.until_status("closed").await;
    assert_nothing_left(daemon, &volume);
    let state = container.inspect();
    assert_eq!(
        (&state["Config"]["User"], &state["HostConfig"]["ReadonlyRootfs"]),
        (&"10001:10001".into(), &true.into())
    );
}

/// The service of the file, with this test's folders, and the host's ports in place of the container's.
fn service(stage: &Stage, daemon: &Daemon) -> (Service, BTreeMap<String, String>) {
    let data = stage.path().join("supervisor");
    std::fs::create_dir(&data).expect("a data folder");
    chown(&data, Some(USER), Some(USER)).expect("root gives it away");
    let socket = daemon.address().trim_start_matches("unix://").to_owned();
    let group = std::fs::metadata(&socket).expect("the socket").gid();
    let mut variables = compose::required();
    variables.extend([
        ("LONGSHORE_IMAGE", SUPERVISOR.to_owned()),
        ("WORKER_IMAGE", IMAGE.to_owned()),
        ("DATA", data.display().to_string()),
        ("DOCKER_SOCKET", socket),
        ("DOCKER_GROUP", group.to_string()),
        ("GITHUB_APP_ID", Options::new(stage.path()).app_id.to_string()),
        ("ALLOWED_REPOSITORIES", "acme/shop".to_owned()),
    ]);
    let mut file = compose::read(&variables);
    let mut service = file.services.remove("supervisor").expect("the service");
    let [public, machine] = stage.addresses();
    for (name, value) in [
        ("LONGSHORE_SERVER_LISTEN", format!("127.0.0.1:{public}")),
        ("LONGSHORE_SERVER_MACHINE_LISTEN", format!("127.0.0.1:{machine}")),
        ("LONGSHORE_GITHUB_API_URL", stage.github_url()),
        ("LONGSHORE_VOLUMES_RETENTION", "0s".to_owned()),
    ] {
        service.environment.insert(name.to_owned(), value);
    }
    let secret = |name: &str, text: &str| (name.to_owned(), written(stage.path(), name, text));
    let secrets = [
        secret("private-key", test_key::APP_PRIVATE_KEY_PEM),
        secret("webhook-secret", &Options::new(stage.path()).webhook_secret),
    ];
    (service, secrets.into())
}

/// A file for the image's user alone.
fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a secret");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).expect("a mode");
    chown(&path, Some(USER), Some(USER)).expect("root gives it away");
    path.display().to_string()
}

async fn make_supervisor_image(daemon: &Daemon) {
    let mut make = longshore();
    make.args(["image", "--supervisor", "--name", SUPERVISOR, "--json"]);
    make.env("LONGSHORE_MACHINES_DOCKER", daemon.address());
    let made = tokio::task::spawn_blocking(move || make.output()).await.expect("a thread").expect("the program runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let told: Value = serde_json::from_slice(&made.stdout).expect("one JSON object");
    assert_eq!(told["image"], SUPERVISOR);
}

/// That it does not is told with its log, if it has ended.
async fn listens(stage: &Stage, container: &Container) -> bool {
    let state = container.inspect();
    assert_eq!(state["State"]["Status"], "running", "{}", container.log());
    tokio::net::TcpStream::connect(("127.0.0.1", stage.addresses()[0])).await.is_ok()
}

/// Removed with the test, however it ends.
struct Container {
    daemon: &'static Daemon,
    id: String,
}

impl Container {
    fn start(daemon: &'static Daemon, service: &Service, secrets: &BTreeMap<String, String>) -> Self {
        let (status, made) = daemon.call("POST", "/containers/create", &service.body(secrets).to_string());
        assert_eq!(status, 201, "{made}");
        let made: Value = serde_json::from_str(&made).expect("JSON");
        let container = Self { daemon, id: made["Id"].as_str().expect("an id").to_owned() };
        let (status, answer) = daemon.call("POST", &format!("/containers/{}/start", container.id), "");
        assert_eq!(status, 204, "{answer}");
        container
    }

    fn restart(&self) {
        let (status, answer) = self.daemon.call("POST", &format!("/containers/{}/restart?t=20", self.id), "");
        assert_eq!(status, 204, "{answer}");
    }

    fn inspect(&self) -> Value {
        serde_json::from_str(&self.daemon.get(&format!("/containers/{}/json", self.id))).expect("JSON")
    }

    fn log(&self) -> String {
        self.daemon.get(&format!("/containers/{}/logs?stdout=1&stderr=1&tail=40", self.id))
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the supervisor in the container said:\n{}", self.log());
        }
        self.daemon.call("DELETE", &format!("/containers/{}?force=1", self.id), "");
    }
}
