use crate::OwnersError;
use async_trait::async_trait;

/// A run that nobody has ended yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRun {
    /// Its workflow.
    pub workflow: String,
    /// Name of the workflow for people.
    pub title: String,
    /// Its number.
    pub run: u32,
    /// What the workflow makes of it.
    pub standing: RunStanding,
}

/// What a workflow makes of a run that nobody has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunStanding {
    /// It is under way, within its deadlines.
    UnderWay,
    /// Its workflow is past it, a sentence says how: its credential would be good for ever.
    Left(String),
    /// It is the current one, and its last deadline is past, a sentence says since when: its watchdogs are lost.
    Overdue(String),
}

/// A workflow that nothing will move (E11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// Workflow.
    pub workflow: String,
    /// Name for people.
    pub title: String,
    /// Where it stands, a sentence.
    pub why: String,
}

/// What became of a repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// Something will move it now.
    pub moves: bool,
    /// Where it stands now, a sentence.
    pub why: String,
}

/// A check run of ours that GitHub shows as open although no run is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCheck {
    /// Its workflow.
    pub workflow: String,
    /// Name of the workflow for people.
    pub title: String,
    /// The run on its label.
    pub run: u32,
    /// Its commit.
    pub sha: String,
    /// GitHub's id.
    pub check_run: u64,
}

/// Some of all that there is to look at; the next pass goes on behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What was found.
    pub found: Vec<T>,
    /// Where to go on; `None`: it was the last, and the next pass begins anew.
    pub next: Option<String>,
}

/// What the janitor sees of workflows beside machines and volumes, and how it asks them for something. It never writes
/// behind their back: whatever changes is an event that they take.
#[async_trait]
pub trait Workflows: Send + Sync {
    /// Runs that nobody has ended, of those after `place`.
    async fn open_runs(&self, place: Option<&str>) -> Result<Page<OpenRun>, OwnersError>;

    /// Ends a run: from then on its worker's word counts for nothing.
    async fn end_run(&self, workflow: &str, run: u32) -> Result<(), OwnersError>;

    /// Workflows that nothing will move.
    async fn stuck(&self) -> Result<Vec<Stuck>, OwnersError>;

    /// Starts what a workflow waits for; one that nothing would move looks again where it stands.
    async fn repair(&self, workflow: &str) -> Result<Repaired, OwnersError>;

    /// Open check runs without a run behind them, of the workflows after `place`.
    async fn open_checks(&self, place: Option<&str>) -> Result<Page<OpenCheck>, OwnersError>;

    /// Tells a workflow of such a check run, so that it publishes what should be there.
    async fn conclude_check(&self, check: &OpenCheck) -> Result<(), OwnersError>;
}
