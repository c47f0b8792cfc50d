use crate::{StoreError, WorkflowId};

/// The engine did not start.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StartError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A history could not be run again.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReplayError {
    /// No such workflow.
    #[error("there is no workflow `{0}`")]
    NotFound(WorkflowId),
    /// This engine does not run its kind.
    #[error("this engine does not run the kind `{0}`")]
    UnknownKind(String),
    /// An event that was applied is refused by the present code.
    #[error("event {seq} does not apply: {why}")]
    Diverged {
        /// Its place.
        seq: u64,
        /// Why not.
        why: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A row whose state cannot be read by this version (E10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpgradeFault {
    /// Workflow.
    pub workflow: WorkflowId,
    /// Its kind.
    pub kind: String,
    /// A sentence.
    pub why: String,
}

/// What a trial of all upgrades found (E10).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpgradeReport {
    /// Rows tried.
    pub rows: u64,
    /// Of them, those whose state is of an older version.
    pub older: u64,
    /// Those that cannot be read.
    pub faults: Vec<UpgradeFault>,
}
