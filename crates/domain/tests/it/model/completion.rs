//! From any state, once the pull request is closed for good and everything outside answers, the workflow comes to its
//! end, and nothing is left outside.

use super::{
    Model,
    step::Step,
    world::{Way, World},
};
use domain::pull_request::Timer;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Steps in which every workflow of the model must be over.
const STEPS_MAX: usize = 200;

impl Model {
    /// True of most states at once: it is tried from one in so many.
    pub fn completes(&self, world: &World) -> bool {
        let mut hasher = DefaultHasher::new();
        world.hash(&mut hasher);
        if world.state.is_none() || !hasher.finish().is_multiple_of(self.completes_one_in) {
            return true;
        }
        let mut world = self.closed_for_good(world);
        for _ in 0..STEPS_MAX {
            let Some(step) = next(&world) else { break };
            if step == Step::Done(0) && world.pending[0].answer.is_some() {
                world = self.after(&world, Step::Answered(0));
            } else {
                world = self.after(&world, step);
            }
        }
        // Who lost access before the last word could be published has closed without it.
        let unsaid = world.state().checks.iter().any(|check| check.published < check.revision);
        let checks_end = unsaid || world.outside.checks.values().all(|concluded| *concluded);
        world.is_closed()
            && world.outside.machines.values().all(|machine| !machine.alive)
            && world.outside.volumes.is_empty()
            && checks_end
    }

    fn closed_for_good(&self, world: &World) -> World {
        let mut world = world.clone();
        (world.left.alarms, world.left.waits, world.left.accesses) = (u8::MAX, u8::MAX, 1);
        world.outside.late.clear();
        (world.outside.open, world.outside.webhook) = (false, true);
        if world.outside.access == Way::Suspended {
            world = self.after(&world, Step::Access(Way::Open));
        }
        world
    }
}

/// Answers first, then webhooks, then time.
fn next(world: &World) -> Option<Step> {
    if !world.pending.is_empty() {
        return Some(Step::Done(0));
    }
    if world.outside.webhook {
        return Some(Step::Webhook);
    }
    if world.is_closed() {
        return None;
    }
    let last = |timer: &Timer| matches!(timer, Timer::Refresh);
    let timer = world.timers.armed().find(|timer| !last(timer)).or_else(|| world.timers.armed().next());
    timer.map(Step::TimerFires)
}
