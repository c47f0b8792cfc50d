//! What Docker and its client do that one would not expect, each with what the driver makes of it.

use super::bench::{IMAGE, bench, client, driver, ready, settings, shell};
use bollard::{
    models::{ContainerCreateBody, HostConfig, VolumeCreateRequest},
    query_parameters::{
        CreateContainerOptionsBuilder, KillContainerOptions, ListContainersOptionsBuilder,
        RemoveContainerOptionsBuilder, RemoveVolumeOptions, StartContainerOptions,
    },
};
use machines::{Error, MachineSpec, MachineState, conformance::Bench};
use std::{collections::HashMap, path::Path};

const FOREVER: &str = "echo up; while :; do sleep 60; done";

/// Docker answers a creation under a taken name with the old volume, and says nothing.
#[tokio::test]
async fn a_volume_that_nobody_marked_is_not_adopted() {
    let run = |bench: Bench| async move {
        let docker = client(ready().await);
        let spec = bench.volume_spec("a");
        let unmarked = VolumeCreateRequest { name: Some(spec.name.clone()), ..Default::default() };
        docker.create_volume(unmarked).await.unwrap();
        let refused = bench.machines.create_volume(&spec).await;
        assert!(
            matches!(&refused, Err(Error::Permanent { what }) if what.contains("nothing says is ours")),
            "{refused:?}"
        );
        // Nor is it looked at, or removed.
        assert_eq!(bench.machines.volume(&spec.name).await.unwrap(), None);
        bench.machines.delete_volume(&spec.name).await.unwrap();
        docker.inspect_volume(&spec.name).await.expect("it is not ours to remove");
        docker.remove_volume(&spec.name, None::<RemoveVolumeOptions>).await.unwrap();
    };
    bench().await.run(run).await;
}

/// Docker makes a volume that is not there when it is mounted, empty and without labels: a session lost in silence.
#[tokio::test]
async fn a_machine_on_a_volume_that_is_gone_is_refused_and_none_is_made_for_it() {
    let run = |bench: Bench| async move {
        let volume = bench.volume("a").await;
        bench.machines.delete_volume(&volume.id).await.unwrap();
        let started = bench.machines.start_machine(&bench.machine_spec(1, &volume, FOREVER)).await;
        assert!(matches!(started, Err(Error::Permanent { .. })), "{started:?}");
        assert!(client(ready().await).inspect_volume(&volume.id).await.is_err());
    };
    bench().await.run(run).await;
}

/// The same, when it goes between the look and the mount: a start that a crash cut short is carried on later.
#[tokio::test]
async fn a_volume_that_docker_made_by_itself_goes_again_with_the_machine() {
    let run = |bench: Bench| async move {
        let docker = client(ready().await);
        let volume = bench.volume("a").await;
        let machine = bench.start(1, &volume, FOREVER).await;
        let found = docker.inspect_container(&machine.id, None).await.unwrap();
        bench.machines.destroy_machine(&machine.id).await.unwrap();
        bench.machines.delete_volume(&volume.id).await.unwrap();
        // As the driver makes it, not started yet; the volume is made by Docker.
        let config = found.config.unwrap();
        let body = ContainerCreateBody {
            image: config.image,
            labels: config.labels,
            host_config: found.host_config,
            ..Default::default()
        };
        let name = format!("longshore-{}", volume.id);
        let options = CreateContainerOptionsBuilder::default().name(&name).build();
        docker.create_container(Some(options), body).await.unwrap();
        docker.inspect_volume(&volume.id).await.expect("Docker makes what is not there");
        let started = bench.machines.start_machine(&bench.machine_spec(1, &volume, FOREVER)).await;
        assert!(matches!(started, Err(Error::Permanent { .. })), "{started:?}");
        assert!(docker.inspect_volume(&volume.id).await.is_err());
        assert!(docker.inspect_container(&name, None).await.is_err());
    };
    bench().await.run(run).await;
}

