//! What a reminder's workflow intends, in the imperative.

use super::event::{Event, Failed};
use crate::people::Via;
use engine::{ActionFailure, ActionOptions, Timestamp, Turn};
use serde::{Deserialize, Serialize};

/// Characters of a failure that are kept.
const MESSAGE_CHARS_MAX: usize = 500;

/// An intent to change or read the outside world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "a", rename_all = "snake_case")]
pub enum Action {
    /// Read what decides whether the wish is granted.
    ReadStanding,
    /// Read what somebody may do who asks to cancel.
    ReadPermission {
        /// The ask.
        ask: String,
        /// Who.
        login: String,
    },
    /// Read whether the pull request is open.
    ReadPullRequest,
    /// Bring the comment about that reminds.
    Deliver {
        /// Which one, from 1; the same number is the same comment.
        number: u32,
        /// When it was due.
        due: Timestamp,
    },
    /// Show on a comment that it was taken in.
    React {
        /// The ask.
        ask: String,
        /// The comment.
        to: Via,
    },
    /// Bring a comment about that answers.
    Reply {
        /// Unique in the workflow; the same key is the same comment.
        key: String,
        /// Where.
        to: Via,
        /// What it says.
        text: ReplyText,
    },
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "snake_case")]
pub enum ReplyText {
    /// It is set: when exactly, and how to cancel it.
    Confirmed,
    /// It was not understood; with examples.
    Misunderstood {
        /// A sentence without its full stop.
        why: String,
    },
    /// They may not.
    NotPermitted {
        /// Login.
        login: String,
        /// What they may do.
        permission: String,
    },
    /// There are as many as there may be.
    TooMany {
        /// That many.
        max: u32,
        /// Of this person, else on this pull request.
        of_person: bool,
    },
    /// The pull request is closed.
    PullRequestClosed,
    /// The active ones of the pull request.
    List,
    /// There is no such reminder.
    NoSuch {
        /// As it was written.
        id: String,
    },
    /// It is cancelled.
    Cancelled,
    /// It was over before.
    OverAlready,
    /// Something could not be read that decides; please ask again.
    Unreadable,
}

impl Action {
    /// Stable names, in the order of the enum.
    pub const NAMES: [&'static str; 6] = [
        "read_standing",
        "read_reminder_permission",
        "read_reminder_pull_request",
        "deliver",
        "reply_about_reminder",
        "react_about_reminder",
    ];

    /// Stable name. No name is also one of a pull request's actions, so that a crash point means one of them.
    pub const fn name(&self) -> &'static str {
        let place = match self {
            Self::ReadStanding => 0,
            Self::ReadPermission { .. } => 1,
            Self::ReadPullRequest => 2,
            Self::Deliver { .. } => 3,
            Self::Reply { .. } => 4,
            Self::React { .. } => 5,
        };
        Self::NAMES[place]
    }

    /// How the engine treats it. What a person waits for must not queue behind a delivery that is being tried again.
    pub const fn options(&self) -> ActionOptions {
        let usual = ActionOptions {
            turn: Turn::Independent,
            attempts_max: 8,
            timeout_ms: 30_000,
            backoff_ms: 500,
            backoff_max_ms: 60_000,
            repeatable: false,
        };
        match self {
            Self::ReadStanding | Self::ReadPermission { .. } | Self::ReadPullRequest => {
                ActionOptions { repeatable: true, ..usual }
            }
            Self::Deliver { .. } => ActionOptions { turn: Turn::InOrder, timeout_ms: 60_000, ..usual },
            // A sign that somebody was heard is worth something for seconds: a second attempt, no more, and no waiting.
            Self::React { .. } => {
                ActionOptions { attempts_max: 2, timeout_ms: 5_000, backoff_ms: 250, backoff_max_ms: 1_000, ..usual }
            }
            _ => usual,
        }
    }

    /// The event of its failure.
    pub fn failed(&self, failure: &ActionFailure) -> Event {
        let failed = match self {
            Self::ReadStanding => Failed::ReadStanding,
            Self::ReadPermission { ask, .. } => Failed::ReadPermission { ask: ask.clone() },
            Self::ReadPullRequest => Failed::ReadPullRequest,
            Self::Deliver { number, .. } => Failed::Deliver { number: *number },
            Self::Reply { key, .. } => Failed::Reply { key: key.clone() },
            Self::React { ask, .. } => Failed::React { ask: ask.clone() },
        };
        let message = failure.message.chars().take(MESSAGE_CHARS_MAX).collect();
        Event::ActionFailed { failed, message, ambiguous: failure.ambiguous }
    }
}
