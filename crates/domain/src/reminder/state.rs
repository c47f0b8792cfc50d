//! The state of a reminder.

use super::{RECURS_MS_MAX, id::ReminderId};
use crate::{
    ids::PullRequestRef,
    people::{Person, Via},
};
use engine::Timestamp;
use serde::{Deserialize, Serialize};

/// Asks to cancel that are judged at once; more are kept until these are.
pub(super) const CANCELS_MAX: usize = 5;

/// Everything about one reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Where.
    pub pr: PullRequestRef,
    /// Its id.
    pub id: ReminderId,
    /// The ask that began it.
    pub ask: String,
    /// Who asked.
    pub by: Person,
    /// How it reached us, and where the answer goes.
    pub via: Via,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// For what.
    pub wish: Wish,
    /// How far it is.
    pub phase: Phase,
    /// Comments delivered.
    pub delivered: u32,
    /// Asks to cancel that are being judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cancels: Vec<Cancel>,
    /// Keys of answers, and of signs on comments, that are on their way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owed: Vec<String>,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "wish", rename_all = "snake_case")]
pub enum Wish {
    /// To be reminded.
    Remind {
        /// When.
        plan: Plan,
        /// Name of the zone it was read in.
        zone: String,
        /// Of what; hostile, bounded, may be empty.
        text: String,
    },
    /// Something about reminders that was not understood.
    Misunderstood {
        /// A sentence without its full stop.
        why: String,
    },
    /// To see the active ones.
    List,
    /// To cancel one that there is not.
    CancelUnknown {
        /// As it was written.
        id: String,
    },
}

/// When to remind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "plan", rename_all = "snake_case")]
pub enum Plan {
    /// Once, at a fixed instant.
    Once {
        /// When.
        at: Timestamp,
    },
    /// In a rhythm.
    Every {
        /// As a cron expression over the calendar of the zone.
        rule: String,
        /// In words.
        words: String,
        /// The first time.
        first: Timestamp,
    },
}

impl Plan {
    /// The first time.
    pub const fn first(&self) -> Timestamp {
        match self {
            Self::Once { at } | Self::Every { first: at, .. } => *at,
        }
    }
}

/// How far a reminder is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// What decides about it is being read.
    Asked,
    /// It waits.
    Waiting {
        /// For this time.
        due: Timestamp,
    },
    /// The comment is on its way.
    Delivering {
        /// When it was due.
        due: Timestamp,
    },
    /// It is over.
    Over {
        /// How it ended.
        end: End,
    },
}

/// How a reminder ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// Delivered; a recurring one for the last time.
    Delivered,
    /// It was a question, and is answered.
    Answered,
    /// It was not granted.
    Refused,
    /// Somebody cancelled it.
    Cancelled {
        /// Who.
        by: String,
    },
    /// Its pull request closed.
    Closed,
    /// There is no access to the repository any more, or GitHub could not be reached for too long.
    NotDelivered {
        /// A few words.
        why: String,
    },
}

/// Somebody asks to cancel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// The ask.
    pub ask: String,
    /// Who.
    pub by: Person,
    /// Where the answer goes.
    pub via: Via,
}

impl State {
    /// Name of the status.
    pub const fn status(&self) -> &'static str {
        match &self.phase {
            Phase::Asked => "asked",
            Phase::Waiting { .. } => "waiting",
            Phase::Delivering { .. } => "delivering",
            Phase::Over { end } => match end {
                End::Delivered => "delivered",
                End::Answered => "answered",
                End::Refused => "refused",
                End::Cancelled { .. } => "cancelled",
                End::Closed => "closed",
                End::NotDelivered { .. } => "not_delivered",
            },
        }
    }

    /// It will remind, or may.
    pub const fn is_active(&self) -> bool {
        matches!(self.wish, Wish::Remind { .. }) && !matches!(self.phase, Phase::Over { .. })
    }

    /// When it is due, or was.
    pub const fn due(&self) -> Option<Timestamp> {
        match &self.phase {
            Phase::Waiting { due } | Phase::Delivering { due } => Some(*due),
            Phase::Asked | Phase::Over { .. } => None,
        }
    }

    /// A recurring one ends here.
    pub const fn ends(&self) -> Timestamp {
        self.asked_at.plus_millis(RECURS_MS_MAX)
    }

    /// Why it is where it is, a few words.
    pub fn explain(&self) -> String {
        match &self.phase {
            Phase::Over { end: End::Cancelled { by } } => format!("reminder {}: cancelled by {by}", self.id),
            Phase::Over { end: End::NotDelivered { why } } => format!("reminder {}: not delivered, {why}", self.id),
            _ => format!("reminder {} of {} on {}", self.id, self.by.login, self.pr.title()),
        }
    }
}