/// One volume may be mounted by any number of containers. Not one of ours.
#[tokio::test]
async fn a_container_of_somebody_else_on_the_volume_keeps_a_machine_away() {
    let run = |bench: Bench| async move {
        let docker = client(ready().await);
        let volume = bench.volume("a").await;
        let name = format!("stranger-{}", volume.id);
        let binds = Some(vec![format!("{}:/x", volume.id)]);
        let body = ContainerCreateBody {
            image: Some(IMAGE.into()),
            env: Some(vec![format!("SCRIPT={FOREVER}")]),
            host_config: Some(HostConfig { binds, network_mode: Some("none".into()), ..Default::default() }),
            ..Default::default()
        };
        let options = CreateContainerOptionsBuilder::default().name(&name).build();
        let stranger = docker.create_container(Some(options), body).await.unwrap().id;
        docker.start_container(&stranger, None::<StartContainerOptions>).await.unwrap();
        let started = bench.machines.start_machine(&bench.machine_spec(1, &volume, FOREVER)).await;
        assert!(matches!(&started, Err(Error::InUse { machine, .. }) if *machine == name), "{started:?}");
        let deleted = bench.machines.delete_volume(&volume.id).await;
        assert!(matches!(&deleted, Err(Error::InUse { machine, .. }) if *machine == name), "{deleted:?}");
        // Once it has ended it is in nobody's way, and keeps its name.
        docker.kill_container(&stranger, None::<KillContainerOptions>).await.unwrap();
        let machine = bench.start(1, &volume, FOREVER).await;
        docker.inspect_container(&name, None).await.unwrap();
        bench.machines.destroy_machine(&machine.id).await.unwrap();
        // And it is none of our business otherwise.
        assert_eq!(bench.machines.machine(&stranger).await.unwrap(), None);
        assert!(matches!(bench.machines.destroy_machine(&stranger).await, Err(Error::Permanent { .. })));
        let forced = RemoveContainerOptionsBuilder::default().force(true).build();
        docker.remove_container(&stranger, Some(forced)).await.unwrap();
    };
    bench().await.run(run).await;
}

