//! What becomes of a machine: started, ended, watched; each a task that waits on the stand-in's clock and then does it.
//!
//! Whoever decides what becomes of a machine takes a new `life` number and spawns the task that carries it out; a task
//! whose number is old has been overtaken and changes nothing more that the API shows. What really runs is not undone by
//! that: it is noted as `running` until it really ended.

mod end;
mod exit;
mod resume;
mod start;

pub use end::{Then, end_later, end_program};
pub use exit::{end_by_itself, outcome_of_lost};
pub use resume::resume;
pub use start::start_later;

use super::{
    hub::Hub,
    ids,
    world::{HostStatus, Machine, World},
};
use std::time::Duration;

/// A runner that does not do it yet is asked again after this long.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// Takes the machine over: tasks that were about to change it are overtaken.
pub fn take_over(machine: &mut Machine) -> u64 {
    machine.life += 1;
    machine.life
}

/// The machine, unless somebody else has decided about it since.
fn still<'a>(world: &'a mut World, id: &str, life: u64) -> Option<&'a mut Machine> {
    world.machines.get_mut(id).filter(|machine| machine.life == life)
}

/// An id for an event.
fn event_id(hub: &Hub, now_ms: u64) -> String {
    ids::ulid(hub.environment(), now_ms)
}

/// Waits until the machine's host is reached; what the API says reaches a machine only then.
async fn reached(hub: &Hub, id: &str) {
    let reachable = |world: &World, _now| {
        let host = world.machines.get(id).map(|machine| world.host_status(&machine.host));
        host.is_none_or(|status| status == HostStatus::Ok).then_some(())
    };
    hub.until(u64::MAX, reachable).await;
}
