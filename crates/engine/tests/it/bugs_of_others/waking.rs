//! Events that come just before, while, or just after somebody begins to wait for them.

use super::approved;
use crate::{
    order::Event,
    world::{World, ready},
};
use engine::{
    Store,
    core::{Effect, Input},
};

/// absurd 0.0.7 #61: an event between "is it there?" and "then I wait" woke nobody.
#[test]
fn an_event_in_the_same_moment_as_the_wait_for_it_is_not_lost() {
    for between in 0..12 {
        let mut world = World::new();
        world.post("a", "gh:1", &Event::Placed);
        for _ in 0..between {
            world.carry_out_next();
        }
        let approval = world.post("a", "gh:2", &Event::Approved);
        world.run();
        assert!(world.answers[&approval].is_ok(), "after {between} effects");
        assert_eq!(world.row("a").status, "charging", "after {between} effects");
    }
}

/// The same from the other side: the event is there first, and the wait begins at any moment of its acknowledgement.
#[test]
fn an_event_before_the_wait_for_it_is_not_lost() {
    for between in 0..12 {
        let mut world = World::new();
        world.post("a", "gh:2", &Event::Approved);
        for _ in 0..between {
            world.carry_out_next();
        }
        world.post("a", "gh:1", &Event::Placed);
        world.run();
        assert_eq!(world.row("a").status, "charging", "after {between} effects");
    }
}

/// Trigger.dev #2034: who was blocked was read before what blocked them was marked as done.
#[test]
fn an_event_that_comes_while_its_workflow_is_being_read_is_not_lost() {
    let mut world = World::new();
    world.submit("a", "gh:1", Event::Placed).unwrap();
    world.finish(Ok(Event::Notified));
    world.restart();
    world.post("a", "gh:2", &Event::Noted("brings it up".into()));
    let place = world.effects.iter().position(|effect| matches!(effect, Effect::Load(_))).expect("it is read");
    let Some(Effect::Load(request)) = world.effects.remove(place) else { unreachable!() };
    let rows = ready(world.store.load(&request));
    let approval = world.post("a", "gh:3", &Event::Approved);
    world.run();
    world.give(Input::Loaded(rows));
    world.run();
    assert!(world.answers[&approval].is_ok());
    assert_eq!((&*world.row("a").status, world.row("a").revision), ("charging", 4));
}

/// duroxide 0.1.32: a wait that was tried and lost ate the message.
#[test]
fn an_event_that_is_tried_too_early_again_and_again_stays() {
    let mut world = World::with(engine::Limits::default(), 1);
    for key in ["b", "a"] {
        world.submit(key, "gh:1", Event::PlacedAtDesk { group: "g".into(), priority: 1 }).unwrap();
    }
    assert!(world.submit("a", "gh:2", Event::Approved).unwrap().kept);
    for n in 3..20 {
        world.submit("a", &format!("gh:{n}"), Event::Noted("another turn".into())).unwrap();
        assert_eq!(world.row("a").status, "queued");
    }
    world.submit("b", "gh:2", Event::Cancelled).unwrap();
    assert_eq!(world.row("a").status, "charging", "the approval was still there when its turn came");
    assert_eq!(world.event_ids("a").iter().filter(|id| *id == "gh:2").count(), 1);
}

/// Trigger.dev #1296: what a run waited for ended before the run's own pause was saved, and it froze for ever.
#[test]
fn an_action_cannot_end_before_the_commit_that_waits_for_it() {
    let mut world = World::new();
    world.post("a", "gh:1", &Event::Placed);
    while !world.effects.iter().any(|effect| matches!(effect, Effect::Commit(_))) {
        assert!(world.carry_out_next(), "a commit comes");
    }
    assert!(world.started.is_empty(), "it is not even started");
    let place = world.effects.iter().position(|effect| matches!(effect, Effect::Commit(_))).unwrap();
    let Some(Effect::Commit(batch)) = world.effects.remove(place) else { unreachable!() };
    let written = ready(world.store.commit(&batch));
    while world.carry_out_next() {}
    assert!(world.started.is_empty(), "durable, and the core does not know yet");
    world.give(Input::Committed(written));
    world.run();
    assert_eq!(world.started_names(), ["notify"]);
}

/// duroxide 0.1.32: signals were acknowledged for the next life of a workflow before that could be seen, and were lost.
/// Here there is one life: what was acknowledged before a crash is there after it, wherever the crash was.
#[test]
fn an_acknowledged_event_is_there_in_the_next_life() {
    for between in 0..12 {
        let mut world = approved();
        let ticket = world.post("a", "gh:3", &Event::Noted("last words".into()));
        for _ in 0..between {
            world.carry_out_next();
        }
        let acknowledged = world.answers.get(&ticket).is_some_and(Result::is_ok);
        world.restart();
        let there = world.event_ids("a").iter().any(|id| id == "gh:3");
        assert!(there || !acknowledged, "after {between} effects");
    }
}
