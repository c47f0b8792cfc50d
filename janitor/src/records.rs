use crate::OwnersError;
use async_trait::async_trait;
use environment::Timestamp;
use std::time::Duration;

/// What is kept of the past, each for a time of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Blobs whose own end has come: results, tasks, checkpoints, questions.
    Blobs,
    /// Lines that workers logged.
    Logs,
    /// What lies beside closed workflows: records of runs, findings, the checkpoint.
    Runs,
    /// Events of closed workflows. The state that they led to stays.
    History,
    /// The janitor's own record.
    Audit,
}

impl Class {
    pub(crate) const ALL: [Self; 5] = [Self::Blobs, Self::Logs, Self::Runs, Self::History, Self::Audit];

    /// Stable word, for tables and data.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Blobs => "blobs",
            Self::Logs => "logs",
            Self::Runs => "runs",
            Self::History => "history",
            Self::Audit => "audit",
        }
    }
}

/// How long what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Lines of logs, after they were written.
    pub logs: Duration,
    /// What lies beside a workflow, after it closed.
    pub runs: Duration,
    /// Events of a workflow, after it closed.
    pub history: Duration,
    /// The janitor's own record.
    pub audit: Duration,
}

/// The past, as the database has it.
#[async_trait]
pub trait Records: Send + Sync {
    /// Removes at most `rows_max` of what is older than `before`, or only counts it in a dry run. How many rows.
    async fn remove(&self, class: Class, before: Timestamp, rows_max: u64, dry_run: bool) -> Result<u64, OwnersError>;

    /// What maintenance the database needs from us, in words; none if it looks after itself.
    fn maintenance(&self) -> Option<&'static str>;

    /// Does that.
    async fn maintain(&self) -> Result<(), OwnersError>;
}
