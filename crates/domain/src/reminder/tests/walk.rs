//! Every event in every kind of state that can be reached: a transition or a typed refusal, never stuck (E11), within the
//! bounds of rows.

use super::*;
use crate::{golden::Row, reminder::Failed};
use engine::{EVENT_BYTES_MAX, STATE_BYTES_MAX};
use std::collections::{BTreeMap, VecDeque};

fn alphabet(state: Option<&State>, now: Timestamp) -> Vec<Event> {
    let Some(state) = state else {
        let wishes = [
            remind(Plan::Once { at: now.plus_millis(1_000) }),
            remind(daily(now)),
            Wish::List,
            Wish::Misunderstood { why: "no".into() },
            Wish::CancelUnknown { id: "X".into() },
        ];
        return wishes
            .into_iter()
            .flat_map(|wish| [asked(wish.clone(), comment(1)), asked(wish, Via::Operator)])
            .collect();
    };
    let number = state.delivered + 1;
    let (message, next) = ("no".to_owned(), now.plus_millis(DAY));
    let mut events = vec![
        asked(Wish::List, comment(1)),
        standing(Permission::Write, true, 0, 0),
        standing(Permission::None, true, 0, 0),
        Event::TimerFired { timer: Timer::Due },
        Event::TimerFired { timer: Timer::Again },
        delivered(number, Some(next)),
        delivered(number, None),
        Event::NotDelivered { number, why: NotDelivered::Closed },
        Event::NotDelivered { number, why: NotDelivered::NoAccess { why: message.clone() } },
        Event::Hinted,
        Event::PullRequestRead { open: false },
        Event::AccessChanged { change: AccessChange::Lost { why: message.clone() } },
        Event::AccessChanged { change: AccessChange::Restored },
        Event::CancelAsked { ask: "c1".into(), by: person("ann"), via: comment(2) },
        Event::CancelAsked { ask: "c2".into(), by: person("bob"), via: comment(3) },
        Event::PermissionRead { ask: "c2".into(), permission: Permission::Write },
    ];
    let failed = [
        Failed::ReadStanding,
        Failed::ReadPermission { ask: "c2".into() },
        Failed::Deliver { number },
        Failed::Reply { key: "answer".into() },
        Failed::React { ask: "c2".into() },
    ];
    events.extend(failed.map(|failed| Event::ActionFailed { failed, message: message.clone(), ambiguous: false }));
    events.extend(state.owed.iter().map(|key| Event::Replied { key: key.clone() }));
    events
}

fn kind_of(tale: &Tale) -> String {
    let state = tale.state();
    let timers: Vec<_> = tale.timers.keys().collect();
    format!("{:?} {} {:?} {:?} {timers:?}", state.wish, state.status(), state.owed, state.cancels)
}

/// Every event in every kind of state; `look` sees what was before, the event, and what came of it.
fn walk(mut look: impl FnMut(Option<&State>, &Event, &Tale)) {
    let start = || (None::<State>, BTreeMap::<String, Timestamp>::new(), Vec::<Action>::new(), Tale::new().now);
    let mut seen = std::collections::BTreeSet::new();
    let mut frontier = VecDeque::from([start()]);
    while let Some((state, timers, actions, now)) = frontier.pop_front() {
        for event in alphabet(state.as_ref(), now) {
            let mut tale =
                Tale { now, state: state.clone(), actions: actions.clone(), timers: timers.clone(), refused: None };
            answer(&mut tale.actions, &event);
            if let Event::TimerFired { timer } = &event {
                tale.timers.remove(timer.name());
            }
            tale.take(event.clone());
            show_signs(&mut tale);
            look(state.as_ref(), &event, &tale);
            if seen.insert(kind_of(&tale)) {
                frontier.push_back((tale.state.clone(), tale.timers.clone(), tale.actions.clone(), now));
            }
        }
        assert!(seen.len() < 5_000, "the walk does not end");
    }
}