/// Many at once, from drivers that know nothing of each other: the name is the lock.
#[tokio::test]
async fn of_many_starts_at_once_on_one_volume_one_is_done() {
    let run = |bench: Bench| async move {
        let volume = bench.volume("a").await;
        let mut starts = Vec::new();
        for run in 1..=6 {
            let (machines, spec) = (bench.machines.clone(), bench.machine_spec(run, &volume, FOREVER));
            starts.push(bench.environment.spawn(async move { machines.start_machine(&spec).await }));
        }
        let mut running = 0;
        for start in starts {
            match start.await.unwrap() {
                Ok(_) => running += 1,
                Err(Error::InUse { .. } | Error::Retryable { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(running, 1);
        assert_eq!(bench.machines.machines(&bench.deployment).await.unwrap().len(), 1);
    };
    bench().await.run(run).await;
}

/// A container that could not be started stays, with the volume.
#[tokio::test]
async fn a_failed_start_leaves_no_container() {
    let daemon = ready().await;
    let image = "longshore-test-unstartable:1";
    let mut contents = shell();
    contents.environment.push("PATH=/bin".into());
    driver(settings(daemon, image, Path::new("/nowhere"))).make_image(contents).await.unwrap();
    super::bench::on(daemon, image).run(|bench| async move { failed_start(&bench).await }).await;
}

async fn failed_start(bench: &Bench) {
    let docker = client(ready().await);
    let volume = bench.volume("a").await;
    let sockets = bench.sockets.clone().unwrap();
    let spec = MachineSpec { sockets: Some(sockets.clone()), ..bench.machine_spec(1, &volume, FOREVER) };
    // Made as the driver makes it, and then the folder that it is to mount goes: `create` passes and `start` does not.
    let machine = bench.machines.start_machine(&spec).await.unwrap();
    let found = docker.inspect_container(&machine.id, None).await.unwrap();
    bench.machines.destroy_machine(&machine.id).await.unwrap();
    let (config, host_config) = (found.config.unwrap(), found.host_config);
    let body = ContainerCreateBody { image: config.image, labels: config.labels, host_config, ..Default::default() };
    let options = CreateContainerOptionsBuilder::default().name(&format!("longshore-{}", volume.id)).build();
    docker.create_container(Some(options), body).await.unwrap();
    std::fs::remove_dir(&sockets).unwrap();
    let failed = bench.machines.start_machine(&spec).await;
    assert!(matches!(failed, Err(Error::Retryable { .. } | Error::Permanent { .. })), "{failed:?}");
    let filters = HashMap::from([("volume".to_owned(), vec![volume.id.clone()])]);
    let all = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
    assert_eq!(docker.list_containers(Some(all)).await.unwrap().len(), 0);
    // The volume is free for the next attempt.
    std::fs::create_dir(&sockets).unwrap();
    assert_eq!(bench.machines.start_machine(&spec).await.unwrap().state, MachineState::Running);
}

/// A crash between creation and start: the same call, repeated, carries on.
#[tokio::test]
async fn a_machine_that_was_made_and_not_started_is_started_by_the_repetition() {
    let run = |bench: Bench| async move {
        let docker = client(ready().await);
        let volume = bench.volume("a").await;
        let spec = bench.machine_spec(1, &volume, FOREVER);
        let machine = bench.machines.start_machine(&spec).await.unwrap();
        let found = docker.inspect_container(&machine.id, None).await.unwrap();
        bench.machines.destroy_machine(&machine.id).await.unwrap();
        let config = found.config.unwrap();
        let body = ContainerCreateBody {
            image: config.image,
            env: config.env,
            labels: config.labels,
            host_config: found.host_config,
            ..Default::default()
        };
        let options = CreateContainerOptionsBuilder::default().name(&format!("longshore-{}", volume.id)).build();
        let made = docker.create_container(Some(options), body).await.unwrap().id;
        assert_eq!(bench.machines.machine(&made).await.unwrap().unwrap().state, MachineState::Starting);
        let started = bench.machines.start_machine(&spec).await.unwrap();
        assert_eq!((started.id, started.state), (made, MachineState::Running));
    };
    bench().await.run(run).await;
}

/// The client reports a program that fails as an error of the wait; the driver reads the state instead.
#[tokio::test]
async fn a_program_that_fails_is_an_ended_machine_and_no_error() {
    let run = |bench: Bench| async move {
        let volume = bench.volume("a").await;
        let machine = bench.start(1, &volume, "echo last words; exit 3").await;
        assert_eq!(bench.ended(&machine).await, ["last words"]);
        assert_eq!(bench.state(&machine).await, Some(MachineState::Stopped));
    };
    bench().await.run(run).await;
}

/// The container is made to end by itself neither with its log nor with its name.
#[tokio::test]
async fn an_ended_machine_gives_the_volume_up_and_keeps_its_log() {
    let run = |bench: Bench| async move {
        let volume = bench.volume("a").await;
        let first = bench.start(1, &volume, "echo first").await;
        bench.ended(&first).await;
        let second = bench.start(2, &volume, FOREVER).await;
        assert_eq!(bench.log(&first).await, ["first"]);
        assert_ne!(first.id, second.id);
        bench.machines.destroy_machine(&first.id).await.unwrap();
        assert_eq!(bench.state(&second).await, Some(MachineState::Running));
    };
    bench().await.run(run).await;
}

/// What prints for ever fills a mebibyte.
#[tokio::test]
async fn a_log_is_bounded_and_its_end_is_kept() {
    let run = |bench: Bench| async move {
        let volume = bench.volume("a").await;
        let script = "yes 0123456789012345678901234567890123456789 | head -n 200000; echo last";
        let machine = bench.start(1, &volume, script).await;
        bench.printed(&machine, "last").await;
        assert_eq!(bench.machines.machine_log(&machine.id, 1).await.unwrap(), ["last"]);
        let whole = bench.machines.machine_log(&machine.id, 1_000_000).await.unwrap();
        let bytes: usize = whole.iter().map(|line| line.len() + 1).sum();
        assert!((1..=1024 * 1024).contains(&bytes), "{bytes}");
    };
    bench().await.run(run).await;
}
