//! Every deletion is in the record, before it happens and after.

use crate::world::{HOUR, World, outcomes};
use janitor::{Kind, Outcome, Stage};

#[tokio::test]
async fn a_deletion_is_written_down_before_and_after() {
    let mut world = World::new();
    world.volume("pr_1");
    world.machine("m-1-1");
    world.two_passes().await;
    let told: Vec<_> = world.audit().into_iter().map(|entry| (entry.kind, entry.id, entry.stage)).collect();
    let (machine, volume) = ("m-1-1".to_owned(), "pr_1".to_owned());
    let expected = [
        (Kind::Machine, machine.clone(), Stage::Begun),
        (Kind::Machine, machine, Stage::Done),
        (Kind::Volume, volume.clone(), Stage::Begun),
        (Kind::Volume, volume, Stage::Done),
    ];
    assert_eq!(told, expected);
    let entry = world.audit().pop().unwrap();
    assert_eq!((entry.at, entry.by.as_str(), entry.workflow.as_str()), (world.now, "schedule", "wf_1"));
    assert_eq!(entry.reason, "`pr_1` was made for wf_1, and no workflow refers to it; acme/shop#7 is closed");
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_done() {
    let mut world = World::new();
    world.volume("pr_1");
    world.later(HOUR);
    world.pass().await;
    world.later(HOUR);
    world.change(|state| state.beside.audit_fails = true);
    let report = world.pass().await;
    assert_eq!(outcomes(&report), [("pr_1", Outcome::Failed)]);
    assert!(
        report.deeds[0]
            .reason
            .ends_with("it could not be deleted: the owners could not be asked: the database is away")
    );
    assert_eq!(world.volumes_left(), ["pr_1"]);
    world.change(|state| state.beside.audit_fails = false);
    assert_eq!(outcomes(&world.pass().await), [("pr_1", Outcome::Deleted)]);
}

#[tokio::test]
async fn a_deletion_that_fails_says_so_in_the_record() {
    let mut world = World::new();
    world.volume("pr_1");
    world.change(|state| state.deletions_fail = true);
    world.two_passes().await;
    let stages: Vec<_> = world.audit().into_iter().map(|entry| entry.stage).collect();
    assert_eq!(stages, [Stage::Begun, Stage::Failed]);
}

#[tokio::test]
async fn what_is_only_looked_at_is_not_in_the_record() {
    let mut world = World::new();
    world.volume("pr_1");
    world.later(HOUR);
    world.pass().await;
    world.later(HOUR);
    world.dry_run().await;
    assert_eq!(world.audit(), []);
}
