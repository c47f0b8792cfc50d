use crate::world::{HOUR, World, labels, outcomes};
use janitor::{DELETIONS_PER_DUTY_MAX, Outcome, Sightings};
use std::time::Duration;

#[tokio::test]
async fn an_orphan_is_deleted_when_a_second_pass_agrees_a_grace_period_later() {
    let mut world = World::new();
    world.volume("pr_1");
    assert_eq!(outcomes(&world.pass().await), [], "too young to be spoken of");
    world.later(HOUR);
    assert_eq!(outcomes(&world.pass().await), [("pr_1", Outcome::Noted)]);
    world.later(HOUR - Duration::from_secs(1));
    let report = world.pass().await;
    assert_eq!(outcomes(&report), [("pr_1", Outcome::Noted)]);
    assert_eq!(
        report.deeds[0].reason,
        "`pr_1` was made for wf_1, and no workflow refers to it; deleted if that is still so in 1 s"
    );
    world.later(Duration::from_secs(1));
    let report = world.pass().await;
    assert_eq!(outcomes(&report), [("pr_1", Outcome::Deleted)]);
    let reason = "`pr_1` was made for wf_1, and no workflow refers to it; acme/shop#7 is closed";
    assert_eq!(report.deeds[0].reason, reason);
    assert_eq!(world.volumes_left(), Vec::<String>::new());
    assert_eq!(world.sightings, Sightings::default());
    assert_eq!(outcomes(&world.pass().await), [], "a further pass finds nothing to do");
}

