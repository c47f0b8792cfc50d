//! What goes into the core and what comes out. A simulation may crash between any two effects.

use super::{ActionError, Fact, Receipt, SubmitError, Typed};
use crate::{
    ActionId, ActiveRow, Batch, CommitError, EarlyRow, EventId, InboxRow, LoadRequest, Loaded, PoolRow, StoreError,
    Timestamp, WorkflowId,
};
use std::sync::Arc;

/// Names a submission for its answer.
pub type Ticket = u64;

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// The core is to begin: it asks for what was left pending, due and waiting.
    Begin,
    /// Someone submits an event and waits for its answer.
    Submitted {
        /// For the answer.
        ticket: Ticket,
        /// Kind.
        kind: &'static str,
        /// Key.
        key: Arc<str>,
        /// De-duplication id.
        id: EventId,
        /// Event.
        event: Fact,
    },
    /// Answer to [`Effect::Load`].
    Loaded(Result<Loaded, StoreError>),
    /// Answer to [`Effect::LoadActive`].
    ActiveLoaded(Result<Vec<ActiveRow>, StoreError>),
    /// Answer to [`Effect::LoadTimers`].
    TimersLoaded(Result<Vec<(Timestamp, WorkflowId)>, StoreError>),
    /// Answer to [`Effect::LoadPools`].
    PoolsLoaded(Result<Vec<PoolRow>, StoreError>),
    /// Answer to [`Effect::DropEarly`].
    EarlyDropped(Result<Vec<EarlyRow>, StoreError>),
    /// Answer to the oldest [`Effect::Commit`] that has none.
    Committed(Result<(), CommitError>),
    /// Answer to [`Effect::StartAction`].
    ActionFinished {
        /// Workflow.
        workflow: WorkflowId,
        /// Action.
        action: ActionId,
        /// The attempt that ended.
        attempt: u32,
        /// Its answer.
        result: Result<Fact, ActionError>,
    },
    /// Events of the inbox, in the order of their places; those that are known here already are passed over.
    Inbox(Vec<InboxRow>),
    /// A workflow's worker was heard.
    SignalHeard(WorkflowId),
    /// An operator wants a workflow looked at again.
    Repair(WorkflowId),
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Debug)]
pub enum Effect {
    /// Read rows; at most one such effect is under way.
    Load(LoadRequest),
    /// Read which workflows are active: some of them have pending actions.
    LoadActive {
        /// Above this.
        after: WorkflowId,
        /// At most so many.
        limit: usize,
    },
    /// Read which timers come next.
    LoadTimers {
        /// After this place.
        after: (Timestamp, WorkflowId),
        /// Not later.
        until: Timestamp,
        /// At most so many.
        limit: usize,
    },
    /// Read who wants and holds slots.
    LoadPools,
    /// Remove early events whose time has passed.
    DropEarly {
        /// At most so many.
        limit: usize,
    },
    /// Write durably, one after another in this order, and say of each how it ended. The next one may be handed over
    /// before this one has ended: it relies on it. So after one that failed, those that were handed over before the core
    /// was told are not to be carried out; they have failed too.
    Commit(Arc<Batch>),
    /// Tell a submitter; always after the commit.
    Answer {
        /// Which.
        ticket: Ticket,
        /// What.
        answer: Result<Receipt, SubmitError>,
    },
    /// Attempt an action; always after the commit.
    StartAction(StartAction),
    /// Tell whoever watches.
    Announce(Announcement),
    /// A workflow of a part wants, holds or gave back a slot: whoever gives them away should look.
    SlotsMoved,
    /// Send a [`Input::Tick`] then.
    WakeAt(Timestamp),
    /// Tell the operator.
    Note(Note),
}

/// One attempt at an action.
#[derive(Debug, Clone)]
pub struct StartAction {
    /// Workflow.
    pub workflow: WorkflowId,
    /// Kind.
    pub kind: &'static str,
    /// Key.
    pub key: Arc<str>,
    /// Action.
    pub action: ActionId,
    /// Stable name.
    pub name: &'static str,
    /// Value.
    pub fact: Fact,
    /// From 1.
    pub attempt: u32,
    /// An earlier attempt may have done it.
    pub maybe_done: bool,
    /// Last committed state.
    pub state: StateRef,
    /// Milliseconds it may take; then it counts as ambiguous.
    pub timeout_ms: u64,
    /// It may overlap with another attempt of it, even on another node.
    pub repeatable: bool,
}

/// A typed state, opaque in Debug output.
#[derive(Clone)]
pub struct StateRef(pub Typed);

impl std::fmt::Debug for StateRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StateRef")
    }
}

/// A workflow changed, durably.
#[derive(Debug, Clone)]
pub struct Announcement {
    /// Workflow.
    pub workflow: WorkflowId,
    /// Kind.
    pub kind: Arc<str>,
    /// Revision.
    pub revision: u64,
    /// Status.
    pub status: &'static str,
    /// Name of the last event.
    pub event_name: String,
}

/// Something an operator should be able to read in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// An event kept early was dropped after its time (E3).
    DroppedEarly {
        /// Kind.
        kind: Arc<str>,
        /// Key.
        key: Arc<str>,
        /// Event id.
        id: EventId,
    },
    /// A row cannot be read by this version.
    Unreadable {
        /// Workflow.
        workflow: WorkflowId,
        /// Why.
        why: String,
    },
    /// A timer of a name that the kind does not know was dropped.
    UnknownTimer {
        /// Workflow.
        workflow: WorkflowId,
        /// Name.
        name: String,
    },
    /// An answer, timer or grant was refused by its workflow.
    Refused {
        /// Workflow.
        workflow: WorkflowId,
        /// Event id.
        id: EventId,
        /// Why.
        why: String,
    },
    /// A commit failed.
    CommitFailed(CommitError),
    /// A read failed; it is tried again.
    ReadFailed(StoreError),
}
