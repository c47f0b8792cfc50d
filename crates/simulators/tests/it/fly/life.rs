//! A machine from its creation to its end, without a program.

use crate::fly::support::{Stage, of_app, of_machine, of_volume};
use serde_json::json;
use simulators::fly::control::{Command, Timings};

#[tokio::test]
async fn a_machine_is_created_then_starting_then_started_by_the_clock_and_says_so_in_its_events() {
    let stage = Stage::with_timings(Timings { create_ms: 60_000, start_ms: 60_000, ..Timings::default() }).await;
    let machine = stage.machine("m-1", None).await;
    assert_eq!(stage.shown(&machine).await["state"], "created");
    stage.control.advance(60_000).await.unwrap();
    stage.until_state(&machine, "starting").await;
    stage.control.advance(60_000).await.unwrap();
    stage.until_state(&machine, "started").await;
    let events = stage.get(&of_machine(&machine, "/events")).await.expect(200);
    let told: Vec<(&str, &str, &str)> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["type"].as_str().unwrap(), it["status"].as_str().unwrap(), it["source"].as_str().unwrap()))
        .collect();
    let newest_first = [("start", "started", "flyd"), ("start", "starting", "flyd"), ("launch", "created", "user")];
    assert_eq!(told, newest_first);
    stage.end(1).await;
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_with_the_id_of_its_holder() {
    let stage = Stage::new().await;
    let machine = stage.machine("m-1", None).await;
    let words =
        format!("already_exists: unique machine name violation, machine ID {machine} already exists with name \"m-1\"");
    assert_eq!(stage.try_machine("m-1", None).await.refused(409), words);
    stage.destroy(&machine).await;
    stage.machine("m-1", None).await;
    stage.end(1).await;
}

#[tokio::test]
async fn a_wait_ends_when_the_state_is_reached_and_says_where_it_is_when_it_is_not() {
    let stage = Stage::with_timings(Timings { create_ms: 3_600_000, ..Timings::default() }).await;
    let machine = stage.machine("m-1", None).await;
    let late = stage.get(&of_machine(&machine, "/wait?state=started&timeout=1")).await;
    let words = "deadline_exceeded: machine failed to reach desired state, started, currently created";
    assert_eq!(late.refused(408), words);
    let started = of_machine(&machine, "/wait?state=started&timeout=60");
    let (waited, ()) = tokio::join!(stage.get(&started), async {
        stage.control.advance(3_600_000).await.unwrap();
    });
    // The clock jumped over the wait's own end: it was looked at once more.
    assert!(waited.status == 200 || waited.status == 408, "{}", waited.text);
    assert_eq!(stage.get(&started).await.expect(200)["state"], "started");
    stage.get(&of_machine(&machine, "/wait?state=started&timeout=61")).await.refused(400);
    stage.get(&of_machine("00000000000000", "/wait?state=started")).await.refused(404);
}

#[tokio::test]
async fn a_stopped_machine_tells_how_it_ended_and_starts_again_once_it_has_settled() {
    let stage = Stage::with_timings(Timings { settle_ms: 60_000, ..Timings::default() }).await;
    let machine = stage.machine("m-1", None).await;
    stage.until_state(&machine, "started").await;
    stage.post(&of_machine(&machine, "/stop"), json!({})).await.expect(200);
    stage.until_state(&machine, "stopped").await;
    let exit = &stage.shown(&machine).await["events"][0]["request"]["exit_event"];
    assert_eq!((&exit["requested_stop"], &exit["exit_code"]), (&true.into(), &json!(null)));
    let start = of_machine(&machine, "/start");
    let refused = stage.call("POST", &start, None).await;
    assert_eq!(refused.refused(412), "failed_precondition: machine still active, refusing to start");
    stage.control.advance(60_000).await.unwrap();
    assert_eq!(stage.call("POST", &start, None).await.expect(200)["previous_state"], "stopped");
    stage.until_state(&machine, "started").await;
    assert_eq!(stage.truth().await.machines[0].starts, 2);
    stage.end(1).await;
}

