//! What the duties have in common: patience, bounds, and the last question before a deletion.

use crate::{
    DELETIONS_PER_DUTY_MAX, Deed, Kind, Outcome, Owners, QUESTIONS_PER_DUTY_MAX, SIGHTINGS_PER_DUTY_MAX,
    sightings::{Sighting, note},
};
use environment::Timestamp;
use machines::Machines;
use std::{collections::BTreeMap, time::Duration};
use volumes::in_words;

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
    /// The workflow on its label.
    pub workflow: String,
    /// All of its record that must not have changed between two sightings.
    pub record: String,
    /// Why it is nobody's.
    pub reason: String,
    /// Since when it is one; set by the ledger.
    pub since: Option<Timestamp>,
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
    questions: usize,
    deletions: usize,
}

impl<'a> Ledger<'a> {
    pub fn new(kind: Kind, before: &'a BTreeMap<String, Sighting>) -> Self {
        Self { kind, before, seen: BTreeMap::new(), questions: 0, deletions: 0 }
    }

    /// Decides what this pass may do about a suspect.
    pub fn sentence(&mut self, round: &Round<'_>, mut suspect: Suspect) -> Sentence {
        let known_before = self.before.get(&suspect.id).is_some_and(|sighting| sighting.record == suspect.record);
        if !known_before && self.seen.len() >= SIGHTINGS_PER_DUTY_MAX {
            let reason = format!("{}; {SIGHTINGS_PER_DUTY_MAX} others are being watched already", suspect.reason);
            return Sentence::Spare(self.deed(suspect, Outcome::Postponed, reason));
        }
        let first = note(self.before, &mut self.seen, &suspect.id, suspect.record.clone(), round.now);
        suspect.since = Some(first);
        let since = round.now.since(first);
        if !known_before || since < round.grace {
            let wait = in_words(round.grace.saturating_sub(since));
            let reason = format!("{}; deleted if that is still so in {wait}", suspect.reason);
            return Sentence::Spare(self.deed(suspect, Outcome::Noted, reason));
        }
        if self.deletions == DELETIONS_PER_DUTY_MAX {
            let reason = format!("{}; {DELETIONS_PER_DUTY_MAX} deletions are enough for one pass", suspect.reason);
            return Sentence::Spare(self.deed(suspect, Outcome::Postponed, reason));
        }
        if self.questions == QUESTIONS_PER_DUTY_MAX {
            let reason = format!("{}; {QUESTIONS_PER_DUTY_MAX} questions are enough for one pass", suspect.reason);
            return Sentence::Spare(self.deed(suspect, Outcome::Postponed, reason));
        }
        self.questions += 1;
        Sentence::Delete(suspect)
    }

    /// It may go. In a dry run it would; else what became of its deletion. What is gone is forgotten.
    pub async fn delete(
        &mut self,
        round: &Round<'_>,
        suspect: Suspect,
        deletion: impl Future<Output = Result<(), machines::Error>>,
    ) -> Deed {
        self.deletions += 1;
        let (duty, reason) = (self.kind.duty(), suspect.reason.clone());
        if round.dry_run {
            return self.deed(suspect, Outcome::WouldDelete, reason);
        }
        match deletion.await {
            Ok(()) => {
                self.seen.remove(&suspect.id);
                tracing::info!(duty, id = suspect.id, name = suspect.name, reason, "the janitor deleted an orphan");
                self.deed(suspect, Outcome::Deleted, reason)
            }
            Err(error) => self.failed(suspect, &error.to_string()),
        }
    }

    /// It could not be found out, or not be done; the next pass tries again, and nothing begins anew.
    pub fn failed(&mut self, suspect: Suspect, why: &str) -> Deed {
        let reason = format!("{}; it could not be deleted: {why}", suspect.reason);
        tracing::warn!(duty = self.kind.duty(), id = suspect.id, reason, "the janitor could not delete an orphan");
        self.deed(suspect, Outcome::Failed, reason)
    }

    /// The last question was answered otherwise than the first: it is no orphan any more.
    pub fn reprieve(&mut self, mut suspect: Suspect, why: &str) -> Deed {
        self.seen.remove(&suspect.id);
        suspect.since = None;
        self.deed(suspect, Outcome::Kept, why.to_owned())
    }

    /// No workflow refers to it, and somebody outside may still want it: watched on, not deleted.
    pub fn keep(&mut self, suspect: Suspect, why: &str) -> Deed {
        let reason = format!("{}; {why}", suspect.reason);
        self.deed(suspect, Outcome::Kept, reason)
    }

    fn deed(&self, suspect: Suspect, outcome: Outcome, reason: String) -> Deed {
        let Suspect { id, name, workflow, since, .. } = suspect;
        Deed { kind: self.kind, id, name, workflow, since, outcome, reason }
    }
}
