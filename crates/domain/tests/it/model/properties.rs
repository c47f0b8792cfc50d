//! The named properties. What a single step shows is remembered by [`super::watch`]; the rest is seen in the state.

use super::{
    Model,
    world::{Way, World},
};
use domain::pull_request::{
    Access, Action, MachineEnd, Phase, Publishing, PullRequest, Read, State, Step, Teardown, Timer,
};
use engine::{Awaits, Pool, Workflow};
use stateright::Property;

pub const P1: &str = "P1 an acknowledged fact is never lost";
pub const P2: &str = "P2 never two machines that can write one volume";
pub const P3: &str = "P3 every decision takes effect exactly once, the first permitted one wins";
pub const P4: &str = "P4 every check run that we can still write to ends";
pub const P5: &str = "P5 at most one submitted review per run, head and base";
pub const P6: &str = "P6 no volume goes before a reading after its time says that it may";
pub const P7: &str = "P7 closed, nothing is left of it";
pub const P8: &str = "P8 no workflow is stuck";
pub const P10: &str = "P10 nothing is pushed that a permitted person did not approve by digest";

impl Model {
    pub fn named_properties(&self) -> Vec<Property<Self>> {
        fn kept(world: &World, name: &str) -> bool {
            !world.memory.violated.contains(name)
        }
        vec![
            Property::always(P1, |_, world| kept(world, P1) && reads_after_a_webhook(world)),
            Property::always(P2, |_, world| kept(world, P2)),
            Property::always(P3, |_, world| kept(world, P3)),
            Property::always(P4, |_, world| kept(world, P4) && checks_end(world)),
            Property::always(P5, |_, world| kept(world, P5)),
            Property::always(P6, |_, world| kept(world, P6)),
            Property::always(P7, |model, world| model.completes(world)),
            Property::always(P8, |_, world: &World| world.state.as_deref().is_none_or(|state| moves(world, state))),
            Property::always(P10, |_, world| kept(world, P10)),
        ]
    }
}

impl World {
    fn awaits(&self, is: fn(&Action) -> bool) -> bool {
        self.pending.iter().any(|pending| is(&pending.action))
    }

    fn awaits_reading(&self) -> bool {
        self.awaits(|action| *action == Action::ReadPullRequest)
    }

    fn awaits_destruction(&self) -> bool {
        self.timers.has(Timer::DestroyAgain) || self.awaits(|action| matches!(action, Action::DestroyMachine { .. }))
    }
}

/// An acknowledged webhook is followed by a reading that begins after it.
fn reads_after_a_webhook(world: &World) -> bool {
    let Some(state) = world.state.as_deref().filter(|_| world.memory.unread) else { return true };
    let will_read = matches!(state.read, Read::Due | Read::AskedAndDue)
        || world.pending.iter().any(|pending| pending.action == Action::ReadPullRequest && pending.answer.is_none())
        || world.timers.has(Timer::Refresh);
    // With access comes a reading; over and out of sight, whoever hears of it again asks again.
    let no_access = matches!(state.access, Access::Suspended { .. } | Access::Gone { .. });
    let read_in_vain = world.outside.access != Way::Open;
    let over = state.phase == Phase::Closed && state.access != Access::Open;
    will_read || no_access || read_in_vain || over
}

/// Every check that GitHub shows as open has somebody who will end it.
fn checks_end(world: &World) -> bool {
    let Some(state) = world.state.as_deref() else { return true };
    if !state.access.can_write() || world.outside.access != Way::Open {
        return true;
    }
    let shown_open = world.outside.checks.iter().filter(|(_, concluded)| !**concluded);
    let ends = |run: u32, sha: &str| {
        let Some(check) = state.check(run, sha) else { return false };
        let at_work = check.face.conclusion(&state.policy).is_none();
        let wanted = state.wanted.as_ref().is_some_and(|wanted| wanted.run == run);
        at_work == wanted && (wanted || check.published < check.revision)
    };
    let published =
        state.checks.iter().filter(|check| check.published < check.revision).all(|check| match check.publishing {
            Publishing::Asked => world
                .pending
                .iter()
                .any(|pending| pending.action == Action::PublishCheck { run: check.run, sha: check.sha.clone() }),
            Publishing::Later => world.timers.has(Timer::Republish),
            Publishing::No => false,
        });
    shown_open.into_iter().all(|((run, sha), _)| ends(*run, sha)) && published
}

/// A workflow that is not over has somebody who moves it: an answer on its way, a timer, or an event that it waits for by
/// its nature, and then with a timer that bounds the wait.
fn moves(world: &World, state: &State) -> bool {
    let summary = PullRequest::summary(state);
    let engine_says = summary.terminal
        || !world.pending.is_empty()
        || world.timers.armed().next().is_some()
        || summary.awaits == Awaits::Event
        || summary.pool != Pool::None;
    engine_says && phase_moves(world, state) && machine_moves(world, state)
}

fn phase_moves(world: &World, state: &State) -> bool {
    let has = |timer| world.timers.has(timer);
    let shut = matches!(state.access, Access::Suspended { .. } | Access::Gone { .. });
    let news = has(Timer::Refresh) || world.awaits_reading() || shut;
    match &state.phase {
        Phase::Queued => match (&state.wanted, &state.machine) {
            (None, _) => news,
            (Some(_), None) => matches!(PullRequest::summary(state).pool, Pool::Wants(_)) || news,
            // The wait for a machine that is not confirmed gone ends with a question to a person.
            (Some(_), Some(machine)) => machine.end != MachineEnd::Unconfirmed || has(Timer::Confirm),
        },
        Phase::Provisioning { step: Step::Read } => world.awaits_reading(),
        Phase::Provisioning { step: Step::Volume } => world.awaits(|it| matches!(it, Action::CreateVolume { .. })),
        Phase::Provisioning { step: Step::Machine } => world.awaits(|it| matches!(it, Action::StartMachine { .. })),
        Phase::Provisioning { step: Step::Claim } => has(Timer::Claim),
        Phase::Running => has(Timer::Total) && (has(Timer::FirstHeartbeat) || has(Timer::Silence)),
        Phase::Pushing { .. } => world.awaits(|it| matches!(it, Action::PushPatch { .. })),
        Phase::AwaitingDecision => state.request.is_some() && has(Timer::DecisionDeadline) && news,
        Phase::Idle => news,
        Phase::Closing { volume: Teardown::Kept, .. } => has(Timer::Retention),
        Phase::Closing { volume: Teardown::Rereading, .. } => has(Timer::Refresh) || world.awaits_reading(),
        Phase::Closing { volume: Teardown::Deletable, .. } => {
            has(Timer::DestroyAgain) || has(Timer::Republish) || !world.pending.is_empty()
        }
        Phase::Closed => true,
    }
}

/// A machine that no run needs comes to its end.
fn machine_moves(world: &World, state: &State) -> bool {
    let stranded = state.stranded.is_empty()
        || world.awaits_destruction()
        || world.awaits(|action| matches!(action, Action::DeleteVolume { .. }));
    let machine = state.machine.as_ref().is_none_or(|machine| match machine.end {
        MachineEnd::Starting => world.awaits(|action| matches!(action, Action::StartMachine { .. })),
        MachineEnd::None => state.run_under_way().is_some_and(|wanted| wanted.run == machine.run),
        MachineEnd::Asked | MachineEnd::Unconfirmed => world.awaits_destruction(),
    });
    stranded && machine
}
