//! Timers that fire twice, or fire a flood.

use crate::{
    order::{Event, REMIND_MS},
    world::World,
};
use engine::{
    CommitError,
    core::{Effect, Input},
};

/// camunda #14882: a scan for what is due put the same timer into the queue again and again while that was backed up.
#[test]
fn a_timer_that_is_due_is_queued_once_however_often_one_looks() {
    let mut world = World::new();
    world.submit("a", "gh:1", Event::Placed).unwrap();
    world.finish(Ok(Event::Notified));
    world.now = world.now.plus_millis(REMIND_MS);
    let commits = world.commits;
    for _ in 0..1_000 {
        world.give(Input::Tick); // Nothing is carried out meanwhile: the queue is backed up.
    }
    let queued = world.effects.iter().filter(|effect| matches!(effect, Effect::Commit(_))).count();
    assert!(queued <= 1, "{queued} commits wait");
    world.run();
    world.pass(1_000);
    assert_eq!(world.event_ids("a"), ["gh:1", "act:1", "timer:remind:1"]);
    assert_eq!(world.commits - commits, 1);
}

/// Restate #4839: a timer that was played back a second time stopped the whole partition.
#[test]
fn a_timer_that_comes_a_second_time_changes_nothing_and_stops_nobody() {
    let mut world = World::new();
    for key in ["a", "b"] {
        world.submit(key, "gh:1", Event::Placed).unwrap();
        world.finish(Ok(Event::Notified));
    }
    // The timers' commit is lost on its way: whether it landed is not known, so they are found due once more.
    world.store.fail_next_commit(CommitError::Failed("the cable was pulled".into()));
    world.pass(REMIND_MS);
    world.pass(10_000);
    for key in ["a", "b"] {
        let fired = world.event_ids(key).iter().filter(|id| id.starts_with("timer:")).count();
        assert_eq!(fired, 1, "{key}");
    }
    world.restart();
    world.pass(REMIND_MS * 3);
    assert_eq!(world.submit("a", "gh:2", Event::Approved).unwrap().status, "charging", "it goes on");
    assert_eq!(world.event_ids("a").iter().filter(|id| id.starts_with("timer:")).count(), 1);
}
