use crate::world::{HOUR, World, labels, outcomes};
use janitor::{Kind, Outcome};

#[tokio::test]
async fn a_machine_of_no_live_run_is_destroyed_and_then_its_volume_can_go() {
    let mut world = World::new();
    world.volume("pr_1");
    world.machine("m-1-1");
    let report = world.two_passes().await;
    assert_eq!(outcomes(&report), [("m-1-1", Outcome::Deleted), ("pr_1", Outcome::Deleted)]);
    assert_eq!(report.deeds[0].kind, Kind::Machine);
    assert_eq!(report.deeds[0].reason, "`m-1-1` was made for wf_1 run 1, and no live run refers to it");
    assert_eq!((world.machines_left().len(), world.volumes_left().len()), (0, 0));
}

#[tokio::test]
async fn the_machine_of_a_live_run_stays_and_keeps_its_volume() {
    let mut world = World::new();
    world.volume("pr_1");
    world.machine("m-1-1");
    world.change(|state| state.runs.runs.insert("m-1-1".into(), "wf_1 run 1".into()));
    let report = world.two_passes().await;
    assert_eq!(outcomes(&report), [("pr_1", Outcome::Failed)]);
    assert!(report.deeds[0].reason.ends_with("volume `pr_1` is in use by machine `m-1-1`"), "{report:?}");
    assert_eq!((world.machines_left().len(), world.volumes_left().len()), (1, 1));
}

#[tokio::test]
async fn a_machine_that_a_run_knows_only_by_the_backends_id_stays() {
    let mut world = World::new();
    world.machine("m-1-1");
    world.change(|state| state.runs.runs_by_id.insert("m-1-1".into(), "wf_1 run 1".into()));
    assert_eq!(outcomes(&world.two_passes().await), []);
    assert_eq!(world.machines_left(), ["m-1-1"]);
}

#[tokio::test]
async fn a_machine_whose_start_may_still_land_or_of_another_deployment_stays() {
    let mut world = World::new();
    world.machine("m-1-1");
    world.machine("m-2-1");
    let tombstone = world.tombstone(9 * HOUR);
    world.change(|state| {
        state.runs.tombstones.insert("m-1-1".into(), tombstone);
        state.machines.get_mut("m-2-1").unwrap().labels = labels("theirs", 1);
    });
    assert_eq!(outcomes(&world.two_passes().await), [("m-1-1", Outcome::Kept)]);
    assert_eq!(world.machines_left(), ["m-1-1", "m-2-1"]);
}

#[tokio::test]
async fn a_restored_database_destroys_no_machine() {
    let mut world = World::new();
    world.machine("m-1-1");
    world.change(|state| state.runs.recovery = true);
    assert_eq!(outcomes(&world.two_passes().await), [("m-1-1", Outcome::Kept)]);
}

#[tokio::test]
async fn a_run_that_begins_at_the_last_moment_keeps_its_machine() {
    let mut world = World::new();
    world.machine("m-1-1");
    world.later(HOUR);
    world.pass().await;
    world.later(HOUR);
    world.change(|state| {
        state.meanwhile = Some(Box::new(|state| {
            state.runs.runs.insert("m-1-1".into(), "wf_1 run 1".into());
        }));
    });
    assert_eq!(outcomes(&world.pass().await), [("m-1-1", Outcome::Kept)]);
    assert_eq!(world.machines_left(), ["m-1-1"]);
}

#[tokio::test]
async fn a_dry_run_destroys_nothing() {
    let mut world = World::new();
    world.machine("m-1-1");
    world.later(HOUR);
    world.pass().await;
    world.later(HOUR);
    assert_eq!(outcomes(&world.dry_run().await), [("m-1-1", Outcome::WouldDelete)]);
    assert_eq!(world.machines_left(), ["m-1-1"]);
}
