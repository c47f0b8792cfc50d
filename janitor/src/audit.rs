use crate::{Kind, Outcome, OwnersError};
use async_trait::async_trait;
use environment::Timestamp;
use serde::{Deserialize, Serialize};

/// What the janitor did, or set out to do, kept for those who ask later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When the pass looked at it.
    #[serde(rename = "at_ms")]
    pub at: Timestamp,
    /// Who let it pass: `schedule`, or the name of an API token.
    pub by: String,
    /// What it is.
    pub kind: Kind,
    /// The backend's id, or the workflow's.
    pub id: String,
    /// Our name.
    pub name: String,
    /// The workflow that it was made for; may be empty.
    pub workflow: String,
    /// How far it came. An entry that stays `begun` belongs to a supervisor that ended meanwhile.
    pub stage: Stage,
    /// Why, a sentence.
    pub reason: String,
}

/// How far a deed came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The call was about to be made.
    Begun,
    /// It is done.
    Done,
    /// It failed.
    Failed,
}

impl Stage {
    /// Stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// The durable record. What cannot be written there is not done.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Writes an entry durably; a later one of the same pass about the same thing takes its place.
    async fn write(&self, entry: &Entry) -> Result<(), OwnersError>;
}

impl From<Outcome> for Stage {
    fn from(outcome: Outcome) -> Self {
        if outcome == Outcome::Failed { Self::Failed } else { Self::Done }
    }
}
