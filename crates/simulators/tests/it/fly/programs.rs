//! Programs that really run, by a runner of the test: what the stand-in asks of one, in which order.

use crate::fly::support::{APP, Stage, of_machine, of_volume};
use async_trait::async_trait;
use serde_json::Value;
use simulators::fly::{Exit, Program, Runner, VolumeOrder, control::Command};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// Notes what it is asked for; a program ends when the test says so.
#[derive(Default)]
struct Noted {
    asked: Mutex<Vec<String>>,
    programs: Mutex<Vec<Program>>,
    ending: watch::Sender<Option<i32>>,
    refuses: Mutex<bool>,
    /// A start takes until the test lets go of it.
    slow: tokio::sync::Mutex<()>,
}

impl Noted {
    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Runner for Noted {
    async fn create_volume(&self, order: &VolumeOrder) -> Result<String, String> {
        self.note(format!("create volume of {} GB", order.size_gb));
        Ok(format!("real-{}", order.name))
    }

    async fn delete_volume(&self, id: &str) -> Result<(), String> {
        self.note(format!("delete {}", &id[..9]));
        Ok(())
    }

    async fn start(&self, program: &Program) -> Result<String, String> {
        if *self.refuses.lock().unwrap() {
            return Err("no such image".into());
        }
        self.programs.lock().unwrap().push(program.clone());
        drop(self.slow.lock().await);
        let start = program.name.rsplit('-').next().unwrap();
        self.note(format!("start {start}"));
        Ok(format!("run-{start}"))
    }

    async fn ended(&self, _id: &str) -> Exit {
        let mut ending = self.ending.subscribe();
        ending.mark_unchanged();
        let _ = ending.changed().await;
        let code = *ending.borrow();
        Exit { code, oom_killed: false }
    }

    async fn end(&self, id: &str) -> Result<(), String> {
        self.note(format!("end {id}"));
        Ok(())
    }

    async fn log(&self, id: &str, _lines_max: usize) -> Result<Vec<String>, String> {
        Ok(vec![format!("printed by {id}"), "second line".into()])
    }
}

async fn with_runner() -> (Stage, Arc<Noted>) {
    let runner = Arc::new(Noted::default());
    let given: Arc<dyn Runner> = runner.clone();
    (Stage::with(|options| options.runner = Some(given)).await, runner)
}

async fn printed(stage: &Stage, query: &str) -> (Vec<String>, Value) {
    let said = stage.get(&format!("/api/v1/apps/{APP}/logs?{query}")).await.expect(200);
    let lines = said["data"].as_array().unwrap().iter();
    let lines = lines.map(|it| it["attributes"]["message"].as_str().unwrap().to_owned()).collect();
    (lines, said["meta"]["next_token"].clone())
}

#[tokio::test]
async fn a_program_is_started_with_its_environment_on_its_volume_and_ended_before_the_machine_is_gone() {
    let (stage, runner) = with_runner().await;
    let volume = stage.volume("session").await;
    let machine = stage.machine("m-1", Some(&volume)).await;
    stage.until_state(&machine, "started").await;
    let program = runner.programs.lock().unwrap()[0].clone();
    assert_eq!(
        (program.volume.as_deref(), program.mounted_at.as_str()),
        (Some(&*format!("real-{volume}")), "/session")
    );
    assert_eq!((program.environment["A"].as_str(), program.memory_mb, program.cpus), ("1", 512, 1));
    assert_eq!(program.name, format!("{machine}-1"));
    stage.destroy(&machine).await;
    stage.delete(&of_volume(&volume, "")).await.expect(200);
    assert_eq!(runner.asked(), ["create volume of 1 GB", "start 1", "end run-1", "delete real-vol_"]);
    stage.end(0).await;
}

#[tokio::test]
async fn a_program_that_ends_by_itself_stops_its_machine_and_its_log_stays() {
    let (stage, runner) = with_runner().await;
    let volume = stage.volume("session").await;
    let machine = stage.machine("m-1", Some(&volume)).await;
    stage.until_state(&machine, "started").await;
    let of = format!("instance={machine}");
    assert_eq!(printed(&stage, &of).await, (vec!["printed by run-1".into(), "second line".into()], "2".into()));
    assert_eq!(printed(&stage, &format!("{of}&next_token=1")).await.0, ["second line"]);
    assert_eq!(printed(&stage, &format!("{of}&next_token=2")).await, (vec![], "2".into()));
    while stage.shown(&machine).await["state"] != "stopped" {
        runner.ending.send_replace(Some(3));
    }
    let exit = &stage.shown(&machine).await["events"][0]["request"]["exit_event"];
    assert_eq!((&exit["exit_code"], &exit["requested_stop"]), (&3.into(), &false.into()));
    assert_eq!(printed(&stage, &of).await.0.len(), 2);
    stage.call("POST", &of_machine(&machine, "/start"), None).await.expect(200);
    stage.until_state(&machine, "started").await;
    stage.destroy(&machine).await;
    assert_eq!(runner.asked()[1..], ["start 1", "end run-1", "start 2", "end run-2"]);
    assert_eq!(printed(&stage, &of).await.0.last().unwrap(), "second line");
    stage.end(1).await;
}

/// What may be running counts as running: from before the start is asked for until the end is confirmed.
#[tokio::test]
async fn a_start_that_is_under_way_is_finished_before_its_end_begins() {
    let (stage, runner) = with_runner().await;
    let volume = stage.volume("session").await;
    let held = runner.slow.lock().await;
    let machine = stage.machine("m-1", Some(&volume)).await;
    while runner.programs.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    stage.delete(&of_machine(&machine, "?force=true")).await.expect(200);
    assert!(stage.truth().await.machines[0].running);
    assert_eq!(stage.shown(&machine).await["state"], "destroying");
    assert_eq!(stage.try_machine("m-2", Some(&volume)).await.status, 412, "the volume is not free yet");
    assert_eq!(runner.asked(), ["create volume of 1 GB"]);
    drop(held);
    stage.until_state(&machine, "destroyed").await;
    assert_eq!(runner.asked()[1..], ["start 1", "end run-1"]);
    let audit = stage.control.audit().await.unwrap();
    let order: Vec<_> = audit.iter().map(|it| serde_json::to_value(it).unwrap()["what"].clone()).collect();
    assert_eq!(order[3..], ["program_started", "program_ended", "machine_destroyed"]);
    stage.end(1).await;
}

#[tokio::test]
async fn a_killed_stand_in_finds_the_programs_that_went_on_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let runner = Arc::new(Noted::default());
    let stage = |runner: Arc<dyn Runner>| {
        let data = folder.path().to_owned();
        Stage::with(|options| (options.data, options.runner) = (Some(data), Some(runner)))
    };
    let first = stage(runner.clone()).await;
    let machine = first.machine("m-1", None).await;
    first.until_state(&machine, "started").await;
    drop(first.fly);

