//! A host that is lost, full, or back.

use crate::fly::support::{Stage, of_app, of_machine, of_volume};
use serde_json::json;
use simulators::fly::control::Command;

#[tokio::test]
async fn a_machine_on_a_lost_host_is_known_by_what_it_was_and_does_what_it_is_told_later() {
    let stage = Stage::new().await;
    let volume = stage.volume("session").await;
    let machine = stage.machine("m-1", Some(&volume)).await;
    stage.until_state(&machine, "started").await;
    stage.run(Command::LoseHost { of: machine.clone(), programs_end: false }).await;
    let shown = stage.shown(&machine).await;
    assert_eq!((&shown["host_status"], &shown["state"]), (&"unreachable".into(), &"started".into()));
    assert_eq!((&shown["config"], &shown["incomplete_config"]["env"]), (&json!(null), &json!({ "A": "1" })));
    assert_eq!(stage.get(&of_volume(&volume, "")).await.expect(200)["host_status"], "unreachable");
    stage.call("POST", &of_machine(&machine, "/stop"), None).await.refused(503);
    stage.delete(&of_machine(&machine, "?force=true")).await.expect(200);
    assert_eq!(stage.shown(&machine).await["state"], "destroying");
    assert!(stage.truth().await.machines[0].running, "it goes on where nobody sees it");
    assert_eq!(stage.try_machine("m-2", Some(&volume)).await.status, 412, "the volume is still claimed");
    stage.run(Command::ReturnHost { of: machine.clone() }).await;
    stage.until_state(&machine, "destroyed").await;
    stage.machine("m-2", Some(&volume)).await;
    stage.end(2).await;
}

#[tokio::test]
async fn what_ended_on_a_lost_host_is_seen_when_it_is_back() {
    let stage = Stage::new().await;
    let machine = stage.machine("m-1", None).await;
    stage.until_state(&machine, "started").await;
    stage.run(Command::LoseHost { of: machine.clone(), programs_end: true }).await;
    assert!(!stage.truth().await.machines[0].running);
    assert_eq!(stage.shown(&machine).await["state"], "started", "nobody knows yet");
    stage.run(Command::ReturnHost { of: machine.clone() }).await;
    stage.until_state(&machine, "stopped").await;
    let exit = &stage.shown(&machine).await["events"][0]["request"]["exit_event"];
    assert_eq!(exit["requested_stop"], false);
    stage.end(1).await;
}

#[tokio::test]
async fn a_volume_whose_host_is_full_or_lost_takes_no_machine_and_others_do() {
    let stage = Stage::new().await;
    let (volume, other) = (stage.volume("session").await, stage.volume("session").await);
    stage.run(Command::FillHost { of: volume.clone(), full: true }).await;
    let said = stage.try_machine("m-1", Some(&volume)).await.expect(412);
    let words = format!("insufficient resources to create new machine with existing volume '{volume}'");
    assert_eq!(said, json!({ "error": words, "status": "volume_placement_capacity" }));
    let machine = stage.machine("m-1", Some(&other)).await;
    stage.destroy(&machine).await;
    stage.run(Command::FillHost { of: volume.clone(), full: false }).await;
    stage.run(Command::LoseHost { of: volume.clone(), programs_end: false }).await;
    stage.try_machine("m-2", Some(&volume)).await.refused(503);
    let fork = json!({ "name": "session", "region": "iad", "source_volume_id": volume });
    stage.post(&of_app("/volumes"), fork.clone()).await.refused(503);
    stage.run(Command::ReturnHost { of: volume.clone() }).await;
    stage.post(&of_app("/volumes"), fork).await.expect(200);
    stage.machine("m-2", Some(&volume)).await;
    stage.end(4).await;
}
