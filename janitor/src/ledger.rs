//! What orphans have in common, be they machines or volumes: patience, bounds, the share, and the last question before a
//! deletion.
//!
//! A pass goes over them twice: first it finds out which may go, then it deletes. Only so it knows how many would go before
//! the first one has.

use crate::{
    DELETIONS_PER_DUTY_MAX, Deed, Kind, Outcome, QUESTIONS_PER_DUTY_MAX, SIGHTINGS_PER_DUTY_MAX,
    duty::Round,
    share::too_many,
    sightings::{Sighting, note},
};
use environment::Timestamp;
use std::{collections::BTreeMap, time::Duration};
use volumes::in_words;

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
    /// It was seen often enough, long enough apart: it may go if everybody who is asked says so.
    Ask(Suspect),
}

/// The sightings and the deletions of one duty in one pass.
pub struct Ledger<'a> {
    kind: Kind,
    before: &'a BTreeMap<String, Sighting>,
    /// What is remembered for the next pass: only what was an orphan in this one, so that a break begins anew.
    pub seen: BTreeMap<String, Sighting>,
    questions: usize,
    /// What may go now.
    pub condemned: Vec<Suspect>,
    /// What would be asked about, had this pass any deletions left.
    beyond: usize,
}

impl<'a> Ledger<'a> {
    pub fn new(kind: Kind, before: &'a BTreeMap<String, Sighting>) -> Self {
        Self { kind, before, seen: BTreeMap::new(), questions: 0, condemned: Vec::new(), beyond: 0 }
    }

    /// Decides what this pass may do about a suspect.
    pub fn sentence(&mut self, round: &Round<'_>, mut suspect: Suspect) -> Sentence {
        let known_before = self.before.get(&suspect.id).is_some_and(|sighting| sighting.record == suspect.record);
        if !known_before && self.seen.len() >= SIGHTINGS_PER_DUTY_MAX {
            let reason = format!("{}; {SIGHTINGS_PER_DUTY_MAX} others are being watched already", suspect.reason);
            return Sentence::Spare(self.deed(suspect, Outcome::Postponed, reason));
        }
        let sighting = note(self.before, &mut self.seen, &suspect.id, suspect.record.clone(), round.now);
        suspect.since = Some(sighting.first);
        let wait = round.rules.grace.saturating_sub(round.now.since(sighting.first));
        let passes = round.rules.sightings.saturating_sub(sighting.passes);
        if let Some(patience) = patience(passes, wait) {
            let reason = format!("{}; deleted if {patience}", suspect.reason);
            return Sentence::Spare(self.deed(suspect, Outcome::Noted, reason));
        }
        if self.condemned.len() >= DELETIONS_PER_DUTY_MAX {
            self.beyond += 1;
            let reason = format!("{}; {DELETIONS_PER_DUTY_MAX} deletions are enough for one pass", suspect.reason);
            return Sentence::Spare(self.deed(suspect, Outcome::Postponed, reason));
        }
        if self.questions == QUESTIONS_PER_DUTY_MAX {
            let reason = format!("{}; {QUESTIONS_PER_DUTY_MAX} questions are enough for one pass", suspect.reason);
            return Sentence::Spare(self.deed(suspect, Outcome::Postponed, reason));
        }
        self.questions += 1;
        Sentence::Ask(suspect)
    }

    /// What may go, of `all` that there are; nothing if that is more than an operator has allowed. The deeds say so.
    pub fn release(&mut self, round: &Round<'_>, all: usize) -> Result<Vec<Suspect>, Vec<Deed>> {
        let condemned = std::mem::take(&mut self.condemned);
        let (going, share) = (condemned.len() + self.beyond, round.rules.share_max);
        if round.order.confirmed || !too_many(going, all, share) {
            return Ok(condemned);
        }
        let what = self.kind.plural();
        tracing::warn!(
            duty = self.kind.duty(),
            going,
            all,
            "the janitor deletes none of these {what}: it would be more than `janitor.share_max`; look at \
             `longshore janitor --once --dry-run`, and if that is right say `longshore janitor --once --confirm`"
        );
        let held = |suspect: Suspect| {
            let reason = format!(
                "{}; {going} of {all} {what} would go, more than {share} %: nothing is deleted without `--confirm`",
                suspect.reason
            );
            self.deed(suspect, Outcome::Held, reason)
        };
        Err(condemned.into_iter().map(held).collect())
    }

    /// It may go. In a dry run it would; else what became of its deletion. What is gone is forgotten.
    pub async fn delete(
        &mut self,
        round: &Round<'_>,
        suspect: Suspect,
        deletion: impl Future<Output = Result<(), machines::Error>>,
    ) -> Deed {
        let (id, reason) = (suspect.id.clone(), suspect.reason.clone());
        let deed = self.deed(suspect, Outcome::Deleted, reason);
        if round.order.dry_run {
            return Deed { outcome: Outcome::WouldDelete, ..deed };
        }
        let done = match round.begin(&deed).await {
            Ok(()) => deletion.await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let deed = match done {
            Ok(()) => {
                self.seen.remove(&id);
                deed
            }
            Err(why) => failed(deed, &why),
        };
        round.tell(&deed).await;
        deed
    }

    /// It could not be found out; the next pass tries again, and nothing begins anew.
    pub fn failed(&mut self, suspect: Suspect, why: &str) -> Deed {
        let reason = suspect.reason.clone();
        let deed = failed(self.deed(suspect, Outcome::Failed, reason), why);
        tracing::warn!(duty = self.kind.duty(), id = deed.id, reason = deed.reason, "the janitor failed");
        deed
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

fn failed(deed: Deed, why: &str) -> Deed {
    Deed { outcome: Outcome::Failed, reason: format!("{}; it could not be deleted: {why}", deed.reason), ..deed }
}

/// What is still waited for, in words: sightings, time, or both. None: nothing.
fn patience(passes: u32, wait: Duration) -> Option<String> {
    Some(match (passes, wait.is_zero()) {
        (0, true) => return None,
        (0 | 1, false) => format!("that is still so in {}", in_words(wait)),
        (1, true) => "the next pass finds the same".to_owned(),
        (passes, true) => format!("the next {passes} passes find the same"),
        (passes, false) => format!("the next {passes} passes find the same, not before {} are over", in_words(wait)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_says_what_it_waits_for() {
        let words = |passes, seconds| patience(passes, Duration::from_secs(seconds));
        assert_eq!(words(0, 0), None);
        assert_eq!(words(0, 60).unwrap(), "that is still so in 60 s");
        assert_eq!(words(1, 60).unwrap(), "that is still so in 60 s");
        assert_eq!(words(1, 0).unwrap(), "the next pass finds the same");
        assert_eq!(words(3, 0).unwrap(), "the next 3 passes find the same");
        assert_eq!(words(2, 7200).unwrap(), "the next 2 passes find the same, not before 2 h are over");
    }
}
