//! The engine's view of the state machine.

use super::{
    action::Action,
    event::Event,
    state::{Access, Phase, Purpose, State},
    timer::Timer,
    transition,
};
use engine::{
    ActionFailure, ActionOptions, Awaits, Illegal, Pool, Summary, Timestamp, Transition, UpgradeError, Want, Workflow,
};

/// Pool of slots for machines.
pub const POOL: &str = "machines";

/// The kind `pull_request`.
#[derive(Debug, Clone, Copy)]
pub struct PullRequest;

impl Workflow for PullRequest {
    type State = State;
    type Event = Event;
    type Action = Action;

    const KIND: &'static str = "pull_request";
    const STATE_VERSION: u32 = 1;

    fn transition(state: Option<&State>, event: &Event, now: Timestamp) -> Result<Transition<Self>, Illegal> {
        transition::transition(state, event, now)
    }

    fn summary(state: &State) -> Summary {
        Summary {
            status: state.status(),
            terminal: state.phase == Phase::Closed,
            awaits: awaits(state),
            pool: pool(state),
            run: state.run,
            machine_id: state.machine.as_ref().and_then(|machine| machine.id.clone()),
            volume_id: state.volume.as_ref().and_then(|volume| volume.id.clone()),
            subject: state.snapshot.as_ref().map(|snapshot| snapshot.head_sha.clone()),
            title: state.pr.title(),
        }
    }

    fn timer_fired(timer: &str) -> Option<Event> {
        Timer::of(timer).map(|timer| Event::TimerFired { timer })
    }

    fn granted(pool: &str) -> Option<Event> {
        (pool == POOL).then_some(Event::SlotGranted)
    }

    fn action_failed(action: &Action, failure: &ActionFailure) -> Event {
        action.failed(failure)
    }

    fn action_name(action: &Action) -> &'static str {
        action.name()
    }

    fn action_names() -> &'static [&'static str] {
        &Action::NAMES
    }

    fn action_options(action: &Action) -> ActionOptions {
        action.options()
    }

    fn event_name(event: &Event) -> String {
        // The serde tag is the name: one spelling in history, pages and logs.
        let tag = serde_json::to_value(event).ok().and_then(|value| value.get("e")?.as_str().map(str::to_owned));
        match (event, tag) {
            (Event::TimerFired { timer }, _) => format!("timer_fired:{}", timer.name()),
            (_, Some(tag)) => tag,
            (_, None) => "event".into(),
        }
    }

    fn upgrade(from: u32, _state: serde_json::Value) -> Result<State, UpgradeError> {
        Err(UpgradeError { from, why: "there is no earlier version".into() })
    }
}

/// Idle, waiting and running wait for somebody outside by their nature; the watchdogs' timers bound the running.
const fn awaits(state: &State) -> Awaits {
    match (&state.phase, &state.access) {
        (Phase::Idle | Phase::AwaitingDecision | Phase::Running, _)
        | (_, Access::Suspended { .. } | Access::Gone { .. }) => Awaits::Event,
        _ => Awaits::Nothing,
    }
}

/// A slot is held while a machine may exist or is being made, and wanted when nothing else holds the run back.
fn pool(state: &State) -> Pool {
    let group = state.pr.repository_id.to_string();
    if state.machine.is_some() || state.run_under_way().is_some() {
        return Pool::Holds { pool: POOL, group };
    }
    match (&state.phase, &state.wanted) {
        (Phase::Queued, Some(wanted)) if state.held_back().is_none() => {
            let priority = u8::from(!matches!(wanted.purpose, Purpose::Decision { .. }));
            Pool::Wants(Want { pool: POOL, group, priority, since: wanted.since })
        }
        _ => Pool::None,
    }
}
