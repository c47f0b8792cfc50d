//! What a submitter is told, and what an action's executor tells the engine.

use crate::{Illegal, WorkflowId};
use std::time::Duration;

/// An event was made durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The workflow; zero when the event is kept for one that does not exist yet.
    pub workflow: WorkflowId,
    /// Its revision after the event.
    pub revision: u64,
    /// Its status after the event.
    pub status: String,
    /// The event id was known: nothing changed (E2).
    pub duplicate: bool,
    /// It came too early and is kept (E3).
    pub kept: bool,
}

/// An event was not accepted; nothing of it was committed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SubmitError {
    /// A bound is reached.
    #[error("overloaded; try again in {} ms", retry_after.as_millis())]
    Overloaded {
        /// When to come again.
        retry_after: Duration,
    },
    /// The workflow refuses it.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// The event, or the state it leads to, exceeds its limit (E4).
    #[error("{bytes} bytes exceed the limit of {max}; put the content beside the workflow and cite its digest")]
    TooLarge {
        /// Bytes it has.
        bytes: usize,
        /// Bytes it may have.
        max: usize,
    },
    /// The workflow's key exceeds its limit (E9).
    #[error(
        "a key of {bytes} bytes exceeds the limit of {max}; name the workflow by something shorter, or by a digest"
    )]
    KeyTooLong {
        /// Bytes it has.
        bytes: usize,
        /// Bytes it may have.
        max: usize,
    },
    /// The database failed. The event may have been recorded; submit it again under the same id.
    #[error("not recorded; submit it again under the same id: {0}")]
    Store(crate::StoreError),
    /// The engine is shut down.
    #[error("the engine is shut down")]
    Stopped,
}

/// How an attempt at an action failed (E6).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// It did not happen; another attempt may succeed.
    #[error("{message}")]
    Retryable {
        /// A sentence.
        message: String,
        /// The server's word on when to come again.
        retry_after: Option<Duration>,
    },
    /// It did not happen and never will.
    #[error("{message}")]
    Permanent {
        /// A sentence.
        message: String,
    },
    /// It was not tried, for a reason that is not its own; it does not count as an attempt and is tried again after
    /// `wait`, for as long as that takes.
    #[error("{message}")]
    Postponed {
        /// A sentence.
        message: String,
        /// Until it is looked at again.
        wait: Duration,
    },
    /// It may have happened: the next attempt looks before it repeats.
    #[error("{message}")]
    Ambiguous {
        /// A sentence.
        message: String,
    },
}
