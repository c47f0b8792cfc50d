//! A small workflow for the tests: an order is placed, approved by a person, charged and shipped. `V` is the version of
//! its state's shape.

use engine::{
    ActionFailure, ActionOptions, Awaits, Illegal, Pool, Summary, TimerChange, Timestamp, Transition, Turn,
    UpgradeError, Want, Workflow,
};
use serde::{Deserialize, Serialize};

#[derive(Debug)]
pub struct Order<const V: u32 = 1>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub status: Status,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desk: Option<Desk>,
    #[serde(default)]
    pub reminders: u32,
    /// New in version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upgraded_from: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Queued,
    Waiting,
    Charging,
    Shipping,
    Done,
    Failed,
    Silent,
    Cancelled,
    /// Awaits nothing, by mistake.
    Lost,
}

/// A desk that someone must sit at while the order is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    pub group: String,
    pub priority: u8,
    pub since: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    Placed,
    PlacedAtDesk { group: String, priority: u8 },
    DeskGranted,
    Approved,
    Noted(String),
    Cancelled,
    Misplaced,
    Charged { receipt: String },
    Shipped,
    Notified,
    ActionFailed { action: String, message: String, ambiguous: bool, attempts: u32 },
    Reminded,
    WentSilent,
    Unthinkable,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Action {
    Notify,
    Charge,
    Ship,
}

pub const KEEP_MS: u64 = 5_000;
pub const REMIND_MS: u64 = 60_000;
pub const SILENCE_MS: u64 = 10_000;
pub const DESKS: &str = "desks";

impl<const V: u32> Order<V> {
    fn begin(status: Status, desk: Option<Desk>) -> Transition<Self> {
        Transition::to(State { status, notes: Vec::new(), desk, reminders: 0, upgraded_from: None })
    }
}

impl<const V: u32> Workflow for Order<V> {
    type State = State;
    type Event = Event;
    type Action = Action;
    const KIND: &'static str = "order";
    const STATE_VERSION: u32 = V;

    fn transition(state: Option<&State>, event: &Event, now: Timestamp) -> Result<Transition<Self>, Illegal> {
        use Status::{Cancelled, Charging, Done, Failed, Lost, Queued, Shipping, Silent, Waiting};
        let Some(state) = state else {
            return match event {
                Event::Placed => {
                    let mut next = Self::begin(Waiting, None);
                    next.timers.push(TimerChange::At { name: "remind".into(), at: now.plus_millis(REMIND_MS) });
                    next.actions.push(Action::Notify);
                    Ok(next)
                }
                Event::PlacedAtDesk { group, priority } => {
                    let desk = Desk { group: group.clone(), priority: *priority, since: now };
                    Ok(Self::begin(Queued, Some(desk)))
                }
                Event::Approved => Err(Illegal::TooEarly { why: "no order yet".into(), keep_ms: KEEP_MS }),
                other => Err(Illegal::Refused(format!("no order for {other:?}"))),
            };
        };
        let mut next = Transition::<Self>::to(state.clone());
        match (state.status, event) {
            (_, Event::Unthinkable) => panic!("on purpose: a transition function with a mistake"),
            (_, Event::Noted(text)) => next.state.notes.push(text.clone()),
            (_, Event::Notified) => {}
            (_, Event::ActionFailed { action, .. }) if action == "notify" => {}
            (Queued, Event::DeskGranted) => {
                next.state.status = Waiting;
                next.timers.push(TimerChange::At { name: "remind".into(), at: now.plus_millis(REMIND_MS) });
            }
            (Queued, Event::Approved) => {
                return Err(Illegal::TooEarly { why: "no desk yet".into(), keep_ms: KEEP_MS });
            }
            (Waiting, Event::Reminded) => next.state.reminders += 1,
            (Waiting, Event::Approved) => {
                next.state.status = Charging;
                next.state.desk = None;
                next.actions = vec![Action::Charge, Action::Ship];
                next.timers = vec![
                    TimerChange::Cancel { name: "remind".into() },
                    TimerChange::Silence { name: "silence".into(), after_ms: SILENCE_MS, pushed_back_by_signals: true },
                ];
            }
            (Charging, Event::Charged { .. }) => next.state.status = Shipping,
            (Shipping, Event::Shipped) => {
                next.state.status = Done;
                next.timers.push(TimerChange::Cancel { name: "silence".into() });
            }
            (Charging | Shipping, Event::WentSilent) => next.state.status = Silent,
            (_, Event::ActionFailed { .. }) => {
                next.state.status = Failed;
                next.withdraw.push("ship");
                next.timers.push(TimerChange::Cancel { name: "silence".into() });
            }
            (Queued | Waiting | Charging | Shipping, Event::Cancelled) => {
                next.state.status = Cancelled;
                next.state.desk = None;
                next.withdraw = vec!["notify", "charge", "ship"];
                for name in ["remind", "silence"] {
                    next.timers.push(TimerChange::Cancel { name: name.into() });
                }
            }
            (_, Event::Misplaced) => {
                next.state.status = Lost;
                next.timers.push(TimerChange::Cancel { name: "remind".into() });
            }
            (status, event) => return Err(Illegal::Refused(format!("{event:?} in {status:?}"))),
        }
        Ok(next)
    }

