//! How often, and how much at once.

use crate::world::{HOUR, World, outcomes};
use janitor::{DELETIONS_PER_DUTY_MAX, Outcome, SHARE_FLOOR};

#[tokio::test]
async fn an_orphan_is_seen_as_often_as_the_operator_wants_before_it_goes() {
    let mut world = World::new();
    world.rules.sightings = 4;
    world.volume("pr_1");
    world.later(HOUR);
    for expected in [
        "the next 3 passes find the same, not before 60 min are over",
        "the next 2 passes find the same, not before 30 min are over",
    ] {
        let report = world.pass().await;
        assert_eq!(outcomes(&report), [("pr_1", Outcome::Noted)]);
        assert!(report.deeds[0].reason.ends_with(&format!("; deleted if {expected}")), "{report:?}");
        world.later(HOUR / 2);
    }
    let report = world.pass().await;
    assert!(report.deeds[0].reason.ends_with("; deleted if the next pass finds the same"), "{report:?}");
    assert_eq!(outcomes(&world.pass().await), [("pr_1", Outcome::Deleted)], "the grace period was over long ago");
}

#[tokio::test]
async fn a_sighting_that_was_remembered_before_passes_were_counted_counts_as_one() {
    let mut world = World::new();
    world.volume("pr_1");
    world.later(HOUR);
    world.pass().await;
    let mut remembered = serde_json::to_value(&world.sightings).unwrap();
    remembered["volumes"]["pr_1"].as_object_mut().unwrap().remove("passes").unwrap();
    world.sightings = serde_json::from_value(remembered).unwrap();
    world.later(HOUR);
    assert_eq!(outcomes(&world.pass().await), [("pr_1", Outcome::Deleted)]);
}

/// Volumes that nobody wants, and such as somebody does.
fn volumes(world: &World, orphans: usize, owned: usize) {
    for number in 0..orphans {
        world.volume(&format!("pr_{number:03}"));
    }
    for number in 0..owned {
        let name = format!("pr_owned_{number}");
        world.volume(&name);
        world.change(|state| state.known.owners.insert(name, "wf_1".into()));
    }
}

#[tokio::test]
async fn a_pass_that_would_delete_too_large_a_share_deletes_nothing_until_an_operator_confirms() {
    let mut world = World::new();
    world.rules.share_max = 20;
    volumes(&world, SHARE_FLOOR + 1, 20);
    let report = world.two_passes().await;
    assert_eq!((report.count(Outcome::Held), report.count(Outcome::Deleted)), (6, 0));
    assert_eq!(
        report.deeds[0].reason,
        "`pr_000` was made for wf_1, and no workflow refers to it; acme/shop#7 is closed; 6 of 26 volumes would go, \
         more than 20 %: nothing is deleted without `--confirm`"
    );
    assert_eq!(world.dry_run().await.deeds, report.deeds, "a dry run says the same");
    assert_eq!(world.pass().await.count(Outcome::Held), 6, "the next pass does not take it for a yes");
    assert_eq!(world.volumes_left().len(), 26);
    assert_eq!(world.audit(), []);
    let report = world.confirmed().await;
    assert_eq!(report.count(Outcome::Deleted), 6);
    assert_eq!(world.volumes_left().len(), 20);
}

#[tokio::test]
async fn a_few_go_unasked_and_so_do_more_within_the_share() {
    let mut world = World::new();
    world.rules.share_max = 20;
    volumes(&world, SHARE_FLOOR, 0);
    assert_eq!(world.two_passes().await.count(Outcome::Deleted), SHARE_FLOOR);
    volumes(&world, SHARE_FLOOR + 1, 24);
    assert_eq!(world.two_passes().await.count(Outcome::Deleted), SHARE_FLOOR + 1);
}

#[tokio::test]
async fn what_lies_beyond_the_bound_of_one_pass_counts_for_the_share() {
    let mut world = World::new();
    world.rules.share_max = 50;
    volumes(&world, 3 * DELETIONS_PER_DUTY_MAX, 40);
    let report = world.two_passes().await;
    assert_eq!((report.count(Outcome::Held), report.count(Outcome::Postponed)), (20, 40), "60 of 100 would go");
    assert_eq!(world.volumes_left().len(), 100);
}

#[tokio::test]
async fn volumes_that_github_keeps_do_not_count_for_the_share() {
    let mut world = World::new();
    world.rules.share_max = 20;
    volumes(&world, SHARE_FLOOR + 3, 0);
    world.change(|state| state.open.extend(["pr_000", "pr_001", "pr_002"].map(str::to_owned)));
    let report = world.two_passes().await;
    assert_eq!((report.count(Outcome::Kept), report.count(Outcome::Deleted)), (3, SHARE_FLOOR));
}

#[tokio::test]
async fn machines_and_volumes_have_a_share_each() {
    let mut world = World::new();
    world.rules.share_max = 20;
    for number in 0..=SHARE_FLOOR {
        world.machine(&format!("m-{number}-1"));
    }
    world.volume("pr_9");
    let report = world.two_passes().await;
    assert_eq!((report.count(Outcome::Held), report.count(Outcome::Deleted)), (6, 1));
    assert!(
        report.deeds[0]
            .reason
            .ends_with("6 of 6 machines would go, more than 20 %: nothing is deleted without `--confirm`")
    );
    assert_eq!((world.machines_left().len(), world.volumes_left().len()), (6, 0));
}