#[tokio::test]
async fn a_volume_that_somebody_wants_or_another_deployment_has_stays() {
    let mut world = World::new();
    world.volume("pr_owned");
    world.volume("pr_foreign");
    world.change(|state| {
        state.known.owners.insert("pr_owned".into(), "wf_1".into());
        state.volumes.get_mut("pr_foreign").unwrap().labels = labels("theirs", 0);
    });
    assert_eq!(outcomes(&world.two_passes().await), []);
    assert_eq!(world.volumes_left(), ["pr_foreign", "pr_owned"]);
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_says_what_would_happen() {
    let mut world = World::new();
    world.volume("pr_1");
    world.later(HOUR);
    assert_eq!(outcomes(&world.dry_run().await), [("pr_1", Outcome::Noted)]);
    assert_eq!(world.sightings, Sightings::default());
    world.pass().await;
    world.later(HOUR);
    let report = world.dry_run().await;
    assert!(report.dry_run);
    assert_eq!(outcomes(&report), [("pr_1", Outcome::WouldDelete)]);
    assert_eq!(world.volumes_left(), ["pr_1"]);
    world.later(Duration::from_secs(5));
    let really = world.pass().await;
    assert_eq!(outcomes(&really), [("pr_1", Outcome::Deleted)]);
    let said = |report: &janitor::Report| {
        report.deeds.iter().map(|deed| (deed.id.clone(), deed.since, deed.reason.clone())).collect::<Vec<_>>()
    };
    assert_eq!(said(&report), said(&really), "word for word what is said when it goes");
}

#[tokio::test]
async fn the_volume_of_an_open_pull_request_stays_until_it_is_closed() {
    let mut world = World::new();
    world.volume("pr_1");
    world.change(|state| state.open.insert("pr_1".into()));
    let report = world.two_passes().await;
    assert_eq!(outcomes(&report), [("pr_1", Outcome::Kept)]);
    assert!(report.deeds[0].reason.ends_with("no workflow refers to it; acme/shop#7 is open"), "{report:?}");
    assert_eq!(outcomes(&world.dry_run().await), [("pr_1", Outcome::Kept)]);
    world.change(|state| state.open.clear());
    assert_eq!(outcomes(&world.pass().await), [("pr_1", Outcome::Deleted)], "its patience was not lost");
}

#[tokio::test]
async fn nothing_is_deleted_while_github_cannot_be_asked() {
    let mut world = World::new();
    world.volume("pr_1");
    world.change(|state| state.github_is_away = true);
    let report = world.two_passes().await;
    assert_eq!(outcomes(&report), [("pr_1", Outcome::Failed)]);
    assert!(report.deeds[0].reason.ends_with("the owners could not be asked: GitHub does not answer"), "{report:?}");
    world.change(|state| state.github_is_away = false);
    assert_eq!(outcomes(&world.pass().await), [("pr_1", Outcome::Deleted)]);
}

#[tokio::test]
async fn a_volume_that_was_wanted_in_between_begins_anew() {
    let mut world = World::new();
    world.volume("pr_1");
    world.later(HOUR);
    world.pass().await;
    world.change(|state| state.known.owners.insert("pr_1".into(), "wf_1".into()));
    world.later(HOUR);
    world.pass().await;
    world.change(|state| state.known.owners.clear());
    assert_eq!(outcomes(&world.pass().await), [("pr_1", Outcome::Noted)]);
}

#[tokio::test]
async fn another_volume_under_the_same_id_begins_anew() {
    let mut world = World::new();
    world.volume("pr_1");
    world.later(HOUR);
    world.pass().await;
    world.change(|state| state.volumes.get_mut("pr_1").unwrap().created_at_ms += 1);
    world.later(HOUR);
    assert_eq!(outcomes(&world.pass().await), [("pr_1", Outcome::Noted)]);
}

#[tokio::test]
async fn a_volume_wanted_again_at_the_last_moment_stays() {
    let mut world = World::new();
    world.volume("pr_1");
    world.later(HOUR);
    world.pass().await;
    world.later(HOUR);
    world.change(|state| {
        let wanted = |state: &mut crate::world::State| {
            state.known.owners.insert("pr_1".into(), "wf_2".into());
        };
        state.meanwhile = Some(Box::new(wanted));
    });
    let report = world.pass().await;
    assert_eq!(outcomes(&report), [("pr_1", Outcome::Kept)]);
    assert_eq!(report.deeds[0].reason, "`pr_1` belongs to wf_2");
    assert_eq!(world.volumes_left(), ["pr_1"]);
}

#[tokio::test]
async fn what_may_still_land_is_respected_until_its_time_is_over() {
    let mut world = World::new();
    world.volume("pr_1");
    let tombstone = world.tombstone(3 * HOUR);
    world.change(|state| state.known.tombstones.insert("pr_1".into(), tombstone));
    assert_eq!(outcomes(&world.two_passes().await), [("pr_1", Outcome::Kept)]);
    world.later(HOUR);
    assert_eq!(outcomes(&world.two_passes().await), [("pr_1", Outcome::Deleted)]);
}

#[tokio::test]
async fn a_restored_database_deletes_nothing() {
    let mut world = World::new();
    world.volume("pr_1");
    world.change(|state| state.known.recovery = true);
    let report = world.two_passes().await;
    assert_eq!(outcomes(&report), [("pr_1", Outcome::Kept)]);
    assert!(report.deeds[0].reason.contains("nothing is deleted until that is confirmed"));
    world.change(|state| state.known.recovery = false);
    assert_eq!(outcomes(&world.pass().await), [("pr_1", Outcome::Noted)], "the recovery counts for nothing");
}

#[tokio::test]
async fn a_listing_or_an_owner_that_fails_deletes_nothing_and_forgets_nothing() {
    let mut world = World::new();
    world.volume("pr_1");
    world.later(HOUR);
    world.pass().await;
    let before = world.sightings.clone();
    world.later(HOUR);
    world.change(|state| state.listing_fails = true);
    let report = world.pass().await;
    assert_eq!(report.failures[1], "orphaned volumes were not looked for: the backend does not answer");
    world.change(|state| (state.listing_fails, state.owners_fail) = (false, true));
    let report = world.pass().await;
    let expected = "orphaned volumes were not looked for: the owners could not be asked: the database is away";
    assert_eq!(report.failures[1], expected);
    assert_eq!((world.volumes_left(), &world.sightings), (vec!["pr_1".to_owned()], &before));
    world.change(|state| state.owners_fail = false);
    assert_eq!(outcomes(&world.pass().await), [("pr_1", Outcome::Deleted)]);
}

#[tokio::test]
async fn a_deletion_that_fails_is_tried_again_by_the_next_pass() {
    let mut world = World::new();
    world.volume("pr_1");
    world.change(|state| state.deletions_fail = true);
    assert_eq!(outcomes(&world.two_passes().await), [("pr_1", Outcome::Failed)]);
    world.change(|state| state.deletions_fail = false);
    assert_eq!(outcomes(&world.pass().await), [("pr_1", Outcome::Deleted)]);
}

#[tokio::test]
async fn one_pass_deletes_a_bounded_number() {
    let mut world = World::new();
    for number in 0..=DELETIONS_PER_DUTY_MAX {
        world.volume(&format!("pr_{number}"));
    }
    let report = world.two_passes().await;
    assert_eq!((report.count(Outcome::Deleted), report.count(Outcome::Postponed)), (DELETIONS_PER_DUTY_MAX, 1));
    assert_eq!(world.pass().await.count(Outcome::Deleted), 1);
    assert_eq!(world.volumes_left(), Vec::<String>::new());
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_the_janitor_more_patient_never_less() {
    let mut world = World::new();
    world.volume("pr_1");
    world.later(10 * HOUR);
    world.pass().await;
    world.now = environment::Timestamp::from_millis(world.now.as_millis() - 5 * 3_600_000);
    assert_eq!(outcomes(&world.pass().await), [("pr_1", Outcome::Noted)]);
    world.later(HOUR);
    assert_eq!(outcomes(&world.pass().await), [("pr_1", Outcome::Deleted)]);
}
