//! What can befall a start, an end, and a machine in between.

use super::stage::{APP, PORT, Stage, TOKEN, machine_spec};
use crate::fly_error;
use machines::{MachineState, Machines, fly::Exit};
use serde_json::{Value, json};
use simulators::fly::{
    Options,
    control::{Action, Command, Fault, Named, Timings},
};

#[tokio::test]
async fn f01_a_machine_that_was_made_though_the_call_failed_is_found_by_its_name() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    let faults = [
        Fault::DoneBut { status: 408 },
        Fault::DoneBut { status: 500 },
        Fault::DoneBut { status: 502 },
        Fault::AnswerLost,
        Fault::NotDone,
        Fault::Late { status: Some(504), millis: 1500 },
    ];
    for (run, fault) in (1..).zip(faults) {
        stage.fail_once(Action::MachineCreate, fault.clone()).await;
        let machine = stage.start(run, &volume).await;
        assert_eq!(stage.machine_names().await, std::slice::from_ref(&machine.name), "{fault:?}");
        assert_eq!((machine.labels.run, &machine.volume_id), (run, &volume.id));
        stage.driver.destroy_machine(&machine.id).await.unwrap();
    }
    stage.end().await;
}

#[tokio::test]
async fn f01_a_name_that_another_run_has_is_not_adopted() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    let machine = stage.start(1, &volume).await;
    let mut other = machine_spec(2, &volume);
    other.name.clone_from(&machine.name);
    let said = fly_error!(stage.driver.start_machine(&other).await, Permanent);
    assert_eq!(said, format!("machine name `{}` is taken by another run", machine.name));
    stage.end().await;
}

#[tokio::test]
async fn f04_a_machine_that_stays_created_is_removed_and_the_next_attempt_starts() {
    let stage = Stage::with(Timings::default(), 20).await;
    let volume = stage.volume().await;
    stage.fail_once(Action::MachineCreate, Fault::StuckCreated).await;
    let stuck = stage.driver.start_machine(&machine_spec(1, &volume)).await;
    let said = fly_error!(stuck, Retryable);
    let name = machine_spec(1, &volume).name;
    assert_eq!(said, format!("machine `{name}` was stuck as `created` on Fly for 100 s, and was removed"));
    assert_eq!(stage.machine_names().await, Vec::<String>::new());
    assert_eq!(stage.start(1, &volume).await.state, MachineState::Running);
    stage.end().await;
}

#[tokio::test]
async fn f05_a_start_that_is_refused_while_the_machine_settles_is_asked_again() {
    let stage = Stage::with(Timings { create_ms: 25_000, ..Timings::default() }, 10).await;
    let volume = stage.volume().await;
    assert_eq!(stage.start(1, &volume).await.state, MachineState::Running);
    let told = stage.calls(Action::MachineStart).await;
    assert!(!told.is_empty() && told.iter().all(|call| call.status == Some(412)), "{told:?}");
    stage.end().await;
}

#[tokio::test]
async fn f06_a_claim_that_lingers_is_waited_for() {
    for claim_is_nameless in [false, true] {
        let timings = Timings { claim_ms: 2_500, claim_is_nameless, ..Timings::default() };
        let stage = Stage::with(timings, 1).await;
        let volume = stage.volume().await;
        let first = stage.start(1, &volume).await;
        stage.driver.destroy_machine(&first.id).await.unwrap();
        let second = stage.start(2, &volume).await;
        let tries = stage.calls(Action::MachineCreate).await;
        assert!(tries.iter().any(|call| call.status == Some(412)), "{tries:?}");
        // The same for the volume's own end.
        stage.driver.destroy_machine(&second.id).await.unwrap();
        let words = format!("failed_precondition: volume is currently bound to machine: {}", second.id);
        let body = json!({"error": words});
        stage.fail_once(Action::VolumeDelete, Fault::Refused { status: 412, body, retry_after: None }).await;
        stage.driver.delete_volume(&volume.id).await.unwrap();
        let tries: Vec<_> = stage.calls(Action::VolumeDelete).await.iter().map(|call| call.status).collect();
        assert_eq!(tries, [Some(412), Some(200)]);
        stage.end().await;
    }
}

