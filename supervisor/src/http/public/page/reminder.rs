//! What a reminder shows beyond what every workflow shows.

use super::{
    html::{escape, facts, moment, shortened},
    pull_request::link,
};
use domain::reminder::{Phase, Plan, Reminder, State, Wish};
use engine::Workflow;
use environment::Timestamp;
use serde_json::Value;

/// Characters of what a stranger wrote.
const TEXT_CHARS: usize = 500;

/// The state, if it is a reminder's.
pub(super) fn state(kind: &str, state: &Value) -> Option<State> {
    if kind == Reminder::KIND { serde_json::from_value(state.clone()).ok() } else { None }
}

/// All of it.
pub(super) fn about(state: &State, web_url: &str, now: Timestamp) -> String {
    let (mut when, mut zone, mut text) = (String::new(), String::new(), String::new());
    if let Wish::Remind { plan, zone: name, text: words } = &state.wish {
        when = match plan {
            Plan::Once { at } => crate::words::time(at.as_millis()),
            Plan::Every { words, first, .. } => {
                format!("{}, first at {}", shortened(words, TEXT_CHARS), crate::words::time(first.as_millis()))
            }
        };
        (zone, text) = (escape(name), shortened(words, TEXT_CHARS));
    }
    let due = match &state.phase {
        Phase::Waiting { due } | Phase::Delivering { due } => crate::words::time(due.as_millis()),
        Phase::Asked | Phase::Over { .. } => String::new(),
    };
    let delivered = if state.delivered == 0 { String::new() } else { state.delivered.to_string() };
    facts(&[
        ("pull request", link(&state.pr, web_url)),
        (
            "asked by",
            format!("{}, {}", shortened(&state.by.login, TEXT_CHARS), moment(now, state.asked_at.as_millis())),
        ),
        ("of", text),
        ("when", when),
        ("zone", zone),
        ("due", due),
        ("delivered", delivered),
    ])
}
