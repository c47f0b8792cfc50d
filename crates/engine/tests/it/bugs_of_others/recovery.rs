//! What goes wrong when somebody starts again, or leaves.

use super::{approved, charged};
use crate::{order::Event, world::ready};
use engine::{
    ActionError, CommitError, Store, StoreError,
    core::{Effect, Input},
};

/// DBOS #742: recovery worked from a list that was read before, and ran what meanwhile belonged to nobody.
#[test]
fn a_list_of_pending_work_that_is_out_of_date_starts_nothing_again() {
    let mut world = approved();
    world.crash();
    let place = world.effects.iter().position(|effect| matches!(effect, Effect::LoadActive { .. })).unwrap();
    let Some(Effect::LoadActive { after, limit }) = world.effects.remove(place) else { unreachable!() };
    let list = ready(world.store.active_after(after, limit));
    assert_eq!(list.as_ref().map(Vec::len), Ok(1));
    // Before the list is taken in, an event brings the workflow up, and everything of it is done.
    world.submit("a", "gh:3", Event::Noted("looks in".into())).unwrap();
    world.finish(Ok(charged()));
    world.finish(Ok(Event::Shipped));
    world.give(Input::ActiveLoaded(list));
    world.run();
    world.pass(60_000);
    assert!(world.started.is_empty(), "{:?}", world.started_names());
    assert_eq!(world.row("a").status, "done");
}

/// DBOS #716: the database restarted during recovery, and what was to be recovered was stranded for ever.
#[test]
fn a_read_that_fails_during_recovery_strands_nothing() {
    let mut world = approved();
    world.crash();
    let mut failed = 0;
    while let Some(effect) = world.effects.pop_front() {
        let broken = || StoreError("the connection was lost".into());
        match effect {
            Effect::LoadActive { .. } => world.give(Input::ActiveLoaded(Err(broken()))),
            Effect::LoadTimers { .. } => world.give(Input::TimersLoaded(Err(broken()))),
            Effect::LoadPools => world.give(Input::PoolsLoaded(Err(broken()))),
            Effect::Load(_) => world.give(Input::Loaded(Err(broken()))),
            other => {
                world.effects.push_front(other);
                world.carry_out_next();
                continue;
            }
        }
        failed += 1;
        if failed > 12 {
            break; // The database is back.
        }
    }
    assert!(failed >= 3, "{failed} reads failed");
    world.run();
    world.pass(5_000);
    assert_eq!(world.started_names(), ["charge"], "the pending action is carried out");
    world.finish(Ok(charged()));
    world.finish(Ok(Event::Shipped));
    assert_eq!(world.row("a").status, "done");
}

/// Oban #862, procrastinate #1518: a node that started again under its old name hid what its earlier life had left.
#[test]
fn a_second_life_does_not_take_the_first_ones_work_for_its_own_under_way() {
    let mut world = approved();
    for life in 0..3 {
        world.restart();
        let start = world.take("charge");
        assert_eq!((start.attempt, start.maybe_done), (1, true), "life {life}: it is started, and told to look first");
    }
}

/// Hatchet #4969: an eviction was acknowledged with a retry count that was out of date.
#[test]
fn the_end_of_an_earlier_attempt_is_not_taken_for_the_end_of_the_current_one() {
    let mut world = approved();
    let busy = || ActionError::Retryable { message: "busy".into(), retry_after: None };
    let first = world.finish(Err(busy()));
    world.pass(1_000);
    let second = world.take("charge");
    assert_eq!(second.attempt, 2);
    for late in [Err(ActionError::Permanent { message: "no such card".into() }), Err(busy())] {
        world.finish_this(&first, late);
    }
    assert_eq!(world.row("a").status, "charging", "the second attempt is still under way");
    assert!(world.started.is_empty(), "{:?}", world.started_names());
    world.finish_this(&second, Ok(charged()));
    assert_eq!(world.row("a").status, "shipping");
}

/// hexpm #1825: work that took 47 minutes was rescued by the clock, alive, and ran two or three times.
#[test]
fn a_long_action_is_not_started_again_while_it_runs() {
    let mut world = approved();
    let start = world.take("charge");
    for _ in 0..47 {
        world.pass(60_000);
    }
    assert!(world.started.is_empty(), "{:?}", world.started_names());
    world.finish_this(&start, Ok(charged()));
    let answers = world.event_ids("a").iter().filter(|id| *id == "act:2").count();
    assert_eq!(answers, 1);
}

/// Restate #5196: work that ended while its workflow was put aside was never taken up again, and its key was held for ever.
#[test]
fn an_action_that_ends_after_its_workflow_left_memory_is_taken_up() {
    let mut world = approved();
    let charge = world.take("charge");
    // A commit fails while the charge is under way, which drops the workflow from memory; then the charge ends.
    world.store.fail_next_commit(CommitError::Failed("the cable was pulled".into()));
    assert!(world.submit("a", "gh:3", Event::Noted("x".into())).is_err());
    world.end(&charge, Ok(charged()));
    world.run();
    world.pass(2_000);
    while let Some(start) = world.started.pop_front() {
        let event = if start.name == "charge" { charged() } else { Event::Shipped };
        world.finish_this(&start, Ok(event));
    }
    assert_eq!(world.row("a").status, "done");
    let answers = world.event_ids("a").iter().filter(|id| *id == "act:2").count();
    assert_eq!(answers, 1);
}
