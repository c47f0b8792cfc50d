//! What is kept of the past no longer than it must be.

use crate::{
    Deed, Kind, Outcome, ROWS_PER_CLASS_MAX,
    duty::Round,
    records::{Class, Keep},
};
use environment::Timestamp;
use std::time::Duration;
use volumes::in_words;

/// Removes what is past its time, class by class; one that fails does not keep the others.
pub async fn run(round: &Round<'_>) -> Result<Vec<Deed>, String> {
    let mut deeds = Vec::new();
    for class in Class::ALL {
        let (before, older) = match kept(class, &round.rules.keep) {
            None => (round.now, "past their end".to_owned()),
            Some(kept) => (ago(round.now, kept), format!("older than {}", in_words(kept))),
        };
        let removed = round.records.remove(class, before, ROWS_PER_CLASS_MAX, round.order.dry_run).await;
        let (outcome, reason) = match removed {
            Ok(0) => continue,
            Ok(rows) => {
                let rest = if rows >= ROWS_PER_CLASS_MAX { "; the next pass goes on" } else { "" };
                let outcome = if round.order.dry_run { Outcome::WouldDelete } else { Outcome::Deleted };
                (outcome, format!("{rows} {}, {older}{rest}", words(class, rows)))
            }
            Err(error) => (Outcome::Failed, format!("what is {older} could not be removed: {error}")),
        };
        let (id, name) = (class.word().to_owned(), class.word().to_owned());
        let deed = Deed { kind: Kind::Record, id, name, workflow: String::new(), since: None, outcome, reason };
        round.tell(&deed).await;
        deeds.push(deed);
    }
    Ok(deeds)
}

const fn kept(class: Class, keep: &Keep) -> Option<Duration> {
    match class {
        // Each has an end of its own, from when it was written.
        Class::Blobs => None,
        Class::Logs => Some(keep.logs),
        Class::Runs => Some(keep.runs),
        Class::History => Some(keep.history),
        Class::Audit => Some(keep.audit),
    }
}

fn ago(now: Timestamp, span: Duration) -> Timestamp {
    let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(span))
}

const fn words(class: Class, rows: u64) -> &'static str {
    match (class, rows) {
        (Class::Blobs, 1) => "blob",
        (Class::Blobs, _) => "blobs",
        (Class::Logs, 1) => "line of a run's log",
        (Class::Logs, _) => "lines of runs' logs",
        (Class::Runs, 1) => "record beside a closed workflow",
        (Class::Runs, _) => "records beside closed workflows",
        (Class::History, 1) => "event of a closed workflow",
        (Class::History, _) => "events of closed workflows",
        (Class::Audit, 1) => "entry of the janitor's record",
        (Class::Audit, _) => "entries of the janitor's record",
    }
}
