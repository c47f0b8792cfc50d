use crate::{
    order::{Event, Order, State},
    world::World,
};
use engine::{
    EventEffect, Limits, SubmitError,
    core::{Erased, Note},
};

fn at_desk(group: &str, priority: u8) -> Event {
    Event::PlacedAtDesk { group: group.into(), priority }
}

#[test]
fn e9_a_full_queue_turns_submitters_away_before_anything_is_accepted() {
    let mut world = World::with(Limits { queue_max: 4, batch_max: 2, ..Limits::default() }, 1);
    world.submit("a", "gh:1", Event::Placed).unwrap();
    let tickets: Vec<_> = (0..20).map(|n| world.post("a", &format!("gh:n{n}"), &Event::Noted("x".into()))).collect();
    world.run();
    let answers: Vec<_> = tickets.iter().map(|ticket| world.answers[ticket].clone()).collect();
    let accepted = answers.iter().filter(|answer| answer.is_ok()).count();
    let turned_away = answers.iter().filter(|answer| matches!(answer, Err(SubmitError::Overloaded { .. }))).count();
    assert_eq!((accepted + turned_away, world.event_ids("a").len()), (20, 1 + accepted));
    assert!(turned_away >= 10, "{turned_away}");
    assert_eq!(world.core.counts().overloaded, turned_away as u64);
}

#[test]
fn e9_a_full_queue_does_not_hold_up_the_answers_of_actions() {
    let mut world = World::with(Limits { queue_max: 4, batch_max: 2, ..Limits::default() }, 1);
    world.submit("a", "gh:1", Event::Placed).unwrap();
    for n in 0..20 {
        world.post("a", &format!("gh:n{n}"), &Event::Noted("x".into()));
    }
    world.finish(Ok(Event::Notified));
    assert_eq!(world.row("a").pending, None);
}

#[test]
fn e10_an_older_state_is_upgraded_once_and_the_result_is_an_event() {
    let mut world = World::new();
    world.submit("a", "gh:1", Event::Placed).unwrap();
    world.finish(Ok(Event::Notified));
    world.restart_as(Erased::<Order<2>>::kind());
    world.submit("a", "gh:2", Event::Approved).unwrap();
    let row = world.row("a");
    let state: State = serde_json::from_str(&row.state).unwrap();
    assert_eq!((row.state_version, state.upgraded_from), (2, Some(1)));
    let upgraded: Vec<_> =
        world.history("a").into_iter().filter(|event| event.effect == EventEffect::Upgraded).collect();
    assert_eq!(upgraded.len(), 1);
    let snapshot: State = serde_json::from_str(&upgraded[0].payload).unwrap();
    assert_eq!(snapshot.upgraded_from, Some(1));
}

#[test]
fn e10_a_state_of_a_newer_program_is_left_alone() {
    let mut world = World::new();
    world.restart_as(Erased::<Order<2>>::kind());
    world.submit("a", "gh:1", Event::Placed).unwrap();
    let before = world.row("a");
    world.restart_as(Erased::<Order<1>>::kind());
    let refused = world.submit("a", "gh:2", Event::Approved).unwrap_err();
    assert!(refused.to_string().contains("start the newer program"), "{refused}");
    assert_eq!(world.row("a"), before);
    assert!(world.notes.iter().any(|note| matches!(note, Note::Unreadable { .. })));
}

#[test]
fn e11_what_memory_knows_of_a_workflow_can_be_asked() {
    let mut world = World::new();
    world.submit("a", "gh:1", Event::Placed).unwrap();
    let known = world.core.explain(world.row("a").id);
    assert_eq!((known.actions[0].name, known.actions[0].attempt, known.actions[0].running), ("notify", 1, true));
    assert_eq!(known.timers[0].0, "remind");
}

#[test]
fn e12_each_event_is_stored_with_its_now_and_its_code() {
    let mut world = World::new();
    world.submit("a", "gh:1", Event::Placed).unwrap();
    let event = &world.history("a")[0];
    assert_eq!((event.seq, event.at, &*event.code), (1, world.now, "1.0"));
}

#[test]
fn e13_a_slot_is_granted_as_an_event_and_never_more_than_there_are() {
    let mut world = World::with(Limits::default(), 2);
    for key in ["a", "b", "c", "d"] {
        world.submit(key, "gh:1", at_desk(key, 1)).unwrap();
    }
    let status = |world: &World| ["a", "b", "c", "d"].map(|key| world.row(key).status.to_string());
    assert_eq!(status(&world), ["waiting", "waiting", "queued", "queued"]);
    assert_eq!(world.event_ids("a"), ["gh:1", "pool:desks:1"]);
    world.submit("b", "gh:2", Event::Approved).unwrap();
    assert_eq!(status(&world), ["waiting", "charging", "waiting", "queued"], "the slot that came free was given on");
}

#[test]
fn e13_slots_are_derived_from_rows_so_a_restart_neither_loses_nor_doubles_one() {
    let mut world = World::with(Limits::default(), 1);
    world.submit("a", "gh:1", at_desk("a", 1)).unwrap();
    world.submit("b", "gh:1", at_desk("b", 1)).unwrap();
    world.submit("c", "gh:1", at_desk("b", 0)).unwrap();
    world.restart();
    assert_eq!((&*world.row("a").status, &*world.row("b").status), ("waiting", "queued"));
    world.submit("a", "gh:2", Event::Cancelled).unwrap();
    assert_eq!((&*world.row("b").status, &*world.row("c").status), ("queued", "waiting"), "decisions go first");
    assert_eq!(world.core.explain(world.row("b").id).place, Some((1, 1, 1)));
}

#[test]
fn e13_a_failed_commit_does_not_lose_the_slot() {
    let mut world = World::with(Limits::default(), 1);
    world.submit("a", "gh:1", at_desk("a", 1)).unwrap();
    world.submit("b", "gh:1", at_desk("b", 1)).unwrap();
    world.submit("a", "gh:2", Event::Cancelled).unwrap();
    world.submit("c", "gh:1", at_desk("c", 1)).unwrap();
    world.store.fail_next_commit(engine::CommitError::Full("no room".into()));
    assert!(world.submit("b", "gh:2", Event::Cancelled).is_err());
    world.pass(2_000);
    assert_eq!(world.row("c").status, "queued");
    world.submit("b", "gh:2", Event::Cancelled).unwrap();
    world.pass(1);
    assert_eq!(world.row("c").status, "waiting");
}
