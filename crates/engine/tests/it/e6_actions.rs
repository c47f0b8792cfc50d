use crate::{order::Event, world::World};
use engine::{ActionError, EVENT_BYTES_MAX, EventEffect};
use std::time::Duration;

fn charged() -> Event {
    Event::Charged { receipt: "r".into() }
}

fn retryable(after: Option<Duration>) -> ActionError {
    ActionError::Retryable { message: "busy".into(), retry_after: after }
}

/// An order that is approved; its notification is answered.
fn approved() -> World {
    let mut world = World::new();
    world.submit("a", "gh:1", Event::Placed).unwrap();
    world.finish(Ok(Event::Notified));
    world.submit("a", "gh:2", Event::Approved).unwrap();
    world
}

#[test]
fn e6_actions_run_one_at_a_time_in_commit_order() {
    let mut world = approved();
    assert_eq!(world.started_names(), ["charge"]);
    world.finish(Ok(charged()));
    assert_eq!(world.started_names(), ["ship"]);
    world.finish(Ok(Event::Shipped));
    assert_eq!(world.row("a").status, "done");
    assert_eq!(world.row("a").pending, None);
    assert_eq!(world.event_ids("a"), ["gh:1", "act:1", "gh:2", "act:2", "act:3"]);
}

#[test]
fn e6_only_independent_actions_overtake() {
    let mut world = World::new();
    world.submit("a", "gh:1", Event::Placed).unwrap();
    world.submit("a", "gh:2", Event::Approved).unwrap();
    assert_eq!(world.started_names(), ["notify", "charge"], "the notification is still under way");
}

#[test]
fn e6_an_attempt_sees_the_state_last_committed() {
    let mut world = approved();
    world.submit("a", "gh:3", Event::Noted("seen".into())).unwrap();
    world.finish(Err(retryable(None)));
    world.pass(1_000);
    let start = world.take("charge");
    let state = start.state.0.downcast_ref::<crate::order::State>().unwrap();
    assert_eq!(state.notes, ["seen"]);
}

#[test]
fn e6_a_retryable_failure_is_tried_again_after_a_pause_and_a_servers_wish_is_honoured() {
    let mut world = approved();
    let first = world.finish(Err(retryable(None)));
    assert_eq!((first.attempt, first.maybe_done), (1, false));
    assert!(world.started.is_empty());
    world.pass(100);
    let second = world.finish(Err(retryable(Some(Duration::from_secs(5)))));
    assert_eq!((second.attempt, second.maybe_done), (2, false));
    world.pass(4_999);
    assert!(world.started.is_empty());
    world.pass(1);
    assert_eq!(world.started[0].attempt, 3);
}

#[test]
fn e6_attempts_are_bounded_and_their_end_is_an_event() {
    let mut world = approved();
    for _ in 0..3 {
        world.finish(Err(retryable(None)));
        world.pass(1_000);
    }
    assert_eq!(world.row("a").status, "failed");
    assert_eq!(world.row("a").pending, None, "shipping had not started and was withdrawn");
    let event = world.history("a").pop().unwrap();
    let failed: Event = serde_json::from_str(&event.payload).unwrap();
    let expected =
        Event::ActionFailed { action: "charge".into(), message: "busy".into(), ambiguous: false, attempts: 3 };
    assert_eq!((event.id.as_str(), failed), ("act:2", expected));
    assert!(world.started.is_empty());
}

#[test]
fn e6_a_permanent_failure_is_not_tried_again() {
    let mut world = approved();
    world.finish(Err(ActionError::Permanent { message: "no such card".into() }));
    assert_eq!(world.row("a").status, "failed");
    assert_eq!(world.core.counts().actions_failed, 1);
}

