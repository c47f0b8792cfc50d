//! Queues that somebody blocks, or falls out of.

use crate::{
    order::Event,
    world::{World, ready},
};
use engine::{
    ActionError, Limits, Store,
    core::{Effect, Input},
};

fn at_desk() -> Event {
    Event::PlacedAtDesk { group: "g".into(), priority: 1 }
}

/// DBOS #805: a workflow between two steps counted as running, and a queue for one at a time stood still.
#[test]
fn a_workflow_between_two_actions_does_not_block_a_queue_for_one() {
    let mut world = World::with(Limits::default(), 1);
    world.submit("a", "gh:1", at_desk()).unwrap();
    world.submit("b", "gh:1", at_desk()).unwrap();
    world.submit("a", "gh:2", Event::Approved).unwrap();
    // It gave its desk back with the commit that began its actions; between them the process dies.
    world.finish(Ok(Event::Charged { receipt: "r".into() }));
    world.restart();
    assert_eq!((&*world.row("a").status, &*world.row("b").status), ("shipping", "waiting"));
}

/// DBOS #805, the other half: a holder whose work failed for good.
#[test]
fn a_workflow_that_ends_badly_does_not_keep_its_slot() {
    let mut world = World::with(Limits::default(), 1);
    world.submit("a", "gh:1", at_desk()).unwrap();
    world.submit("b", "gh:1", at_desk()).unwrap();
    world.submit("a", "gh:2", Event::Approved).unwrap();
    world.finish(Err(ActionError::Permanent { message: "no such card".into() }));
    assert_eq!((&*world.row("a").status, &*world.row("b").status), ("failed", "waiting"));
    world.submit("c", "gh:1", at_desk()).unwrap();
    world.submit("b", "gh:2", Event::Cancelled).unwrap();
    world.restart();
    assert_eq!(world.row("c").status, "waiting");
}

/// Restate 1.7.4: a queue that was being refilled lost what was put into it meanwhile.
#[test]
fn who_queues_up_while_the_queue_is_being_read_is_not_lost() {
    for desks in [0, 1] {
        let mut world = World::with(Limits::default(), desks);
        world.submit("a", "gh:1", at_desk()).unwrap();
        world.crash();
        let place = world.effects.iter().position(|effect| matches!(effect, Effect::LoadPools)).expect("it is read");
        world.effects.remove(place);
        let queue = ready(world.store.pools());
        world.submit("b", "gh:1", at_desk()).unwrap();
        world.submit("a", "gh:2", Event::Cancelled).unwrap();
        world.give(Input::PoolsLoaded(queue));
        world.run();
        world.desks = 1;
        if desks == 0 {
            world.restart();
        }
        assert_eq!(world.row("b").status, "waiting", "{desks} desks: it has its desk");
        assert_eq!(world.row("a").status, "cancelled");
    }
}
