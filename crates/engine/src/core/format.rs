//! How pending actions and timers lie in a workflow's row. Both are part of the stored format: a golden test below
//! holds them, and a change needs a migration that carries old rows.

use crate::{ActionId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::fmt::Write as _;

/// What a pending action has beside its JSON, at most.
const ENTRY_BYTES: usize = 32;

/// A pending action in the row.
#[derive(Debug, Serialize, Deserialize)]
struct PendingEntry<A> {
    id: ActionId,
    action: A,
}

/// Pending actions as the row keeps them; `None` when there are none.
pub(super) fn write_pending<'a>(pending: impl Iterator<Item = (ActionId, &'a str)>) -> Option<String> {
    let mut text = String::new();
    for (id, json) in pending {
        text.reserve(json.len() + ENTRY_BYTES);
        let begin = if text.is_empty() { '[' } else { ',' };
        let _ = write!(text, r#"{begin}{{"id":{},"action":{json}}}"#, id.0);
    }
    (!text.is_empty()).then(|| text + "]")
}

/// Pending actions out of a row.
///
/// # Errors
/// The text is not of this form.
pub fn read_pending(text: Option<&str>) -> Result<Vec<(ActionId, Box<RawValue>)>, String> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let entries: Vec<PendingEntry<Box<RawValue>>> =
        serde_json::from_str(text).map_err(|error| format!("pending actions: {error}"))?;
    Ok(entries.into_iter().map(|entry| (entry.id, entry.action)).collect())
}

/// A durable timer. In the row it is an array: every workflow that waits for a person has one, and the names of the fields
/// would be a third of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "TimerEntry", into = "TimerEntry")]
pub struct Timer {
    /// Name, unique within the workflow.
    pub name: String,
    /// Revision that armed it: with the name it makes each firing unique.
    pub armed: u64,
    /// Due then, if it is on the wall clock; armed then, if it counts silence.
    pub at: Timestamp,
    /// It counts silence: milliseconds.
    pub silence_ms: Option<u64>,
    /// Signals push it back.
    pub signals: bool,
}

/// A timer in the row: one on the wall clock, one that counts silence, and how both were written at first.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum TimerEntry {
    Wall(String, u64, Timestamp),
    Silence(String, u64, Timestamp, u64, bool),
    Named {
        name: String,
        armed: u64,
        at: Timestamp,
        #[serde(default)]
        silence_ms: Option<u64>,
        #[serde(default)]
        signals: bool,
    },
}

impl From<TimerEntry> for Timer {
    fn from(entry: TimerEntry) -> Self {
        match entry {
            TimerEntry::Wall(name, armed, at) => Self { name, armed, at, silence_ms: None, signals: false },
            TimerEntry::Silence(name, armed, at, silence_ms, signals) => {
                Self { name, armed, at, silence_ms: Some(silence_ms), signals }
            }
            TimerEntry::Named { name, armed, at, silence_ms, signals } => Self { name, armed, at, silence_ms, signals },
        }
    }
}

impl From<Timer> for TimerEntry {
    fn from(timer: Timer) -> Self {
        let Timer { name, armed, at, silence_ms, signals } = timer;
        match silence_ms {
            None => Self::Wall(name, armed, at),
            Some(silence_ms) => Self::Silence(name, armed, at, silence_ms, signals),
        }
    }
}

impl Timer {
    /// When it is due as far as the row knows.
    pub fn stored_due(&self) -> Timestamp {
        self.at.plus_millis(self.silence_ms.unwrap_or(0))
    }

    /// When it is due for an owner that hears since `owned` and last heard a signal at `heard`.
    pub(super) fn due(&self, owned: Timestamp, heard: Option<Timestamp>) -> Timestamp {
        let Some(silence_ms) = self.silence_ms else { return self.at };
        let heard = heard.filter(|_| self.signals).unwrap_or_default();
        self.at.max(owned).max(heard).plus_millis(silence_ms)
    }
}

/// Timers as the row keeps them; `None` when there are none.
pub(super) fn write_timers(timers: &[Timer]) -> Option<String> {
    (!timers.is_empty()).then(|| serde_json::to_string(timers).unwrap_or_default())
}

/// Timers out of a row.
///
/// # Errors
/// The text is not of this form.
pub fn read_timers(text: Option<&str>) -> Result<Vec<Timer>, String> {
    let Some(text) = text else { return Ok(Vec::new()) };
    serde_json::from_str(text).map_err(|error| format!("timers: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PENDING: &str = r#"[{"id":7,"action":{"notify":"ada"}},{"id":8,"action":"ship"}]"#;
    const TIMERS: &str = r#"[["nudge",3,1000],["silence",4,2000,500,true]]"#;
    const TIMERS_AT_FIRST: &str = concat!(
        r#"[{"name":"nudge","armed":3,"at":1000},"#,
        r#"{"name":"silence","armed":4,"at":2000,"silence_ms":500,"signals":true}]"#
    );

    #[test]
    fn golden_rows_of_pending_actions_and_timers_read_and_write_back() {
        let pending = read_pending(Some(PENDING)).unwrap();
        assert_eq!(write_pending(pending.iter().map(|(id, json)| (*id, json.get()))).as_deref(), Some(PENDING));
        let timers = read_timers(Some(TIMERS)).unwrap();
        assert_eq!(write_timers(&timers).as_deref(), Some(TIMERS));
        assert_eq!(read_timers(Some(TIMERS_AT_FIRST)).unwrap(), timers);
        assert_eq!((write_pending(std::iter::empty()), write_timers(&[])), (None, None));
    }

    #[test]
    fn a_silence_clock_begins_anew_with_an_owner_and_with_a_signal() {
        let timer = &read_timers(Some(TIMERS)).unwrap()[1];
        let at = Timestamp::from_millis;
        assert_eq!(timer.stored_due(), at(2500));
        assert_eq!(timer.due(at(0), None), at(2500));
        assert_eq!(timer.due(at(9000), None), at(9500));
        assert_eq!(timer.due(at(9000), Some(at(9900))), at(10_400));
        assert_eq!(Timer { signals: false, ..timer.clone() }.due(at(0), Some(at(9900))), at(2500));
    }
}
