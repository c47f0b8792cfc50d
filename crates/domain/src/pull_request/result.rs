//! What follows from a run's result, without what lies beside.

use crate::policy::Severity;
use serde::{Deserialize, Serialize};

/// What follows from a result, without what lies beside.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ResultFacts {
    /// Blob of the whole result.
    pub digest: String,
    /// How the run ended.
    pub outcome: RunOutcome,
    /// Head that was read.
    pub head_sha: String,
    /// Findings that are open.
    pub findings: Counts,
    /// Of these, not published before.
    pub new: u32,
    /// Published before and gone now.
    pub resolved: u32,
    /// Files read; none if the agent does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files_read: Option<u32>,
    /// Files to read.
    pub files_total: u32,
    /// A patch that the push guard would take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<PatchFacts>,
}

/// Findings by severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Harm.
    pub high: u32,
    /// Defects.
    pub medium: u32,
    /// Worth a look.
    pub low: u32,
}

impl Counts {
    /// All.
    pub const fn all(self) -> u32 {
        self.high + self.medium + self.low
    }

    /// The worst there is.
    pub const fn worst(self) -> Option<Severity> {
        match (self.high, self.medium, self.low) {
            (0, 0, 0) => None,
            (0, 0, _) => Some(Severity::Low),
            (0, _, _) => Some(Severity::Medium),
            _ => Some(Severity::High),
        }
    }
}

/// A patch, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PatchFacts {
    /// SHA-256 of the diff.
    pub digest: String,
    /// Findings it fixes.
    pub fixes: u32,
    /// Files it changes.
    pub files: u32,
}

impl PatchFacts {
    /// The first six digits, for people.
    pub fn short(&self) -> &str {
        self.digest.get(..6).unwrap_or(&self.digest)
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RunOutcome {
    /// Everything was read.
    Reviewed,
    /// The session confirms the approved patch.
    ApplyApproved {
        /// Digest of the patch.
        digest: String,
    },
    /// A decision was noted.
    DecisionNoted,
    /// The agent asks.
    Asked,
    /// A question was answered; the answer lies beside.
    Answered,
    /// A budget ended it.
    BudgetReached {
        /// The budget, in words.
        limit: String,
    },
    /// It could not do its work.
    Failed {
        /// A sentence.
        message: String,
    },
}
