use crate::{
    order::{Event, REMIND_MS, SILENCE_MS},
    world::{World, ready},
};
use engine::{CommitError, Limits, Standing, Store as _, WorkflowId, core::Input};

fn placed(world: &mut World, key: &str) {
    world.submit(key, "gh:1", Event::Placed).unwrap();
    world.finish(Ok(Event::Notified));
}

fn charging() -> World {
    let mut world = World::new();
    placed(&mut world, "a");
    world.submit("a", "gh:2", Event::Approved).unwrap();
    world
}

#[test]
fn e7_a_timer_fires_once_when_it_is_due() {
    let mut world = World::new();
    placed(&mut world, "a");
    world.pass(REMIND_MS - 1);
    assert_eq!(world.event_ids("a"), ["gh:1", "act:1"]);
    world.pass(1);
    assert_eq!(world.event_ids("a"), ["gh:1", "act:1", "timer:remind:1"]);
    world.pass(10 * REMIND_MS);
    assert_eq!(world.event_ids("a").len(), 3);
    assert_eq!(world.row("a").wake_at, None);
}

/// An alarm is a sleep, and a clock that is set back leaves it behind: it rings before its time on the wall. Found by the
/// simulation, seed 96 of its first thousand.
#[test]
fn e7_a_timer_fires_although_the_clock_was_set_back_and_the_alarm_rang_early() {
    let mut world = World::new();
    placed(&mut world, "a");
    world.the_alarm_rings_early();
    world.pass(REMIND_MS);
    assert_eq!(world.event_ids("a").last().unwrap(), "timer:remind:1");
}

#[test]
fn e7_a_timer_is_durable_also_beyond_the_near_window() {
    let limits = Limits { near_window_ms: 1_000, ..Limits::default() };
    let mut world = World::with(limits, 1);
    placed(&mut world, "a");
    world.restart();
    world.pass(REMIND_MS - 1);
    assert_eq!(world.event_ids("a").len(), 2);
    world.pass(1);
    assert_eq!(world.event_ids("a").len(), 3);
}

#[test]
fn e7_a_timer_that_fell_due_while_nobody_ran_fires_after_the_start() {
    let mut world = World::new();
    placed(&mut world, "a");
    world.now = world.now.plus_millis(REMIND_MS * 100);
    world.restart();
    world.pass(1_000);
    assert_eq!(world.event_ids("a").last().unwrap(), "timer:remind:1");
}

#[test]
fn e7_a_cancelled_timer_does_not_fire() {
    let mut world = charging();
    world.finish(Ok(Event::Charged { receipt: "r".into() }));
    world.finish(Ok(Event::Shipped));
    world.pass(REMIND_MS * 2);
    assert!(!world.event_ids("a").iter().any(|id| id.starts_with("timer:")));
}

#[test]
fn e7_signals_push_a_silence_clock_back_without_a_commit() {
    let mut world = charging();
    let commits = world.commits;
    let id = world.row("a").id;
    for _ in 0..10 {
        world.pass(SILENCE_MS - 1);
        world.give(Input::SignalHeard(id));
        world.run();
    }
    assert_eq!((world.commits, &*world.row("a").status), (commits, "charging"));
    world.pass(SILENCE_MS);
    assert_eq!(world.row("a").status, "silent");
}

#[test]
fn e7_a_silence_clock_begins_anew_with_a_new_owner() {
    let mut world = charging();
    world.now = world.now.plus_millis(SILENCE_MS * 100);
    world.restart();
    world.pass(SILENCE_MS - 1);
    assert_eq!(world.row("a").status, "charging", "nobody could have heard it meanwhile");
    world.pass(1);
    assert_eq!(world.row("a").status, "silent");
}

