use environment::Timestamp;
use serde::{Deserialize, Serialize};

/// What a pass did, or would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Nothing was changed.
    pub dry_run: bool,
    /// Everything that was not simply somebody's, in the order it was looked at.
    pub deeds: Vec<Deed>,
    /// Duties that could not be done, a sentence each.
    pub failures: Vec<String>,
}

/// What became of one thing, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// What it is.
    pub kind: Kind,
    /// The backend's id.
    pub id: String,
    /// Our name.
    pub name: String,
    /// The workflow that it was made for, as its label says.
    pub workflow: String,
    /// Since when every pass has found it to be nobody's, in Unix milliseconds; none if this one did not.
    #[serde(rename = "since_ms")]
    pub since: Option<Timestamp>,
    /// What became of it.
    pub outcome: Outcome,
    /// A sentence.
    pub reason: String,
}

/// What a deed is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A machine.
    Machine,
    /// A volume.
    Volume,
}

/// What became of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is gone.
    Deleted,
    /// It would be gone, were this not a dry run.
    WouldDelete,
    /// An orphan, seen for the first time or not long enough: a later pass decides.
    Noted,
    /// An orphan for which this pass had no deletions left.
    Postponed,
    /// Kept, although no workflow is known to want it.
    Kept,
    /// The deletion failed; a later pass tries again.
    Failed,
}

impl Kind {
    /// Name of its duty, for logs and counters.
    pub const fn duty(self) -> &'static str {
        match self {
            Self::Machine => "orphan_machines",
            Self::Volume => "orphan_volumes",
        }
    }
}

impl Outcome {
    /// Stable word, for tables and counters.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::WouldDelete => "would_delete",
            Self::Noted => "noted",
            Self::Postponed => "postponed",
            Self::Kept => "kept",
            Self::Failed => "failed",
        }
    }
}

impl Report {
    /// How many things had this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.deeds.iter().filter(|deed| deed.outcome == outcome).count()
    }

    pub(crate) fn take(&mut self, kind: Kind, done: Result<Vec<Deed>, String>) {
        match done {
            Ok(deeds) => self.deeds.extend(deeds),
            Err(failure) => {
                let what = match kind {
                    Kind::Machine => "machines",
                    Kind::Volume => "volumes",
                };
                tracing::warn!(duty = kind.duty(), failure, "the janitor left the {what} alone");
                self.failures.push(format!("orphaned {what} were not looked for: {failure}"));
            }
        }
    }
}
