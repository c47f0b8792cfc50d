//! What passes between the engine and a store: plain values, so that every store commits the same rows and the core
//! needs no database. Texts that many rows share are `Arc<str>`; building a batch copies none of them.

use crate::{EventId, Timestamp, WorkflowId};
use std::{borrow::Cow, sync::Arc};

/// A failure of the database under the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("database: {0}")]
pub struct StoreError(pub String);

/// Why a batch was not committed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A key or event id is there already: the caller's picture is stale. Nothing was written.
    #[error("a key or event id is already there: {0}")]
    Conflict(String),
    /// No room; nothing was written, what was acknowledged is kept. Free space and it goes on by itself.
    #[error("database disk full: free space; what was acknowledged is kept: {0}")]
    Full(String),
    /// Reading or writing failed, or this process no longer owns the database. Whether the batch was written is unknown.
    #[error("{0}")]
    Failed(String),
    /// Another node owns the partition by now (E8). Nothing was written, and nothing ever will be under this ownership.
    #[error("another node owns these workflows by now; nothing was written")]
    Fenced,
}

/// Whether anything will follow in a workflow, besides actions and timers (E11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(i64)]
pub enum Standing {
    /// It awaits nothing: without an action, timer or wanted slot it is stuck.
    #[default]
    Moving = 0,
    /// An event from outside may come.
    Awaiting = 1,
    /// It is history.
    Terminal = 2,
}

impl Standing {
    /// From its number in the row; an unknown number counts as `Moving`, so that a check looks at it.
    pub const fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Awaiting,
            2 => Self::Terminal,
            _ => Self::Moving,
        }
    }
}

/// The slot a row wants or holds (E13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolColumns {
    /// Name of the pool.
    pub pool: Cow<'static, str>,
    /// Fair share by this.
    pub group: String,
    /// Priority and since when it waits; `None`: it holds the slot.
    pub waits: Option<(u8, Timestamp)>,
}

/// One workflow, whole: current state, pending actions and timers together (E4).
#[derive(Debug, Clone, PartialEq)]
pub struct WorkflowRow {
    /// Ascending; handed out by the engine.
    pub id: WorkflowId,
    /// Kind.
    pub kind: Arc<str>,
    /// Unique within the kind.
    pub key: Arc<str>,
    /// Name of the status.
    pub status: Cow<'static, str>,
    /// Whether anything will follow.
    pub standing: Standing,
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
    /// State as JSON.
    pub state: Arc<str>,
    /// Version of the state's shape.
    pub state_version: u32,
    /// One higher with each transition, from 1.
    pub revision: u64,
    /// Highest action id handed out.
    pub actions: u32,
    /// Timers as JSON; `None`: none.
    pub timers: Option<String>,
    /// Earliest timer.
    pub wake_at: Option<Timestamp>,
    /// Pending actions as JSON; `None`: none.
    pub pending: Option<String>,
    /// A start looks at it: it has pending actions, or had some since it last came to rest. Not simply whether it has
    /// any: that changes with nearly every transition, and each time an index with it (docs/performance.md).
    pub active: bool,
    /// Slot.
    pub pool: Option<PoolColumns>,
    /// Last transition.
    pub last_activity: Timestamp,
}

/// What an event row did to the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i64)]
pub enum EventEffect {
    /// The transition was applied.
    Applied = 0,
    /// The state's shape was upgraded; the payload is the resulting state: a snapshot.
    Upgraded = 1,
    /// The workflow refused it, but it settles an action, timer or grant; the state did not change.
    Refused = 2,
}

impl EventEffect {
    /// From its number in the row.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Applied),
            1 => Some(Self::Upgraded),
            2 => Some(Self::Refused),
            _ => None,
        }
    }
}

/// One fact of a workflow's history.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRecord {
    /// Workflow.
    pub workflow: WorkflowId,
    /// Unique within it.
    pub id: EventId,
    /// Revision of the workflow that it led to.
    pub seq: u64,
    /// What it did.
    pub effect: EventEffect,
    /// JSON.
    pub payload: Arc<str>,
    /// The `now` it was applied under.
    pub at: Timestamp,
    /// The code version it was applied under.
    pub code: Arc<str>,
}

