//! What the duties have in common: patience, bounds, and the last question before a deletion.

use crate::{
    DELETIONS_PER_DUTY_MAX, Deed, Kind, Outcome, Owners,
    sightings::{Sighting, note},
};
use environment::Timestamp;
use machines::Machines;
use std::{collections::BTreeMap, time::Duration};

/// One pass, as a duty sees it.
pub struct Round<'a> {
    pub machines: &'a dyn Machines,
    pub owners: &'a dyn Owners,
    pub deployment: &'a str,
    pub grace: Duration,
    pub now: Timestamp,
    pub dry_run: bool,
}

/// An orphan by today's rule.
pub struct Suspect {
    pub id: String,
    pub name: String,
    /// All of its record that must not have changed between two sightings.
    pub record: String,
    /// Why it is nobody's.
    pub reason: String,
}

/// What a suspect may be treated as in this pass.
pub enum Sentence {
    /// Nothing yet, or not any more; the deed says why.
    Spare(Deed),
    /// It was seen twice, long enough apart: delete it, if it still is what it was.
    Delete(Suspect),
}

/// The sightings and the deletions of one duty in one pass.
pub struct Ledger<'a> {
    kind: Kind,
    before: &'a BTreeMap<String, Sighting>,
    /// What is remembered for the next pass: only what was an orphan in this one, so that a break begins anew.
    pub seen: BTreeMap<String, Sighting>,
    deletions: usize,
}

impl<'a> Ledger<'a> {
    pub fn new(kind: Kind, before: &'a BTreeMap<String, Sighting>) -> Self {
        Self { kind, before, seen: BTreeMap::new(), deletions: 0 }
    }

    /// Decides what this pass may do about a suspect.
    pub fn sentence(&mut self, round: &Round<'_>, suspect: Suspect) -> Sentence {
        let first = note(self.before, &mut self.seen, &suspect.id, suspect.record.clone(), round.now);
        let since = round.now.since(first);
        let known_before = self.before.get(&suspect.id).is_some_and(|sighting| sighting.record == suspect.record);
        if !known_before || since < round.grace {
            let wait_s = round.grace.saturating_sub(since).as_secs();
            let reason = format!("{}; deleted if that is still so in {wait_s} s", suspect.reason);
            return Sentence::Spare(self.deed(suspect, Outcome::Noted, reason));
        }
        if self.deletions == DELETIONS_PER_DUTY_MAX {
            let reason = format!("{}; {DELETIONS_PER_DUTY_MAX} deletions are enough for one pass", suspect.reason);
            return Sentence::Spare(self.deed(suspect, Outcome::Postponed, reason));
        }
        self.deletions += 1;
        if round.dry_run {
            let reason = suspect.reason.clone();
            return Sentence::Spare(self.deed(suspect, Outcome::WouldDelete, reason));
        }
        Sentence::Delete(suspect)
    }

    /// What came of a deletion. Something that is gone, or is an orphan no more, is forgotten.
    pub fn done(&mut self, suspect: Suspect, result: Result<(), machines::Error>) -> Deed {
        match result {
            Ok(()) => {
                self.seen.remove(&suspect.id);
                tracing::info!(id = suspect.id, reason = suspect.reason, "the janitor deleted an orphan");
                let reason = suspect.reason.clone();
                self.deed(suspect, Outcome::Deleted, reason)
            }
            Err(error) => {
                let reason = format!("{}; it could not be deleted: {error}", suspect.reason);
                self.deed(suspect, Outcome::Failed, reason)
            }
        }
    }

    /// The last question was answered otherwise than the first.
    pub fn reprieve(&mut self, suspect: Suspect, why: &str) -> Deed {
        self.seen.remove(&suspect.id);
        self.deed(suspect, Outcome::Kept, why.to_owned())
    }

    fn deed(&self, suspect: Suspect, outcome: Outcome, reason: String) -> Deed {
        Deed { kind: self.kind, id: suspect.id, name: suspect.name, outcome, reason }
    }
}