#[tokio::test]
async fn a_program_that_fails_is_started_again_as_its_policy_says_and_one_that_may_be_destroyed_is() {
    let stage = Stage::new().await;
    let mut new = crate::fly::support::new_machine("m-1", None);
    new["config"]["restart"] = json!({ "policy": "on-failure", "max_retries": 1 });
    new["config"]["auto_destroy"] = true.into();
    let machine = stage.post(&of_app("/machines"), new).await.expect(200)["id"].as_str().unwrap().to_owned();
    stage.until_state(&machine, "started").await;
    let end =
        |exit_code| Command::EndProgram { machine: machine.clone(), exit_code: Some(exit_code), oom_killed: true };
    stage.run(end(7)).await;
    stage.until_state(&machine, "started").await;
    while stage.truth().await.machines[0].starts < 2 {
        tokio::task::yield_now().await;
    }
    stage.until_state(&machine, "started").await;
    stage.run(end(7)).await;
    stage.until_state(&machine, "destroyed").await;
    let shown = stage.shown(&machine).await;
    let exits: Vec<_> = shown["events"].as_array().unwrap().iter().filter(|it| it["type"] == "exit").collect();
    let told = |at: usize| {
        let exit = &exits[at]["request"]["exit_event"];
        (exit["exit_code"].clone(), exit["oom_killed"].clone(), exit["restarting"].clone())
    };
    assert_eq!(told(0), (7.into(), true.into(), false.into()));
    assert_eq!(told(1), (7.into(), true.into(), true.into()));
    stage.end(0).await;
}

#[tokio::test]
async fn a_running_machine_is_destroyed_only_by_force_and_frees_its_volume() {
    let stage = Stage::new().await;
    let volume = stage.volume("session").await;
    let machine = stage.machine("m-1", Some(&volume)).await;
    stage.until_state(&machine, "started").await;
    let words = "failed_precondition: unable to destroy machine, not currently stopped, suspended, failed or created";
    assert_eq!(stage.delete(&of_machine(&machine, "")).await.refused(412), words);
    let bound = format!("failed_precondition: volume is currently bound to machine: {machine}");
    assert_eq!(stage.delete(&of_volume(&volume, "")).await.refused(412), bound);
    assert_eq!(stage.get(&of_volume(&volume, "")).await.expect(200)["attached_machine_id"], *machine);
    stage.destroy(&machine).await;
    stage.delete(&of_volume(&volume, "")).await.expect(200);
    stage.end(0).await;
}

#[tokio::test]
async fn a_destroyed_machine_is_found_by_its_id_for_a_while() {
    let stage = Stage::new().await;
    let machine = stage.machine("m-1", None).await;
    stage.destroy(&machine).await;
    assert_eq!(stage.get(&of_app("/machines")).await.expect(200), json!([]));
    let with_deleted = stage.get(&of_app("/machines?include_deleted=true")).await.expect(200);
    assert_eq!(with_deleted[0]["state"], "destroyed");
    stage.control.advance(24 * 3_600_000).await.unwrap();
    stage.get(&of_machine(&machine, "")).await.refused(404);
    stage.end(0).await;
}

#[tokio::test]
async fn fly_may_restart_move_or_destroy_a_machine_that_nobody_touched() {
    let stage = Stage::new().await;
    let volume = stage.volume("session").await;
    let machine = stage.machine("m-1", Some(&volume)).await;
    stage.until_state(&machine, "started").await;
    stage.run(Command::RestartMachine { machine: machine.clone() }).await;
    stage.get(&of_machine(&machine, "/wait?state=started&timeout=10")).await.expect(200);
    let before = stage.truth().await;
    stage.run(Command::MigrateMachine { machine: machine.clone() }).await;
    while stage.truth().await.machines[0].starts < 3 {
        tokio::task::yield_now().await;
    }
    let after = stage.truth().await;
    assert_ne!(before.machines[0].host, after.machines[0].host);
    assert_eq!(after.machines[0].host, after.volumes[0].host);
    stage.run(Command::DestroyMachine { machine: machine.clone() }).await;
    stage.until_state(&machine, "destroyed").await;
    stage.end(1).await;
}

#[tokio::test]
async fn an_app_that_is_deleted_takes_its_machines_and_volumes_with_it() {
    let stage = Stage::new().await;
    let volume = stage.volume("session").await;
    let machine = stage.machine("m-1", Some(&volume)).await;
    stage.until_state(&machine, "started").await;
    stage.delete(&of_app("")).await.refused(412);
    stage.delete(&of_app("?force=true")).await.expect(202);
    stage.get(&of_machine(&machine, "")).await.refused(404);
    let deadline = stage.environment.now().plus_millis(20_000);
    while !stage.truth().await.volumes.is_empty() && stage.environment.now() < deadline {
        tokio::task::yield_now().await;
    }
    stage.end(0).await;
}