#[tokio::test]
async fn f06_a_volume_whose_machine_lives_is_in_use() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    let first = stage.start(1, &volume).await;
    let in_use = format!("volume `{}` is in use by machine `{}`", volume.id, first.name);
    assert_eq!(fly_error!(stage.driver.start_machine(&machine_spec(2, &volume)).await, InUse), in_use);
    assert_eq!(fly_error!(stage.driver.delete_volume(&volume.id).await, InUse), in_use);
    stage.end().await;
}

#[tokio::test]
async fn f10_what_fly_does_to_a_machine_is_seen() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    // Restarted, or moved to another host: the same machine still, and it may write.
    let moved = stage.start(1, &volume).await;
    for command in
        [Command::RestartMachine { machine: moved.id.clone() }, Command::MigrateMachine { machine: moved.id.clone() }]
    {
        stage.run(command.clone()).await;
        let seen = stage.driver.machine(&moved.id).await.unwrap();
        assert!(seen.is_some_and(|machine| machine.state != MachineState::Stopped), "{command:?}");
    }
    stage.until("it runs again", async || stage.control.truth().await.unwrap().machines[0].running).await;
    fly_error!(stage.driver.start_machine(&machine_spec(2, &volume)).await, InUse);
    // Ended at its memory limit: stopped, and the reason can be read.
    let (machine, exit_code) = (moved.id.clone(), Some(137));
    stage.run(Command::EndProgram { machine, exit_code, oom_killed: true }).await;
    let stopped = async || {
        stage.driver.machine(&moved.id).await.unwrap().is_some_and(|machine| machine.state == MachineState::Stopped)
    };
    stage.until("it is stopped", stopped).await;
    let exit = stage.driver.exit(&moved.id).await.unwrap();
    assert_eq!(exit, Some(Exit { code: 137, signal: 0, oom_killed: true, requested: false }));
    // What has ended gives the volume up.
    let second = stage.start(2, &volume).await;
    assert_eq!(stage.driver.machine(&moved.id).await.unwrap(), None);
    // Destroyed by Fly: gone, and the session goes on with the next one.
    stage.run(Command::DestroyMachine { machine: second.id.clone() }).await;
    stage.until("it is gone", async || stage.driver.machine(&second.id).await.is_ok_and(|it| it.is_none())).await;
    stage.start(3, &volume).await;
    stage.end().await;
}

#[tokio::test]
async fn f11_an_ended_machine_stays_until_its_end_was_read() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    let machine = stage.start(1, &volume).await;
    let (id, exit_code) = (machine.id.clone(), Some(3));
    stage.run(Command::EndProgram { machine: id, exit_code, oom_killed: false }).await;
    let ended = async || stage.driver.exit(&machine.id).await.unwrap().is_some();
    stage.until("its end is an event", ended).await;
    let exit = stage.driver.exit(&machine.id).await.unwrap().unwrap();
    assert_eq!((exit.code, exit.requested), (3, false));
    // The same name is not run again: its token was for one run.
    assert_eq!(stage.start(1, &volume).await.state, MachineState::Stopped);
    let body = &stage.calls(Action::MachineCreate).await[0].body;
    assert_eq!(
        (&body["config"]["auto_destroy"], &body["config"]["restart"]),
        (&json!(false), &json!({"policy": "no"}))
    );
    stage.end().await;
}

/// Somebody else's lease, as a crash leaves it.
async fn lease(stage: &Stage, machine: &str, seconds: u32) {
    let url = format!("{}/v1/apps/{APP}/machines/{machine}/lease?ttl={seconds}", stage.fly.url());
    let client = reqwest::Client::new();
    let taken = client.post(url).header("authorization", format!("Bearer {TOKEN}")).json(&json!({})).send().await;
    assert_eq!(taken.unwrap().status().as_u16(), 201);
}

#[tokio::test]
async fn f13_a_lease_that_a_crash_left_is_waited_for() {
    let stage = Stage::with(Timings::default(), 10).await;
    let volume = stage.volume().await;
    let machine = stage.start(1, &volume).await;
    lease(&stage, &machine.id, 15).await;
    stage.driver.destroy_machine(&machine.id).await.unwrap();
    let second = stage.start(2, &volume).await;
    lease(&stage, &second.id, 600).await;
    let said = fly_error!(stage.driver.destroy_machine(&second.id).await, Unconfirmed);
    let front = format!(
        "machine `{0}` not confirmed gone: somebody holds a lease, so that Fly does not lease machine `{0}`",
        second.id
    );
    assert!(said.starts_with(&front), "{said}");
    stage.run(Command::Advance { millis: 600_000 }).await;
    stage.end().await;
}

