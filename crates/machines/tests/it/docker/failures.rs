//! What is wrong with a daemon or an image, each in one sentence that says what to do.

use super::bench::{IMAGE, bench, driver, on, ready, settings, shell};
use environment::Environment;
use machines::{
    DockerMachines, Error,
    conformance::Bench,
    docker::{Settings, SharedFolder},
};
use std::path::Path;
use testkit::docker::Daemon;

fn at(address: &str) -> DockerMachines {
    driver(Settings { address: address.to_owned(), image: IMAGE.into(), shared: None })
}

async fn sentence(driver: &DockerMachines) -> String {
    driver.check().await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_socket_that_is_not_there_a_closed_one_and_one_of_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sock");
    let address = format!("unix://{}", path.display());
    let driver = at(&address);
    assert_eq!(
        sentence(&driver).await,
        format!("there is no Docker daemon at `{address}`: start it, or say in `machines.docker` where it listens")
    );
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert_eq!(sentence(&driver).await, format!("the Docker daemon at `{address}` is down: start it"));
    assert!(matches!(driver.check().await, Err(Error::Retryable { .. })));
    std::fs::remove_file(&path).unwrap();
    let other = tokio::net::UnixListener::bind(&path).unwrap();
    let environment = Environment::real();
    environment.spawn(async move {
        while let Ok((mut stream, _)) = other.accept().await {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"E: no pg_hba.conf entry\n").await;
        }
    });
    assert_eq!(
        sentence(&driver).await,
        format!("what answers at `{address}` is not a Docker daemon: set `machines.docker` to its socket")
    );
    assert!(matches!(driver.check().await, Err(Error::Permanent { .. })));
}

#[test]
fn an_address_that_is_none_is_refused_at_once() {
    let settings = Settings { address: "/var/run/docker.sock".into(), image: IMAGE.into(), shared: None };
    let refused = DockerMachines::new(Environment::real(), settings).unwrap_err();
    assert!(matches!(&refused, Error::Permanent { what } if what.contains("unix:///var/run/docker.sock")), "{refused}");
}

#[tokio::test]
async fn an_image_that_is_not_there_is_named_before_anything_is_made() {
    let daemon = ready().await;
    let run = |bench: Bench| async move {
        let error = bench.machines.create_volume(&bench.volume_spec("a")).await.unwrap_err();
        let address = ready().await.address();
        assert_eq!(
            error.to_string(),
            format!(
                "the Docker daemon at `{address}` has no image `nobody/has:this`: pull it, or make it with `longshore image`"
            )
        );
        assert_eq!(bench.machines.volumes(&bench.deployment).await.unwrap(), []);
    };
    on(daemon, "nobody/has:this").run(run).await;
}

/// A session that cannot be read is not a session that never was.
#[tokio::test]
async fn an_image_with_another_user_is_refused_and_the_session_is_kept() {
    let daemon = ready().await;
    let folder = tempfile::tempdir().unwrap();
    let other = driver(settings(daemon, "longshore-test-other-user:1", folder.path()));
    let run = |bench: Bench| async move {
        let volume = bench.volume("a").await;
        bench.output(1, &volume, "echo kept > file").await;
        // The same shell, as another user.
        let docker = super::bench::client(ready().await);
        let spec = bollard::query_parameters::CommitContainerOptionsBuilder::default();
        let machine = bench.start(2, &volume, "echo up").await;
        bench.ended(&machine).await;
        let options = spec.container(&machine.id).repo("longshore-test-other-user").tag("1").build();
        let config = bollard::models::ContainerConfig { user: Some("20002:20002".into()), ..Default::default() };
        docker.commit_container(options, config).await.unwrap();
        bench.machines.destroy_machine(&machine.id).await.unwrap();
        let refused = machines::Machines::start_machine(&other, &bench.machine_spec(3, &volume, "cat file")).await;
        let what = refused.unwrap_err().to_string();
        assert!(what.contains("was written by user 10001:10001") && what.contains("runs as 20002:20002"), "{what}");
        assert_eq!(bench.output(4, &volume, "cat file").await, ["kept"]);
    };
    bench().await.run(run).await;
}

#[tokio::test]
async fn a_folder_that_the_daemon_does_not_see_is_found_out_at_the_start() {
    let daemon = ready().await;
    let (here, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let with = |there: &Path| {
        let shared = SharedFolder { here: here.path().to_owned(), there: there.to_owned() };
        driver(Settings { shared: Some(shared), ..settings(daemon, IMAGE, here.path()) })
    };
    with(here.path()).check().await.unwrap();
    let what = sentence(&with(elsewhere.path())).await;
    assert!(what.contains("does not see our folder") && what.contains("machines.host_data"), "{what}");
    assert_eq!(std::fs::read_dir(here.path()).unwrap().count(), 0, "the probes are gone");
}

/// The daemon's disk: a file system of sixteen mebibytes, in a daemon of its own.
#[tokio::test]
async fn a_full_disk_is_said_and_the_name_is_free_afterwards() {
    let daemon = tokio::task::spawn_blocking(|| Daemon::start_on_a_small_disk(24)).await.unwrap();
    driver(settings(&daemon, IMAGE, Path::new("/nowhere"))).make_image(shell()).await.unwrap();
    let address = daemon.address();
    let fill = daemon.fill_disk();
    let run = |bench: Bench| async move {
        let mut spec = bench.volume_spec("a");
        let mut sentences = Vec::new();
        // Whichever step is the first that needs room.
        for _ in 0..3 {
            let volume = match bench.machines.create_volume(&spec).await {
                Err(error) => {
                    sentences.push(error);
                    continue;
                }
                Ok(volume) => volume,
            };
            if let Err(error) = bench.machines.start_machine(&bench.machine_spec(1, &volume, "echo up")).await {
                sentences.push(error);
            }
            spec = bench.volume_spec("b");
        }
        let expected = format!("the disk of the Docker daemon at `{address}` is full: `docker system df` says of what");
        assert!(!sentences.is_empty());
        for error in sentences {
            assert!(matches!(error, Error::Retryable { .. }), "{error:?}");
            assert_eq!(error.to_string(), expected);
        }
        std::fs::remove_file(fill).unwrap();
        let volume = bench.volume("a").await;
        assert_eq!(bench.output(2, &volume, "echo room again").await, ["room again"]);
    };
    on(&daemon, IMAGE).run(run).await;
    tokio::task::spawn_blocking(|| drop(daemon)).await.unwrap();
}
