//! Facts about a reminder, in the past tense.

use super::{state::Wish, timer::Timer};
use crate::{
    ids::PullRequestRef,
    people::{Permission, Person, Via},
};
use engine::Timestamp;
use serde::{Deserialize, Serialize};

/// A fact about one reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "e", rename_all = "snake_case")]
pub enum Event {
    /// Somebody asked; begins the workflow.
    Asked {
        /// Where.
        pr: PullRequestRef,
        /// Unique: the comment it came with.
        ask: String,
        /// Who.
        by: Person,
        /// How it reached us, and where the answer goes.
        via: Via,
        /// For what, as it was read.
        wish: Box<Wish>,
    },
    /// What decides whether the wish is granted was read.
    StandingRead {
        /// What was found.
        standing: Standing,
    },
    /// Something is due.
    TimerFired {
        /// What.
        timer: Timer,
    },
    /// The comment is there.
    Delivered {
        /// Which one, from 1.
        number: u32,
        /// When the next is due, of a recurring one that goes on.
        next: Option<Timestamp>,
        /// Earlier occurrences that this one stands for as well.
        missed: u32,
        /// Where the repository is now.
        pr: PullRequestRef,
    },
    /// It could not be delivered, and why.
    NotDelivered {
        /// Which one.
        number: u32,
        /// Why.
        why: NotDelivered,
    },
    /// Something was said that may mean that the pull request closed.
    Hinted,
    /// The pull request was read after a hint; open or not.
    PullRequestRead {
        /// It is open.
        open: bool,
    },
    /// Somebody asks to cancel it.
    CancelAsked {
        /// Unique: the comment it came with.
        ask: String,
        /// Who.
        by: Person,
        /// How it reached us, and where the answer goes.
        via: Via,
    },
    /// What somebody may do was read.
    PermissionRead {
        /// The ask to cancel.
        ask: String,
        /// What they may do.
        permission: Permission,
    },
    /// Access to the repository changed.
    AccessChanged {
        /// How.
        change: AccessChange,
    },
    /// A comment shows that it was taken in.
    Reacted {
        /// The ask.
        ask: String,
    },
    /// A comment of ours is there.
    Replied {
        /// Its key.
        key: String,
    },
    /// An action failed for good.
    ActionFailed {
        /// Which.
        failed: Failed,
        /// A sentence.
        message: String,
        /// It may have happened all the same.
        ambiguous: bool,
    },
}

/// What decides whether a wish is granted (E12: whatever a transition depends on arrives in an event).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// What the person may do.
    pub permission: Permission,
    /// The pull request is open.
    pub open: bool,
    /// Active reminders of this person on this pull request that were asked for earlier.
    pub by_person: u32,
    /// Active reminders on this pull request that were asked for earlier.
    pub on_pull_request: u32,
}

/// Why something was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum NotDelivered {
    /// The pull request is closed.
    Closed,
    /// The repository cannot be written to any more.
    Archived,
    /// It cannot be read now; access may come back.
    NoAccess {
        /// A few words.
        why: String,
    },
}

/// How access to a repository changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum AccessChange {
    /// It is gone: the installation was removed, the repository withdrawn, deleted or archived.
    Lost {
        /// A few words.
        why: String,
    },
    /// It is back.
    Restored,
    /// The repository is elsewhere now.
    Moved {
        /// Installation, if it was named.
        installation: Option<u64>,
        /// Owner's login.
        owner: String,
        /// Name.
        name: String,
    },
}

/// What failed for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Failed {
    /// Reading what decides.
    ReadStanding,
    /// Reading a permission.
    ReadPermission {
        /// For this ask.
        ask: String,
    },
    /// Reading the pull request.
    ReadPullRequest,
    /// Delivering.
    Deliver {
        /// Which one.
        number: u32,
    },
    /// A reply.
    Reply {
        /// Its key.
        key: String,
    },
    /// The sign on a comment.
    React {
        /// The ask.
        ask: String,
    },
}
