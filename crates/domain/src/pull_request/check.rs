//! What a check run shall show, and how it concludes.

use super::{request::Button, result::Counts, state::State};
use crate::{
    gates,
    ids::RequestId,
    policy::{Gate, Policy},
};
use serde::{Deserialize, Serialize};

/// A check run as it is wanted. Publishing is level-triggered: it is behind while `published` is below `revision`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Check {
    /// Its run; 0 for a check that tells why there is none.
    pub run: u32,
    /// Its commit.
    pub sha: String,
    /// What it shows.
    pub face: Face,
    /// Counts up with each change of what it shows.
    pub revision: u32,
    /// Revision that GitHub shows.
    pub published: u32,
    /// GitHub's id, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_run: Option<u64>,
    /// Where its publishing is.
    pub publishing: Publishing,
    /// There may be two of it: it is published once more when the other must have landed, which ends that one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsure: bool,
}

/// Where publishing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Publishing {
    /// Nothing is under way.
    No,
    /// Asked for.
    Asked,
    /// It failed; it is tried again later.
    Later,
}

/// What a check shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "shows", rename_all = "snake_case")]
pub enum Face {
    /// A run is due.
    Queued,
    /// A run is under way.
    InProgress {
        /// Findings so far.
        findings: u32,
        /// Files read.
        files_read: u32,
        /// Files to read.
        files_total: u32,
    },
    /// Everything was read.
    Reviewed {
        /// Blob of the result.
        result: String,
        /// What was found.
        findings: Counts,
    },
    /// A patch or a question waits for a person.
    NeedsDecision {
        /// Blob of the result.
        result: String,
        /// What was found.
        findings: Counts,
        /// The request.
        request: RequestId,
    },
    /// The request was answered.
    Decided {
        /// Blob of the result.
        result: Option<String>,
        /// The request.
        request: RequestId,
    },
    /// The request's time ran out.
    NotDecided {
        /// Blob of the result.
        result: Option<String>,
        /// The request.
        request: RequestId,
    },
    /// A budget ended the run.
    Stopped {
        /// Blob of the partial result.
        result: String,
        /// What was found.
        findings: Counts,
        /// The budget, in words.
        limit: String,
        /// "Continue".
        request: Option<RequestId>,
    },
    /// Infrastructure.
    NotCompleted {
        /// A few words.
        why: String,
        /// "Retry".
        request: Option<RequestId>,
    },
    /// A gate is closed.
    Gated {
        /// Which.
        gate: gates::Closed,
        /// "Review it".
        request: Option<RequestId>,
    },
    /// Paused by a person.
    Paused {
        /// Login.
        by: String,
    },
    /// Another commit took its place.
    Superseded {
        /// The commit.
        by: String,
    },
    /// Stopped by a person, by closing, or because another run follows.
    Cancelled {
        /// A few words.
        why: String,
    },
    /// The approved patch was pushed.
    Applied {
        /// The request.
        request: RequestId,
        /// The new commit.
        sha: String,
        /// Findings the patch left open.
        open: Counts,
    },
    /// The approved patch was not pushed.
    PushRefused {
        /// The request.
        request: RequestId,
        /// A sentence.
        reason: String,
    },
}

/// Conclusion of a completed check run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Nothing found.
    Success,
    /// Findings, or not completed.
    Neutral,
    /// Findings, and the repository asked for it.
    Failure,
    /// A person must decide.
    ActionRequired,
    /// Not reviewed.
    Skipped,
    /// Replaced.
    Cancelled,
}

impl Face {
    /// How it concludes; none while it is open.
    pub fn conclusion(&self, policy: &Policy) -> Option<Conclusion> {
        let advisory = |conclusion| match policy.gate {
            Gate::Advisory => conclusion,
            Gate::Required => Conclusion::ActionRequired,
        };
        Some(match self {
            Self::Queued | Self::InProgress { .. } => return None,
            Self::Reviewed { findings, .. } | Self::Applied { open: findings, .. } => of_findings(*findings, policy),
            Self::NeedsDecision { .. } => Conclusion::ActionRequired,
            // Somebody looked and answered: neither green nor in the way.
            Self::Decided { .. } => Conclusion::Neutral,
            Self::NotDecided { .. } | Self::Stopped { .. } | Self::NotCompleted { .. } | Self::PushRefused { .. } => {
                advisory(Conclusion::Neutral)
            }
            Self::Gated { .. } | Self::Paused { .. } => advisory(Conclusion::Skipped),
            Self::Superseded { .. } | Self::Cancelled { .. } => Conclusion::Cancelled,
        })
    }

    /// The request it shows buttons for, while that is open.
    pub const fn request(&self) -> Option<&RequestId> {
        match self {
            Self::NeedsDecision { request, .. } => Some(request),
            Self::Stopped { request, .. } | Self::NotCompleted { request, .. } | Self::Gated { request, .. } => {
                request.as_ref()
            }
            _ => None,
        }
    }
}

fn of_findings(findings: Counts, policy: &Policy) -> Conclusion {
    match findings.worst() {
        None => Conclusion::Success,
        Some(worst) if policy.fail_on.is_some_and(|least| worst >= least) => Conclusion::Failure,
        Some(_) if policy.gate == Gate::Required => Conclusion::ActionRequired,
        Some(_) => Conclusion::Neutral,
    }
}

impl Check {
    /// Its buttons: only while its request is the open one.
    pub fn buttons(&self, state: &State) -> Vec<Button> {
        match (self.face.request(), &state.request) {
            (Some(shown), Some(open)) if *shown == open.id => open.buttons(),
            _ => Vec::new(),
        }
    }

    /// Nothing of it is left to publish, and it will not change by itself.
    pub fn is_settled(&self, policy: &Policy) -> bool {
        self.published == self.revision && !self.unsure && self.face.conclusion(policy).is_some()
    }
}
