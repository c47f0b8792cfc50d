use bollard::Docker;
use environment::Environment;
use machines::{
    DockerMachines,
    conformance::{Bench, PROGRAM},
    docker::{Contents, Settings, SharedFolder},
};
use std::{path::Path, sync::Arc};
use testkit::docker::{Daemon, daemon, shell_root};
use tokio::sync::OnceCell;

/// The image that runs a machine's script.
pub const IMAGE: &str = "longshore-test-shell:1";

/// Settings for a daemon, with a folder that it shares.
pub fn settings(daemon: &Daemon, image: &str, folder: &Path) -> Settings {
    let shared = SharedFolder { here: folder.to_owned(), there: folder.to_owned() };
    Settings { address: daemon.address(), image: image.to_owned(), shared: Some(shared) }
}

pub fn driver(settings: Settings) -> DockerMachines {
    DockerMachines::new(Environment::real(), settings).unwrap()
}

/// The image's contents: a shell.
pub fn shell() -> Contents {
    Contents {
        root: shell_root().into(),
        command: PROGRAM.map(str::to_owned).to_vec(),
        folder: machines::docker::SESSION_MOUNT.into(),
        environment: vec!["PATH=/bin".into()],
    }
}

/// The shared daemon, with the image.
pub async fn ready() -> &'static Daemon {
    static IMAGE_MADE: OnceCell<()> = OnceCell::const_new();
    let daemon = tokio::task::spawn_blocking(daemon).await.unwrap();
    let make = || async { driver(settings(daemon, IMAGE, Path::new("/nowhere"))).make_image(shell()).await.unwrap() };
    IMAGE_MADE.get_or_init(make).await;
    daemon
}

/// A client of the daemon, to do what others do to it.
pub fn client(daemon: &Daemon) -> Docker {
    let path = daemon.address();
    Docker::connect_with_unix(path.trim_start_matches("unix://"), 120, bollard::API_DEFAULT_VERSION).unwrap()
}

pub async fn bench() -> Bench {
    on(ready().await, IMAGE)
}

/// A bench of a daemon and an image.
pub fn on(daemon: &Daemon, image: &str) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let sockets = folder.path().join("sockets-of-a-run");
    std::fs::create_dir(&sockets).unwrap();
    let driver = driver(settings(daemon, image, folder.path()));
    let mut bench = Bench::new(Environment::real(), Arc::new(driver), folder);
    bench.sockets = Some(sockets);
    bench
}
