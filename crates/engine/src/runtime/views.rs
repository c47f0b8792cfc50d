//! What people and pages see of workflows. Everything here is committed.

use crate::{ActionId, EventEffect, EventId, Standing, Timestamp, Workflow, WorkflowId, WorkflowRow};
use std::sync::Arc;

/// The columns of a workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Workflow.
    pub workflow: WorkflowId,
    /// Kind.
    pub kind: String,
    /// Key.
    pub key: String,
    /// Name of the status.
    pub status: String,
    /// Nothing will follow.
    pub terminal: bool,
    /// Name for people.
    pub title: String,
    /// Run number.
    pub run: u32,
    /// Digest of what it works on.
    pub subject: Option<String>,
    /// Machine.
    pub machine_id: Option<String>,
    /// Volume.
    pub volume_id: Option<String>,
    /// Revision.
    pub revision: u64,
    /// Earliest timer.
    pub wake_at: Option<Timestamp>,
    /// Last transition.
    pub last_activity: Timestamp,
}

impl From<&WorkflowRow> for Row {
    fn from(row: &WorkflowRow) -> Self {
        Self {
            workflow: row.id,
            kind: row.kind.to_string(),
            key: row.key.to_string(),
            status: row.status.to_string(),
            terminal: row.standing == Standing::Terminal,
            title: row.title.clone(),
            run: row.run,
            subject: row.subject.clone(),
            machine_id: row.machine_id.clone(),
            volume_id: row.volume_id.clone(),
            revision: row.revision,
            wake_at: row.wake_at,
            last_activity: row.last_activity,
        }
    }
}

/// A workflow with its typed state.
pub struct View<W: Workflow> {
    /// Workflow.
    pub workflow: WorkflowId,
    /// Key.
    pub key: String,
    /// Revision.
    pub revision: u64,
    /// State.
    pub state: Arc<W::State>,
    /// Columns.
    pub row: Row,
    /// Actions not answered, in commit order.
    pub pending: Vec<PendingAction<W>>,
    /// Timers, by name.
    pub timers: Vec<TimerView>,
}

impl<W: Workflow> std::fmt::Debug for View<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View")
            .field("row", &self.row)
            .field("state", &self.state)
            .field("pending", &self.pending)
            .field("timers", &self.timers)
            .finish()
    }
}

/// An action that is not answered.
pub struct PendingAction<W: Workflow> {
    /// Action id.
    pub id: ActionId,
    /// The action.
    pub action: W::Action,
}

impl<W: Workflow> std::fmt::Debug for PendingAction<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PendingAction").field("id", &self.id).field("action", &self.action).finish()
    }
}

/// A timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerView {
    /// Name.
    pub name: String,
    /// When it is due; a silence clock may be pushed back.
    pub due: Timestamp,
    /// It counts silence rather than wall time.
    pub silence: bool,
}

/// One fact of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    /// Revision it led to.
    pub seq: u64,
    /// De-duplication id.
    pub id: EventId,
    /// Stable name; `upgraded` for a change of the state's shape.
    pub name: String,
    /// JSON.
    pub payload: serde_json::Value,
    /// What it did.
    pub effect: EventEffect,
    /// The `now` it was applied under.
    pub at: Timestamp,
    /// The code version it was applied under.
    pub code: String,
}

/// Why a workflow is where it is (E11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// Workflow.
    pub workflow: WorkflowId,
    /// Nothing will move it.
    pub stuck: bool,
    /// A sentence.
    pub sentence: String,
    /// Actions that have failed and are tried again, a few words each.
    pub failing: Vec<String>,
}

/// What running a history again led to (E12).
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// Workflow.
    pub workflow: WorkflowId,
    /// Events applied.
    pub events: u64,
    /// It began at an `upgraded` snapshot rather than at the first event.
    pub from_snapshot: bool,
    /// It arrived at the stored state.
    pub matches: bool,
    /// Where it arrived.
    pub computed: serde_json::Value,
    /// What is stored.
    pub stored: serde_json::Value,
}

/// A workflow changed, durably.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Workflow.
    pub workflow: WorkflowId,
    /// Kind.
    pub kind: Arc<str>,
    /// Revision.
    pub revision: u64,
    /// Status.
    pub status: String,
    /// Name of the last event of this commit.
    pub event_name: String,
}

/// What `repair` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Pending actions that were started or will be.
    pub actions: usize,
    /// Events kept early that were tried again.
    pub early: usize,
    /// What remains to be said: the workflow's `why` afterwards.
    pub why: Why,
}
