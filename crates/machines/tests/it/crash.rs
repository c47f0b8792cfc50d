//! Kills and restarts.

use crate::bench::{driver, rooted};
use machines::MachineState;
use rustix::process::{Pid, Signal, kill_process};
use std::{path::Path, sync::Arc};

const FOREVER: &str = "echo up; while :; do sleep 60; done";

fn record(root: &Path, machine: &str, file: &str) -> serde_json::Value {
    let path = root.join("machines").join(machine).join(file);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn keeper_pid(root: &Path, machine: &str) -> Pid {
    let pid = record(root, machine, "keeper.json")["keeper"]["pid"].as_i64().unwrap();
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}

#[tokio::test]
async fn a_new_supervisor_finds_the_machine_running_and_can_end_it() {
    let (bench, root) = rooted();
    bench
        .run(|mut bench| async move {
            let volume = bench.volume("a").await;
            let machine = bench.start(1, &volume, FOREVER).await;
            bench.printed(&machine, "up").await;
            bench.machines = Arc::new(driver(&root));
            assert_eq!(bench.state(&machine).await, Some(MachineState::Running));
            assert_eq!(bench.start(1, &volume, FOREVER).await.id, machine.id);
            bench.machines.destroy_machine(&machine.id).await.unwrap();
            assert_eq!(bench.state(&machine).await, None);
        })
        .await;
}

#[tokio::test]
async fn a_machine_that_ended_while_no_supervisor_was_there_is_found_stopped_with_its_log() {
    let (bench, root) = rooted();
    bench
        .run(|mut bench| async move {
            let volume = bench.volume("a").await;
            let machine = bench.start(1, &volume, "while ! test -e gate; do sleep 0.01; done; echo done; exit 7").await;
            std::fs::write(root.join("volumes").join(&volume.name).join("gate"), "").unwrap();
            bench.machines = Arc::new(driver(&root));
            assert_eq!(bench.ended(&machine).await, ["done"]);
            assert_eq!(record(&root, &machine.id, "ended.json")["how"]["code"], 7);
        })
        .await;
}

#[tokio::test]
async fn when_the_keeper_is_killed_the_machine_is_found_stopped_and_nothing_of_it_runs() {
    let (bench, root) = rooted();
    bench
        .run(|bench| async move {
            let volume = bench.volume("a").await;
            let daemon = "(setsid sh -c 'while :; do echo beat >> beats; done' &); while ! test -s beats; do :; done";
            let machine = bench.start(1, &volume, &format!("{daemon}; {FOREVER}")).await;
            bench.printed(&machine, "up").await;
            kill_process(keeper_pid(&root, &machine.id), Signal::KILL).unwrap();
            bench.ended(&machine).await;
            let still = "a=$(wc -c < beats); sleep 0.3; b=$(wc -c < beats); [ $a = $b ] && echo still";
            assert_eq!(bench.output(2, &volume, still).await, ["still"]);
        })
        .await;
}

#[tokio::test]
async fn a_volume_is_free_again_after_its_machines_keeper_was_killed() {
    let (bench, root) = rooted();
    bench
        .run(|bench| async move {
            let volume = bench.volume("a").await;
            let machine = bench.start(1, &volume, FOREVER).await;
            bench.printed(&machine, "up").await;
            kill_process(keeper_pid(&root, &machine.id), Signal::KILL).unwrap();
            let environment = bench.environment.clone();
            while bench.machines.start_machine(&bench.machine_spec(2, &volume, FOREVER)).await.is_err() {
                environment.sleep(std::time::Duration::from_millis(5)).await;
            }
            assert_eq!(bench.state(&machine).await, Some(MachineState::Stopped));
        })
        .await;
}

#[tokio::test]
async fn a_keeper_that_does_not_answer_is_ended_with_its_machine() {
    let (bench, root) = rooted();
    bench
        .run(|bench| async move {
            let volume = bench.volume("a").await;
            let machine = bench.start(1, &volume, FOREVER).await;
            bench.printed(&machine, "up").await;
            kill_process(keeper_pid(&root, &machine.id), Signal::STOP).unwrap();
            bench.machines.destroy_machine(&machine.id).await.unwrap();
            assert_eq!(bench.state(&machine).await, None);
        })
        .await;
}

#[tokio::test]
async fn another_process_with_the_keepers_number_is_neither_believed_nor_hit() {
    let (bench, root) = rooted();
    bench
        .run(|bench| async move {
            let volume = bench.volume("a").await;
            let machine = bench.start(1, &volume, FOREVER).await;
            bench.printed(&machine, "up").await;
            kill_process(keeper_pid(&root, &machine.id), Signal::KILL).unwrap();
            // The number now belongs to this test, which lives but began at another time.
            let mut kept = record(&root, &machine.id, "keeper.json");
            kept["keeper"]["pid"] = std::process::id().into();
            let path = root.join("machines").join(&machine.id).join("keeper.json");
            std::fs::write(path, serde_json::to_vec(&kept).unwrap()).unwrap();
            assert_eq!(bench.state(&machine).await, Some(MachineState::Stopped));
            bench.machines.destroy_machine(&machine.id).await.unwrap();
        })
        .await;
}

#[tokio::test]
async fn a_start_cut_short_after_the_intent_is_carried_out_when_it_is_repeated() {
    let (bench, root) = rooted();
    bench
        .run(|mut bench| async move {
            let volume = bench.volume("a").await;
            let machine = bench.start(1, &volume, "echo up >> ups").await;
            bench.ended(&machine).await;
            // As if the supervisor had been killed between the record and the keeper.
            for file in ["keeper.json", "ended.json"] {
                std::fs::remove_file(root.join("machines").join(&machine.id).join(file)).unwrap();
            }
            bench.machines = Arc::new(driver(&root));
            assert_eq!(bench.state(&machine).await, Some(MachineState::Starting));
            assert!(bench.machines.start_machine(&bench.machine_spec(2, &volume, FOREVER)).await.is_err());
            let again = bench.start(1, &volume, "echo up >> ups").await;
            bench.ended(&again).await;
            bench.machines.destroy_machine(&again.id).await.unwrap();
            assert_eq!(bench.output(3, &volume, "cat ups").await, ["up", "up"]);
        })
        .await;
}

#[tokio::test]
async fn a_keeper_that_comes_too_late_starts_nothing() {
    use std::io::Write;
    let (bench, root) = rooted();
    bench
        .run(|bench| async move {
            let volume = bench.volume("a").await;
            let machine = bench.start(1, &volume, "echo once >> runs").await;
            bench.ended(&machine).await;
            let dir = root.join("machines").join(&machine.id);
            std::fs::remove_file(dir.join("keeper.json")).unwrap();
            let order = |mark: &str| {
                serde_json::json!({
                    "mark": mark, "lock": root.join("lock"), "keeper_arguments": [], "program": [],
                    "session": root.join("volumes").join(&volume.name), "environment": [],
                    "confinement": { "cgroups": [], "resources": machines::Resources::default(), "memory_per_process": false },
                })
            };
            let mut late = std::process::Command::new(env!("CARGO_BIN_EXE_machine-keeper"))
                .arg(&dir)
                .stdin(std::process::Stdio::piped())
                .stdout(std::process::Stdio::piped())
                .spawn()
                .unwrap();
            late.stdin.take().unwrap().write_all(order("an earlier mark").to_string().as_bytes()).unwrap();
            let said = late.wait_with_output().unwrap();
            assert_eq!(String::from_utf8(said.stdout).unwrap(), "this order to keep a machine is stale\n");
            assert!(!said.status.success() && !dir.join("keeper.json").exists());
        })
        .await;
}

#[tokio::test]
async fn the_keeper_holds_nothing_of_the_supervisor_open() {
    let (bench, root) = rooted();
    bench
        .run(|bench| async move {
            let inherited = std::fs::File::open("/dev/full").unwrap();
            rustix::io::fcntl_setfd(&inherited, rustix::io::FdFlags::empty()).unwrap();
            let volume = bench.volume("a").await;
            let machine = bench.start(1, &volume, FOREVER).await;
            let process = format!("/proc/{}", keeper_pid(&root, &machine.id));
            for entry in std::fs::read_dir(format!("{process}/fd")).unwrap() {
                let target = std::fs::read_link(entry.unwrap().path()).unwrap_or_default();
                assert_ne!(target, Path::new("/dev/full"));
            }
            let environ = std::fs::read_to_string(format!("{process}/environ")).unwrap();
            assert!(environ.split('\0').all(|entry| entry.is_empty() || entry.starts_with("LONGSHORE_")), "{environ}");
        })
        .await;
}

#[tokio::test]
async fn no_secret_of_the_environment_is_written_down() {
    let (bench, root) = rooted();
    bench
        .run(|bench| async move {
            let volume = bench.volume("a").await;
            let mut spec = bench.machine_spec(1, &volume, FOREVER);
            spec.environment.insert("LONGSHORE_CLAIM_TOKEN".into(), "s3cr3t-t0ken".into());
            let machine = bench.machines.start_machine(&spec).await.unwrap();
            bench.printed(&machine, "up").await;
            let mut files = vec![root];
            while let Some(path) = files.pop() {
                if path.is_dir() {
                    files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                } else {
                    let content = std::fs::read(&path).unwrap();
                    assert!(!String::from_utf8_lossy(&content).contains("s3cr3t"), "in {}", path.display());
                }
            }
        })
        .await;
}