#[test]
fn e7_overdue_timers_come_at_a_bounded_rate_and_people_go_first() {
    let limits = Limits { overdue_timers_per_second: 100, ..Limits::default() };
    let mut world = World::with(limits, 1);
    for n in 0..300 {
        placed(&mut world, &format!("k{n}"));
    }
    world.now = world.now.plus_millis(REMIND_MS * 10);
    world.restart();
    world.pass(1_000);
    let fired = world.core.counts().timers_fired;
    assert!((50..=120).contains(&fired), "{fired} in a second");
    assert_eq!(world.submit("k299", "gh:2", Event::Approved).unwrap().status, "charging");
    world.pass(5_000);
    assert_eq!(world.core.counts().timers_fired, 299, "all but the one that was cancelled");
}

#[test]
fn e7_more_timers_than_the_window_holds_all_fire() {
    let limits = Limits { near_max: 10, ..Limits::default() };
    let mut world = World::with(limits, 1);
    for n in 0..100 {
        placed(&mut world, &format!("k{n}"));
        world.pass(7);
    }
    world.pass(REMIND_MS * 2);
    assert_eq!(world.core.counts().timers_fired, 100);
}

#[test]
fn e7_a_paused_workflow_is_not_in_memory() {
    let mut world = World::new();
    for n in 0..100 {
        placed(&mut world, &format!("k{n}"));
    }
    world.pass(11_000);
    assert_eq!(world.core.live_count(), 0);
    assert_eq!(world.submit("k5", "gh:2", Event::Approved).unwrap().status, "charging");
}

#[test]
fn e7_a_start_looks_at_what_did_not_come_to_rest_and_at_nothing_else() {
    let mut world = World::new();
    placed(&mut world, "resting");
    let looked_at = |world: &World| {
        let rows = ready(world.store.active_after(WorkflowId(0), 9)).unwrap();
        rows.into_iter().map(|row| row.workflow).collect::<Vec<_>>()
    };
    let ids = |keys: &[&str], world: &World| keys.iter().map(|key| world.row(key).id).collect::<Vec<_>>();
    assert_eq!(world.row("resting").pending, None);
    assert_eq!(looked_at(&world), ids(&["resting"], &world), "its next action may come soon");
    world.pass(11_000);
    assert_eq!(looked_at(&world), [], "it came to rest");
    placed(&mut world, "moving");
    assert_eq!(looked_at(&world), ids(&["moving"], &world));
    world.restart();
    assert_eq!(looked_at(&world), [], "a start reads no row that nothing is to be done for");
    assert_eq!(world.core.live_count(), 0);
    placed(&mut world, "third");
    world.store.fail_next_commit(CommitError::Failed("the disk".into()));
    world.pass(11_000);
    assert_eq!(looked_at(&world), ids(&["third"], &world));
    world.pass(13_000);
    assert_eq!(looked_at(&world), [], "nor does a commit that fails");
}

#[test]
fn e7_a_workflow_that_is_over_leaves_memory_at_once_and_still_knows_its_events() {
    let mut world = World::new();
    placed(&mut world, "k");
    world.submit("k", "gh:2", Event::Cancelled).unwrap();
    assert_eq!(world.row("k").standing, Standing::Terminal);
    assert_eq!(world.core.live_count(), 0);
    assert!(world.submit("k", "gh:2", Event::Cancelled).unwrap().duplicate);
}

#[test]
fn e7_of_many_that_come_to_rest_only_the_last_stay_in_memory() {
    let limits = Limits { idle_max: 5, ..Limits::default() };
    let mut world = World::with(limits, 1);
    for n in 0..20 {
        placed(&mut world, &format!("k{n}"));
    }
    assert_eq!(world.core.live_count(), 5);
    assert_eq!(world.submit("k3", "gh:2", Event::Approved).unwrap().status, "charging");
}

#[test]
fn e7_memory_is_bounded_while_many_are_active() {
    let limits = Limits { live_max: 10, ..Limits::default() };
    let mut world = World::with(limits, 1);
    for n in 0..100 {
        placed(&mut world, &format!("k{n}"));
        assert!(world.core.live_count() <= 11, "{}", world.core.live_count());
    }
}