#[test]
fn e6_after_an_ambiguous_failure_the_next_attempt_looks_first_and_the_end_says_so() {
    let mut world = approved();
    world.finish(Err(ActionError::Ambiguous { message: "timeout".into() }));
    world.pass(1_000);
    let second = world.finish(Err(retryable(None)));
    assert!(second.maybe_done);
    world.pass(1_000);
    world.finish(Err(retryable(None)));
    let last = world.history("a").pop().unwrap();
    assert!(last.payload.contains(r#""ambiguous":true"#), "{}", last.payload);
}

#[test]
fn e6_a_permanent_failure_after_an_attempt_that_may_have_happened_says_that_it_may() {
    let mut world = approved();
    world.finish(Err(ActionError::Ambiguous { message: "timeout".into() }));
    world.pass(1_000);
    world.finish(Err(ActionError::Permanent { message: "no such card".into() }));
    let last = world.history("a").pop().unwrap();
    assert!(last.payload.contains(r#""ambiguous":true"#), "{}", last.payload);

    let mut world = approved();
    world.restart();
    world.finish(Err(ActionError::Permanent { message: "no such card".into() }));
    let last = world.history("a").pop().unwrap();
    assert!(last.payload.contains(r#""ambiguous":true"#), "the process before may have done it: {}", last.payload);
}

#[test]
fn e6_a_started_action_is_awaited_and_one_that_has_not_started_is_withdrawn() {
    let mut world = approved();
    world.submit("a", "gh:3", Event::Cancelled).unwrap();
    let pending = world.row("a").pending.unwrap();
    assert!(pending.contains("Charge") && !pending.contains("Ship"), "{pending}");
    world.finish(Ok(charged()));
    assert_eq!(world.row("a").pending, None);
    let last = world.history("a").pop().unwrap();
    assert_eq!((last.id.as_str(), last.effect), ("act:2", EventEffect::Refused), "recorded, though it comes late");
}

#[test]
fn e6_an_action_withdrawn_before_its_commit_lands_never_starts() {
    let mut world = World::new();
    world.submit("a", "gh:1", Event::Placed).unwrap();
    world.finish(Ok(Event::Notified));
    world.post("a", "gh:2", &Event::Approved);
    world.post("a", "gh:3", &Event::Cancelled);
    world.run();
    assert!(world.started.is_empty(), "{:?}", world.started_names());
    assert_eq!(world.row("a").pending, None);
}

#[test]
fn e6_after_a_restart_what_was_pending_is_carried_out_as_perhaps_done() {
    let mut world = approved();
    world.restart();
    let start = world.take("charge");
    assert_eq!((start.attempt, start.maybe_done), (1, true));
    world.finish_this(&start, Ok(charged()));
    assert_eq!(world.started_names(), ["ship"]);
}

#[test]
fn e6_after_a_restart_a_pending_action_counts_as_started_and_is_awaited() {
    let mut world = approved();
    world.restart();
    world.submit("a", "gh:3", Event::Cancelled).unwrap();
    assert!(world.row("a").pending.unwrap().contains("Ship"));
}

#[test]
fn e6_an_answer_comes_once_even_if_an_attempt_ends_twice() {
    let mut world = approved();
    let start = world.take("charge");
    world.finish_this(&start, Ok(charged()));
    world.finish_this(&start, Ok(charged()));
    assert_eq!(world.event_ids("a").iter().filter(|id| *id == "act:2").count(), 1);
}

#[test]
fn e6_an_answer_that_is_too_large_becomes_a_failure_with_a_sentence() {
    let mut world = approved();
    world.finish(Ok(Event::Charged { receipt: "x".repeat(EVENT_BYTES_MAX) }));
    assert_eq!(world.row("a").status, "failed");
    assert!(world.history("a").pop().unwrap().payload.contains("it was done, but its answer has"));
}

#[test]
fn e6_only_so_many_actions_run_at_once_and_the_others_follow() {
    let mut world = World::with(engine::Limits { actions_running_max: 2, ..engine::Limits::default() }, 1);
    for key in ["a", "b", "c"] {
        world.submit(key, "gh:1", Event::Placed).unwrap();
    }
    assert_eq!(world.started.len(), 2);
    world.finish(Ok(Event::Notified));
    assert_eq!(world.started.len(), 2);
}

#[test]
fn e6_a_postponed_action_uses_no_attempt_up_and_is_looked_at_again_for_as_long_as_it_takes() {
    let mut world = approved();
    let wait = Duration::from_secs(60);
    for _ in 0..20 {
        world.finish(Err(ActionError::Postponed { message: "not now".into(), wait }));
        assert!(world.started.is_empty());
        world.pass(59_999);
        assert!(world.started.is_empty(), "it waits as long as was said");
        world.pass(1);
        assert_eq!(world.started_names(), ["charge"]);
    }
    for _ in 0..2 {
        world.finish(Err(retryable(None)));
        world.pass(2_000);
    }
    world.finish(Err(retryable(None)));
    let failed = world.history("a").into_iter().find(|event| event.id.as_str() == "act:2").unwrap();
    assert!(failed.payload.contains("\"attempts\":3"), "three were made: {}", failed.payload);
    assert_eq!(world.row("a").status, "failed");
}
