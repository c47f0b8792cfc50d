//! Bugs that other engines shipped although they were tested, each as a test named by what must not happen, with its source.
//!
//! `docs/verification.md` lists all of them, with those that live in another crate's tests and those that cannot exist here.

mod recovery;
mod slots;
mod timers;
mod waking;

use crate::{order::Event, world::World};

/// An order that is approved; its notification is answered, and its charge has started.
fn approved() -> World {
    let mut world = World::new();
    world.submit("a", "gh:1", Event::Placed).unwrap();
    world.finish(Ok(Event::Notified));
    world.submit("a", "gh:2", Event::Approved).unwrap();
    world
}

fn charged() -> Event {
    Event::Charged { receipt: "r".into() }
}
