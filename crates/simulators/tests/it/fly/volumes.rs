//! Volumes: groups of names, claims, and what is left of one that is deleted.

use crate::fly::support::{Stage, of_app, of_volume};
use serde_json::json;
use simulators::fly::control::Timings;

#[tokio::test]
async fn the_same_name_twice_is_two_volumes() {
    let stage = Stage::new().await;
    assert_ne!(stage.volume("session").await, stage.volume("session").await);
    stage.end(2).await;
}

#[tokio::test]
async fn a_volume_has_one_machine() {
    let stage = Stage::new().await;
    let volume = stage.volume("session").await;
    let machine = stage.machine("m-1", Some(&volume)).await;
    let words = format!("failed_precondition: volume already claimed by machine {machine}");
    assert_eq!(stage.try_machine("m-2", Some(&volume)).await.refused(412), words);
    stage.end(2).await;
}

#[tokio::test]
async fn the_claim_of_a_destroyed_machine_lingers_and_may_name_nobody() {
    let lingers = Timings { claim_ms: 60_000, ..Timings::default() };
    let stage = Stage::with_timings(lingers).await;
    let volume = stage.volume("session").await;
    let machine = stage.machine("m-1", Some(&volume)).await;
    stage.destroy(&machine).await;
    let words = format!("failed_precondition: volume already claimed by machine {machine}");
    assert_eq!(stage.try_machine("m-2", Some(&volume)).await.refused(412), words);
    stage.run(simulators::fly::control::Command::SetTimings(Timings { claim_is_nameless: true, ..lingers })).await;
    let nameless = format!("failed_precondition: volume already claimed by machine {}", "\0".repeat(14));
    assert_eq!(stage.try_machine("m-2", Some(&volume)).await.refused(412), nameless);
    stage.control.advance(60_000).await.unwrap();
    stage.machine("m-2", Some(&volume)).await;
    stage.end(2).await;
}

#[tokio::test]
async fn a_deleted_volume_is_found_for_a_day_and_cannot_be_mounted() {
    let stage = Stage::with_timings(Timings { list_lag_ms: 5_000, ..Timings::default() }).await;
    let volume = stage.volume("session").await;
    stage.control.advance(5_000).await.unwrap();
    assert_eq!(stage.delete(&of_volume(&volume, "")).await.expect(200)["state"], "pending_destroy");
    // A list that lags shows it as if it were well.
    let listed = stage.get(&of_app("/volumes")).await.expect(200);
    assert_eq!((&listed[0]["id"], &listed[0]["state"]), (&(*volume).into(), &"created".into()));
    assert_eq!(stage.get(&of_volume(&volume, "")).await.expect(200)["state"], "pending_destroy");
    assert_eq!(stage.try_machine("m-1", Some(&volume)).await.refused(400), "volume not found");
    stage.control.advance(5_000).await.unwrap();
    assert_eq!(stage.get(&of_app("/volumes")).await.expect(200), json!([]));
    stage.control.advance(24 * 3_600_000).await.unwrap();
    stage.get(&of_volume(&volume, "")).await.refused(404);
    stage.end(0).await;
}

#[tokio::test]
async fn two_volumes_in_one_machine_are_one_too_many_and_regions_must_fit() {
    let stage = Stage::new().await;
    let volume = stage.volume("session").await;
    let mut new = crate::fly::support::new_machine("m-1", Some(&volume));
    new["config"]["mounts"] = json!([{ "volume": volume, "path": "/a" }, { "volume": volume, "path": "/b" }]);
    stage.post(&of_app("/machines"), new).await.refused(400);
    let mut new = crate::fly::support::new_machine("m-1", Some(&volume));
    new["region"] = "lhr".into();
    stage.post(&of_app("/machines"), new).await.refused(400);
    stage.post(&of_app("/volumes"), json!({ "name": "v", "region": "any" })).await.refused(400);
    stage.end(1).await;
}
