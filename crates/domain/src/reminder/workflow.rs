//! The engine's view of the state machine.

use super::{
    action::Action,
    event::Event,
    state::{Phase, State},
    timer::Timer,
    transition,
};
use engine::{
    ActionFailure, ActionOptions, Awaits, Illegal, Pool, Summary, Timestamp, Transition, UpgradeError, Workflow,
};

/// The kind `reminder`.
#[derive(Debug, Clone, Copy)]
pub struct Reminder;

impl Workflow for Reminder {
    type State = State;
    type Event = Event;
    type Action = Action;

    const KIND: &'static str = "reminder";
    const STATE_VERSION: u32 = 1;

    fn transition(state: Option<&State>, event: &Event, now: Timestamp) -> Result<Transition<Self>, Illegal> {
        transition::transition(state, event, now)
    }

    fn summary(state: &State) -> Summary {
        Summary {
            status: state.status(),
            terminal: matches!(state.phase, Phase::Over { .. }) && state.owed.is_empty() && state.cancels.is_empty(),
            awaits: Awaits::Nothing,
            pool: Pool::None,
            run: 0,
            machine_id: None,
            volume_id: None,
            subject: Some(state.id.to_string()),
            title: state.pr.title(),
        }
    }

    fn timer_fired(timer: &str) -> Option<Event> {
        Timer::of(timer).map(|timer| Event::TimerFired { timer })
    }

    fn granted(_pool: &str) -> Option<Event> {
        None
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
