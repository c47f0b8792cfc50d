use crate::{Finding, Patch, PatchDigest};
use serde::{Deserialize, Serialize};

/// `POST /worker/v1/runs/{run}/result`: closes the run; idempotent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResultRequest {
    /// The result.
    pub result: RunResult,
    /// A copy of `agent/`, so that a lost volume can be seeded again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
}

/// The result is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultAnswer {
    /// Taken.
    Accepted,
    /// It was there already.
    AlreadyHave,
}

/// What a run came to. Complete in itself: whatever was streamed before is in it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// How it ended.
    pub outcome: Outcome,
    /// Head that was read.
    pub head_sha: String,
    /// Base that it was compared with.
    pub base_sha: String,
    /// Merge base of the two, where the comparison begins.
    pub merge_base: String,
    /// All findings of this run, known ones included.
    pub findings: Vec<Finding>,
    /// A change that fixes those marked `in_patch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<Patch>,
    /// What was read and what was not.
    pub coverage: Coverage,
    /// Who read it.
    pub agent: AgentIdentity,
    /// What became of the session.
    pub session: SessionState,
    /// What it cost, in millionths of a dollar.
    pub cost_microusd: u64,
    /// How long the agent took, in milliseconds.
    pub duration_ms: u64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Everything was read; `findings` says what was found, a `patch` asks for a decision.
    Reviewed,
    /// A decision was carried out: push the approved patch, byte for byte.
    ApplyApproved {
        /// Digest of what the agent's session proposed and a person approved.
        digest: PatchDigest,
    },
    /// A decision was noted in the session; nothing to push.
    DecisionNoted,
    /// The agent asks a person a question.
    Asked {
        /// The question.
        question: String,
    },
    /// A question was answered.
    Answered {
        /// The answer, Markdown; at most [`ANSWER_BYTES_MAX`](crate::ANSWER_BYTES_MAX) bytes.
        answer: String,
    },
    /// A budget ended it; the findings are partial.
    BudgetReached {
        /// The budget, in words: `$0.50`, `20 minutes`.
        limit: String,
    },
    /// It could not do its work.
    Failed {
        /// Stable reason: `checkout_failed`, `agent_failed`, `agent_protocol`, `stopped`, `volume_refused`, `volume_full`.
        code: String,
        /// A sentence.
        message: String,
    },
}

/// What was read and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Changed files that were read; none if the agent does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files_read: Option<u32>,
    /// Changed files.
    pub files_total: u32,
    /// What was not checked, a few words each: `logic`, `submodule vendor/x`, `LFS file a.bin`.
    pub not_checked: Vec<String>,
    /// What a reader should know about the run itself: `whitespace: 4 lines in 2 files`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Who read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentIdentity {
    /// `rules`, `command`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is, a few words: `fixed checks, no model`.
    pub what: String,
}

/// What became of the session on the volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// First run: a session was begun.
    Began,
    /// The session of an earlier run was found and continued.
    Resumed,
    /// One was expected and not found.
    Missing,
    /// It was seeded from a checkpoint after the volume was lost.
    Seeded,
}

/// A bounded copy of `agent/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Files by path below `agent/`, content in base64.
    pub files: std::collections::BTreeMap<String, String>,
}