/// An event that is kept because it came too early (E3). Named by key: its workflow may not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlyRow {
    /// Kind.
    pub kind: Arc<str>,
    /// Key.
    pub key: Arc<str>,
    /// Event id.
    pub id: EventId,
    /// JSON.
    pub payload: Arc<str>,
    /// When it came.
    pub at: Timestamp,
    /// Until when it is kept.
    pub keep_until: Timestamp,
}

/// An event of the inbox: some node made it durable and acknowledged it; the owner of its workflow takes it from there.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxRow {
    /// Ascending in the order of appending; a node's later events have higher ones.
    pub place: u64,
    /// Kind.
    pub kind: Arc<str>,
    /// Key.
    pub key: Arc<str>,
    /// Event id.
    pub id: EventId,
    /// JSON.
    pub payload: Arc<str>,
}

/// What became of an event of the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxDone {
    /// Its place.
    pub place: u64,
    /// It is in the history or kept early (`None`), or was refused for this reason.
    pub refusal: Option<String>,
}

/// Everything of one commit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    /// Workflows that are new, ascending by id.
    pub inserts: Vec<WorkflowRow>,
    /// Workflows that are there, ascending by id; each once.
    pub updates: Vec<WorkflowRow>,
    /// Workflows that came to rest: they are no longer [`active`](WorkflowRow::active). None of them is in `inserts` or
    /// `updates`; one that has a pending action all the same, or that is not there, stays as it is.
    pub rested: Vec<WorkflowId>,
    /// Facts.
    pub events: Vec<EventRecord>,
    /// Kept early.
    pub early: Vec<EarlyRow>,
    /// No longer kept: `(kind, key, event id)`.
    pub early_used: Vec<(Arc<str>, Arc<str>, EventId)>,
    /// Events out of the inbox that are dealt with (E8); empty where one process owns the database.
    pub inbox_done: Vec<InboxDone>,
}

impl Batch {
    /// Nothing to write.
    pub fn is_empty(&self) -> bool {
        self.inserts.is_empty()
            && self.updates.is_empty()
            && self.rested.is_empty()
            && self.events.is_empty()
            && self.early.is_empty()
            && self.early_used.is_empty()
            && self.inbox_done.is_empty()
    }
}

/// Rows that the core asks for, with the ids it wants to know are not there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LoadRequest {
    /// Workflows by kind and key.
    pub keys: Vec<(Arc<str>, Arc<str>)>,
    /// Workflows by id.
    pub ids: Vec<WorkflowId>,
    /// Event ids to look up, by kind and key.
    pub check_by_key: Vec<(Arc<str>, Arc<str>, EventId)>,
    /// Event ids to look up, by workflow.
    pub check_by_id: Vec<(WorkflowId, EventId)>,
}

/// What a [`LoadRequest`] found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loaded {
    /// Rows; what was asked for and is not among them does not exist.
    pub rows: Vec<WorkflowRow>,
    /// Events kept early for the asked keys and the found rows, in the order in which they came.
    pub early: Vec<EarlyRow>,
    /// Of the ids to look up, those that are there, with their revision.
    pub known: Vec<(WorkflowId, EventId, u64)>,
}

/// An [active](WorkflowRow::active) row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveRow {
    /// Workflow.
    pub workflow: WorkflowId,
    /// It has pending actions; if not, it is about to come to rest.
    pub pending: bool,
}

/// A row that wants or holds a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolRow {
    /// Workflow.
    pub workflow: WorkflowId,
    /// Slot.
    pub pool: PoolColumns,
}

/// What to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFilter {
    /// Only this kind.
    pub kind: Option<String>,
    /// Only this status.
    pub status: Option<String>,
    /// Only those whose title or key contains this.
    pub text: Option<String>,
    /// Only those whose key begins with this; with a kind it is found by the index, however many rows there are.
    pub key_prefix: Option<String>,
    /// Only ids above this.
    pub after: Option<WorkflowId>,
    /// At most this many.
    pub limit: usize,
}

impl Default for ListFilter {
    fn default() -> Self {
        Self { kind: None, status: None, text: None, key_prefix: None, after: None, limit: 100 }
    }
}
