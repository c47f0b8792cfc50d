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
    /// The backend's id; of a run `wf_12:3`, of a workflow `wf_12`, of a check run GitHub's id, of records their class.
    pub id: String,
    /// Our name; of a run, workflow or check run that of the pull request.
    pub name: String,
    /// The workflow that it was made for, as its label says; empty if it is no workflow's.
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
    /// A run.
    Run,
    /// A workflow.
    Workflow,
    /// A check run on GitHub.
    Check,
    /// Something that is kept of the past.
    Record,
    /// The database itself.
    Database,
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
    /// It would be gone, but too much would go at once: an operator is asked.
    Held,
    /// Kept, although no workflow is known to want it.
    Kept,
    /// It was put right.
    Mended,
    /// It would be put right, were this not a dry run.
    WouldMend,
    /// It failed; a later pass tries again.
    Failed,
}

impl Kind {
    /// Name of its duty, for logs and counters.
    pub const fn duty(self) -> &'static str {
        match self {
            Self::Machine => "orphan_machines",
            Self::Volume => "orphan_volumes",
            Self::Run => "expired_runs",
            Self::Workflow => "stuck_workflows",
            Self::Check => "unfinished_checks",
            Self::Record => "retention",
            Self::Database => "database",
        }
    }

    /// Stable word, for people and keys.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Volume => "volume",
            Self::Run => "run",
            Self::Workflow => "workflow",
            Self::Check => "check",
            Self::Record => "records",
            Self::Database => "database",
        }
    }

    /// Several of them.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Machine => "machines",
            Self::Volume => "volumes",
            Self::Run => "runs",
            Self::Workflow => "workflows",
            Self::Check => "checks",
            Self::Record => "classes of records",
            Self::Database => "databases",
        }
    }

    /// What did not happen when its duty could not be done.
    const fn undone(self) -> &'static str {
        match self {
            Self::Machine => "orphaned machines were not looked for",
            Self::Volume => "orphaned volumes were not looked for",
            Self::Run => "expired runs were not looked for",
            Self::Workflow => "stuck workflows were not looked for",
            Self::Check => "unfinished checks were not looked for",
            Self::Record => "not all of what is past its time was removed",
            Self::Database => "the database was not looked after",
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
            Self::Held => "held",
            Self::Kept => "kept",
            Self::Mended => "mended",
            Self::WouldMend => "would_mend",
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
                let failure = format!("{}: {failure}", kind.undone());
                tracing::warn!(duty = kind.duty(), failure, "a duty of the janitor could not be done");
                self.failures.push(failure);
            }
        }
    }
}