#[tokio::test]
async fn f14_calls_keep_to_fly_s_pace_and_what_is_refused_is_repeated() {
    let mut options = Options::new(TOKEN);
    options.rate_limits = true;
    let stage = Stage::of(options, 4, |settings| settings.paced = true).await;
    let volume = stage.volume().await;
    for run in 1..=5 {
        let machine = stage.start(run, &volume).await;
        stage.driver.destroy_machine(&machine.id).await.unwrap();
    }
    let calls = stage.control.calls().await.unwrap();
    let refused = calls.iter().filter(|call| call.status == Some(429)).count();
    assert_eq!(refused, 0, "of {} calls", calls.len());
    // Others use the same token: Fly refuses, says how long, and the call is made once more.
    let body = json!({"error": "rate limit exceeded"});
    stage.fail_once(Action::MachineCreate, Fault::Refused { status: 429, body, retry_after: Some(2) }).await;
    stage.start(6, &volume).await;
    let tries: Vec<_> = stage.calls(Action::MachineCreate).await.into_iter().rev().take(2).collect();
    assert_eq!((tries[0].status, tries[1].status), (Some(200), Some(429)));
    assert!(tries[0].at_ms - tries[1].at_ms >= 1900, "{tries:?}");
    stage.end().await;
}

#[tokio::test]
async fn f15_a_wait_of_fly_s_that_runs_out_is_begun_again() {
    let stage = Stage::with(Timings { create_ms: 35_000, start_ms: 1_000, ..Timings::default() }, 10).await;
    let volume = stage.volume().await;
    assert_eq!(stage.start(1, &volume).await.state, MachineState::Running);
    let waits = stage.calls(Action::MachineWait).await;
    assert!(waits.iter().filter(|call| call.status == Some(408)).count() >= 2, "{waits:?}");
    stage.end().await;
}

#[tokio::test]
async fn f17_a_machine_is_never_changed() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    for run in 1..=3 {
        stage.start(run, &volume).await;
        let machine = stage.start(run, &volume).await;
        stage.driver.destroy_machine(&machine.id).await.unwrap();
    }
    for action in [Action::MachineUpdate, Action::MetadataUpdate, Action::MetadataKeySet, Action::MachineRestart] {
        assert_eq!(stage.calls(action).await, [], "{action:?}");
    }
    assert_eq!(stage.calls(Action::MachineCreate).await.len(), 3);
    stage.end().await;
}

#[tokio::test]
async fn a_machine_has_what_it_is_given_and_nothing_else() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    let spec = machine_spec(1, &volume);
    stage.driver.start_machine(&spec).await.unwrap();
    let body = stage.calls(Action::MachineCreate).await.remove(0).body;
    let config = &body["config"];
    let names: Vec<&str> = config["env"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["LONGSHORE_MACHINE", "LONGSHORE_RUN", "LONGSHORE_SESSION_DIR"]);
    assert_eq!(config["mounts"], json!([{"volume": volume.id, "path": "/session"}]));
    assert_eq!((&config["services"], &body["skip_secrets"]), (&Value::Null, &json!(true)));
    assert_eq!(config["guest"], json!({"cpu_kind": "shared", "cpus": 2, "memory_mb": 2048}));
    assert!(!body.to_string().contains("secret_") && !body.to_string().contains(TOKEN));
    // And may reach the supervisor's port.
    assert!(stage.calls(Action::PolicyPut).await[0].body.to_string().contains(&PORT.to_string()));
    stage.end().await;
}

#[tokio::test]
async fn f08_a_quota_that_is_reached_is_said_and_tried_again() {
    let stage = Stage::new().await;
    let volume = stage.volume().await;
    stage.fail_once(Action::MachineCreate, Fault::Named(Named::QuotaReached)).await;
    let said = fly_error!(stage.driver.start_machine(&machine_spec(1, &volume)).await, Retryable);
    let front = "Fly's quota is reached: ask Fly for more, or set `machines.max_running` lower: organization personal";
    assert!(said.starts_with(front), "{said}");
    stage.start(1, &volume).await;
    stage.end().await;
}