    fn summary(state: &State) -> Summary {
        use Status::{Cancelled, Charging, Done, Failed, Lost, Queued, Shipping, Silent, Waiting};
        let pool = match (&state.desk, state.status) {
            (Some(desk), Queued) => {
                Pool::Wants(Want { pool: DESKS, group: desk.group.clone(), priority: desk.priority, since: desk.since })
            }
            (Some(desk), _) => Pool::Holds { pool: DESKS, group: desk.group.clone() },
            (None, _) => Pool::None,
        };
        Summary {
            status: match state.status {
                Queued => "queued",
                Waiting => "waiting",
                Charging => "charging",
                Shipping => "shipping",
                Done => "done",
                Failed => "failed",
                Silent => "silent",
                Cancelled => "cancelled",
                Lost => "lost",
            },
            terminal: matches!(state.status, Done | Failed | Silent | Cancelled),
            awaits: if state.status == Waiting { Awaits::Event } else { Awaits::Nothing },
            pool,
            title: "an order".into(),
            ..Summary::default()
        }
    }

    fn timer_fired(timer: &str) -> Option<Event> {
        match timer {
            "remind" => Some(Event::Reminded),
            "silence" => Some(Event::WentSilent),
            _ => None,
        }
    }

    fn granted(pool: &str) -> Option<Event> {
        (pool == DESKS).then_some(Event::DeskGranted)
    }

    fn action_failed(action: &Action, failure: &ActionFailure) -> Event {
        let ActionFailure { message, ambiguous, attempts } = failure.clone();
        Event::ActionFailed { action: Self::action_name(action).into(), message, ambiguous, attempts }
    }

    fn action_name(action: &Action) -> &'static str {
        match action {
            Action::Notify => "notify",
            Action::Charge => "charge",
            Action::Ship => "ship",
        }
    }

    fn action_names() -> &'static [&'static str] {
        &["notify", "charge", "ship"]
    }

    fn action_options(action: &Action) -> ActionOptions {
        ActionOptions {
            turn: if *action == Action::Notify { Turn::Independent } else { Turn::InOrder },
            attempts_max: 3,
            timeout_ms: 1_000,
            backoff_ms: 100,
            backoff_max_ms: 1_000,
            repeatable: *action == Action::Notify,
        }
    }

    fn event_name(event: &Event) -> String {
        let debug = format!("{event:?}");
        debug.chars().take_while(char::is_ascii_alphanumeric).collect()
    }

    fn upgrade(from: u32, state: serde_json::Value) -> Result<State, UpgradeError> {
        let mut state: State =
            serde_json::from_value(state).map_err(|error| UpgradeError { from, why: error.to_string() })?;
        state.upgraded_from = Some(from);
        Ok(state)
    }
}
