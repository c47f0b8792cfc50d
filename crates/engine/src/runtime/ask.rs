//! What people and pages ask: reads of committed rows, made readable.

use super::views::{EventRow, PendingAction, TimerView, View, Why};
use crate::{
    EventEffect, EventRecord, Registry, Row, Standing, StoreError, Workflow, WorkflowId, WorkflowRow,
    core::{self, Standpoint},
};
use environment::Timestamp;
use std::{fmt::Write as _, sync::Arc};

/// A row with its typed state; one of an older version is upgraded for the view only.
pub(super) fn view<W: Workflow>(row: &WorkflowRow) -> Result<View<W>, StoreError> {
    let unreadable = |why: String| StoreError(format!("the row of {} cannot be read: {why}", row.id));
    if &*row.kind != W::KIND {
        return Err(unreadable(format!("it is of the kind `{}`", row.kind)));
    }
    let state = if row.state_version == W::STATE_VERSION {
        serde_json::from_str(&row.state).map_err(|error| unreadable(error.to_string()))?
    } else {
        let value = serde_json::from_str(&row.state).map_err(|error| unreadable(error.to_string()))?;
        W::upgrade(row.state_version, value).map_err(|error| unreadable(error.to_string()))?
    };
    let mut pending = Vec::new();
    for (id, json) in core::read_pending(row.pending.as_deref()).map_err(unreadable)? {
        let action = serde_json::from_str(json.get()).map_err(|error| unreadable(error.to_string()))?;
        pending.push(PendingAction { id, action });
    }
    let timers = core::read_timers(row.timers.as_deref()).map_err(unreadable)?;
    let mut timers: Vec<_> = timers
        .iter()
        .map(|timer| TimerView {
            name: timer.name.clone(),
            due: timer.stored_due(),
            silence: timer.silence_ms.is_some(),
        })
        .collect();
    timers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(View {
        workflow: row.id,
        key: row.key.to_string(),
        revision: row.revision,
        state: Arc::new(state),
        row: Row::from(row),
        pending,
        timers,
    })
}

/// A stored fact with its name, which is not stored: the kind knows it.
pub(super) fn event(registry: &Registry, kind: &str, record: EventRecord) -> EventRow {
    let name = match record.effect {
        EventEffect::Upgraded => "upgraded".to_owned(),
        _ => registry
            .kinds
            .get(kind)
            .and_then(|kind| Some(kind.event_name(&kind.read_event(&record.payload).ok()?.typed)))
            .unwrap_or_else(|| "unreadable".to_owned()),
    };
    EventRow {
        seq: record.seq,
        id: record.id,
        name,
        payload: serde_json::from_str(&record.payload).unwrap_or_default(),
        effect: record.effect,
        at: record.at,
        code: record.code.to_string(),
    }
}

/// What a row and memory say, in a sentence (E11).
pub(super) fn why(row: &WorkflowRow, known: &Standpoint, now: Timestamp) -> Why {
    let (stuck, sentence) = sentence(row, known, now);
    let sentence = format!("{} is `{}`: {sentence}", row.id, row.status);
    Why { workflow: row.id, stuck, sentence, failing: failing(known, now) }
}

fn failing(known: &Standpoint, now: Timestamp) -> Vec<String> {
    let again = known.actions.iter().filter(|action| !action.running && action.attempt > 0);
    let words = again.filter_map(|action| {
        let at = when(action.next_at?, now);
        Some(match action.attempt - action.postponed.min(action.attempt) {
            0 => format!("`{}` is put off and is looked at again {at}", action.name),
            failed => format!("`{}` failed {failed} times and is tried again {at}", action.name),
        })
    });
    words.collect()
}

fn sentence(row: &WorkflowRow, known: &Standpoint, now: Timestamp) -> (bool, String) {
    if let Some(why) = &known.unreadable {
        return (true, format!("STUCK: its row cannot be read by this program: {why}"));
    }
    if row.standing == Standing::Terminal {
        return (false, "it is over; nothing will follow".into());
    }
    let mut parts = Vec::new();
    parts.extend(known.actions.iter().map(|action| {
        let mut part = format!("action `{}` ", action.name);
        let _ = match (action.running, action.next_at) {
            (true, _) => write!(part, "is under way (attempt {} of {})", action.attempt, action.attempts_max),
            (_, Some(at)) if action.attempt == 0 => {
                write!(part, "waits for what another node may still be doing to be over, {}", when(at, now))
            }
            (_, Some(at)) if action.attempt <= action.postponed => {
                write!(part, "is put off and is looked at again {}", when(at, now))
            }
            (_, Some(at)) => write!(
                part,
                "failed {} of {} attempts; the next is {}",
                action.attempt - action.postponed.min(action.attempt),
                action.attempts_max,
                when(at, now)
            ),
            (_, None) => write!(part, "waits for its turn"),
        };
        part
    }));
    if parts.is_empty() && row.pending.is_some() {
        parts.push("actions are pending".into());
    }
    if let Some((place, length, slots)) = known.place {
        let pool = row.pool.as_ref().map_or("?", |pool| &pool.pool);
        parts.push(format!("it waits for one of {slots} slots of `{pool}`, place {place} of {length}"));
    } else if let Some(pool) = row.pool.as_ref().filter(|pool| pool.waits.is_some()) {
        parts.push(format!("it waits for a slot of `{}`", pool.pool));
    }
    if known.timers.is_empty() {
        parts.extend(row.wake_at.map(|at| format!("its next timer is due {}", when(at, now))));
    }
    parts.extend(known.timers.iter().map(|(name, at)| format!("timer `{name}` is due {}", when(*at, now))));
    if row.standing == Standing::Awaiting {
        parts.push("it awaits an event from outside".into());
    }
    if parts.is_empty() {
        let hint = "it has no pending action, timer, wanted slot or awaited event; try `repair`";
        return (true, format!("STUCK: {hint}"));
    }
    (false, parts.join("; "))
}

fn when(at: Timestamp, now: Timestamp) -> String {
    if at <= now {
        return "now".into();
    }
    let seconds = at.since(now).as_secs();
    match seconds {
        0..120 => format!("in {seconds} s"),
        120..7_200 => format!("in {} min", seconds / 60),
        7_200..172_800 => format!("in {} h", seconds / 3_600),
        _ => format!("in {} days", seconds / 86_400),
    }
}

/// An empty answer for a workflow that is not there.
pub(super) fn nothing(workflow: WorkflowId) -> Why {
    Why { workflow, stuck: false, sentence: format!("there is no workflow `{workflow}`"), failing: Vec::new() }
}
