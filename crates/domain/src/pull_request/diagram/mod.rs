//! The machine as a Mermaid diagram, drawn from the transition function itself: it is run over a set of states and events
//! that reaches every status, and each change of status it makes becomes an arrow.

mod tour;

use super::{PullRequest, State, Timer};
use engine::Workflow;
use std::collections::{BTreeMap, BTreeSet};

/// Steps that reach every status.
#[cfg(test)]
pub(super) fn legs() -> Vec<tour::Leg> {
    tour::legs()
}

/// The diagram.
pub fn mermaid() -> String {
    let mut arrows: BTreeMap<(&'static str, &'static str), BTreeSet<String>> = BTreeMap::new();
    for tour::Leg { from, event, to } in tour::legs() {
        let from = from.as_ref().map_or("[*]", State::status);
        let to_status = to.status();
        if from != to_status {
            arrows.entry((from, to_status)).or_default().insert(PullRequest::event_name(&event));
        }
    }
    let mut text = String::from("stateDiagram-v2\n");
    for ((from, to), events) in arrows {
        let events = events.into_iter().collect::<Vec<_>>().join(", ");
        text.push_str(&format!("    {from} --> {to}: {events}\n"));
    }
    text.push_str("    closed --> [*]\n");
    text
}

/// Names of all timers, for the page under the diagram.
pub fn timers() -> String {
    Timer::ALL.iter().map(|timer| format!("`{}`", timer.name())).collect::<Vec<_>>().join(", ")
}