    let second = stage(runner.clone()).await;
    while second.shown(&machine).await["state"] != "stopped" {
        runner.ending.send_replace(Some(0));
    }
    assert_eq!(runner.asked(), ["start 1"], "it was not started again");
    second.destroy(&machine).await;
    assert_eq!(runner.asked(), ["start 1", "end run-1"]);
    second.end(0).await;
}

#[tokio::test]
async fn a_program_on_a_host_that_lost_its_power_really_ends() {
    let (stage, runner) = with_runner().await;
    let machine = stage.machine("m-1", None).await;
    stage.until_state(&machine, "started").await;
    stage.run(Command::LoseHost { of: machine.clone(), programs_end: true }).await;
    assert_eq!(runner.asked(), ["start 1", "end run-1"]);
    assert_eq!(stage.shown(&machine).await["state"], "started");
    stage.run(Command::ReturnHost { of: machine.clone() }).await;
    stage.until_state(&machine, "stopped").await;
    stage.end(1).await;
}

#[tokio::test]
async fn a_program_that_cannot_start_is_a_failed_machine_that_says_why() {
    let (stage, runner) = with_runner().await;
    *runner.refuses.lock().unwrap() = true;
    let machine = stage.machine("m-1", None).await;
    stage.until_state(&machine, "failed").await;
    assert_eq!(printed(&stage, &format!("instance={machine}")).await.0, ["error: no such image"]);
    stage.destroy(&machine).await;
    stage.end(0).await;
}

#[tokio::test]
async fn a_command_says_how_a_program_ends() {
    let (stage, runner) = with_runner().await;
    let machine = stage.machine("m-1", None).await;
    stage.until_state(&machine, "started").await;
    stage.run(Command::EndProgram { machine: machine.clone(), exit_code: Some(137), oom_killed: true }).await;
    stage.until_state(&machine, "stopped").await;
    let exit = &stage.shown(&machine).await["events"][0]["request"]["exit_event"];
    assert_eq!((&exit["exit_code"], &exit["oom_killed"]), (&137.into(), &true.into()));
    assert_eq!(runner.asked(), ["start 1", "end run-1"]);
    stage.end(1).await;
}