#[test]
fn nothing_is_ever_stuck_or_too_large() {
    let mut statuses = std::collections::BTreeSet::new();
    let mut arrows = BTreeMap::<(&str, &str), std::collections::BTreeSet<String>>::new();
    walk(|before, event, tale| {
        assert!(serde_json::to_vec(event).unwrap().len() <= EVENT_BYTES_MAX);
        assert!(serde_json::to_vec(tale.state()).unwrap().len() <= STATE_BYTES_MAX);
        let moves = !tale.actions.is_empty() || !tale.timers.is_empty();
        assert!(tale.is_terminal() || moves, "stuck after {event:?}: {:?}", tale.state());
        assert!(!tale.is_terminal() || tale.timers.is_empty(), "over, and a timer is left: {:?}", tale.state());
        statuses.insert(tale.status().to_owned());
        let from = before.map_or("[*]", State::status);
        if from != tale.status() {
            arrows.entry((from, tale.state().status())).or_default().insert(Reminder::event_name(event));
        }
    });
    let all =
        ["answered", "asked", "cancelled", "closed", "delivered", "delivering", "not_delivered", "refused", "waiting"];
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), all);
    the_page_in_the_docs_is_drawn_from_the_walk(arrows);
}

/// What the walk writes into rows.
pub(super) fn seen() -> Vec<Row> {
    let mut rows = Vec::new();
    walk(|_, event, tale| {
        rows.extend(tale.actions.iter().map(Row::action));
        rows.extend([Row::event(event), Row::state(tale.state())]);
    });
    rows
}

/// Signs on comments are there at once: they touch nothing but what is owed, and would only multiply the states.
fn show_signs(tale: &mut Tale) {
    for action in std::mem::take(&mut tale.actions) {
        match action {
            Action::React { ask, .. } => {
                tale.take(Event::Reacted { ask });
            }
            other => tale.actions.push(other),
        }
    }
}

/// An answer settles its action; those that no action asked for are impossible, and change nothing that matters here.
fn answer(actions: &mut Vec<Action>, event: &Event) {
    let settled = match event {
        Event::StandingRead { .. } | Event::ActionFailed { failed: Failed::ReadStanding, .. } => "read_standing",
        Event::Delivered { .. }
        | Event::NotDelivered { .. }
        | Event::ActionFailed { failed: Failed::Deliver { .. }, .. } => "deliver",
        Event::PermissionRead { ask, .. } | Event::ActionFailed { failed: Failed::ReadPermission { ask }, .. } => {
            return actions.retain(|action| !matches!(action, Action::ReadPermission { ask: of, .. } if of == ask));
        }
        Event::PullRequestRead { .. } => "read_reminder_pull_request",
        Event::Replied { key } | Event::ActionFailed { failed: Failed::Reply { key }, .. } => {
            return actions.retain(|action| !matches!(action, Action::Reply { key: of, .. } if of == key));
        }
        _ => return,
    };
    actions.retain(|action| action.name() != settled);
}

/// `UPDATE_DOCS=1 cargo test -p domain` writes it anew.
fn the_page_in_the_docs_is_drawn_from_the_walk(arrows: BTreeMap<(&str, &str), std::collections::BTreeSet<String>>) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reminder-machine.md");
    let arrow = |((from, to), events): ((&str, &str), std::collections::BTreeSet<String>)| {
        let events = events.into_iter().collect::<Vec<_>>().join(", ");
        format!("    {from} --> {to}: {events}\n")
    };
    let arrows: String = arrows.into_iter().map(arrow).collect();
    let timers: Vec<_> = Timer::ALL.iter().map(|timer| format!("`{}`", timer.name())).collect();
    let page = format!(
        "# A reminder's state machine\n\nDrawn from the transition function itself: each arrow is a change of status that it \
         makes, with the events that cause it. A test compares this page with the code.\n\n```mermaid\nstateDiagram-v2\n{arrows}```\n\n\
         Timers: {}.\n",
        timers.join(", ")
    );
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs/ can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/reminder-machine.md is stale: run `UPDATE_DOCS=1 cargo test -p domain`");
}
