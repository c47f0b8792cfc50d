use crate::{Checkpoint, PatchDigest};
use serde::{Deserialize, Serialize};

/// What a run shall do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Workflow id, `wf_12`.
    pub workflow: String,
    /// Deployment id; `meta.json` on the volume must carry the same.
    pub deployment: String,
    /// Number of this run.
    pub run: u32,
    /// `owner/name`, for words only.
    pub repository: String,
    /// Pull request number.
    pub number: u64,
    /// Title, hostile text.
    pub title: String,
    /// Commit to read.
    pub head_sha: String,
    /// Commit of the base branch to compare with.
    pub base_sha: String,
    /// Name of the base branch, for words only.
    pub base_ref: String,
    /// Path of the git gateway below the supervisor's address; the credential goes as a bearer token.
    pub git_path: String,
    /// What to do.
    pub purpose: Purpose,
    /// Who does it.
    pub agent: AgentSpec,
    /// Whether an earlier run left a session on this volume.
    pub session_expected: bool,
    /// State to put into an empty volume before the agent starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Checkpoint>,
    /// What people decided so far, oldest first.
    pub decisions: Vec<DecisionRecord>,
    /// Ids of findings that were already published.
    pub known_findings: Vec<String>,
    /// Whether a patch may be proposed.
    pub fixes: bool,
    /// Bounds.
    pub limits: TaskLimits,
}

/// What a run is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub enum Purpose {
    /// Read the change.
    Review {
        /// Why now, a few words: `opened`, `new commits`, `asked by a person`.
        reason: String,
    },
    /// Carry out a decision in the same session.
    Decision {
        /// The decision.
        decision: DecisionRecord,
        /// Digest of the patch it is about.
        patch: PatchDigest,
    },
    /// Answer a person's question in the same session; nothing else changes.
    Question {
        /// The question, a person's words: hostile.
        question: String,
        /// Login of who asks.
        asked_by: String,
        /// What people can write instead, so that an agent can point to it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        commands: Vec<CommandHelp>,
    },
}

/// One command that people can write in a comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandHelp {
    /// `@longshore review`.
    pub usage: String,
    /// What it does.
    pub does: String,
}

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// Id of the request.
    pub request: String,
    /// Kind of the request: `fix`, `ask`.
    pub kind: String,
    /// `yes`, `no`, or the words of an answer.
    pub answer: String,
    /// Unix milliseconds.
    pub decided_at_ms: u64,
}

/// Which agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AgentSpec {
    /// The built-in fixed checks.
    Rules {
        /// Options.
        #[serde(default)]
        options: RulesOptions,
    },
    /// A program that speaks the JSON-lines protocol of `docs/command-agent.md`.
    Command {
        /// Program and arguments.
        command: Vec<String>,
    },
}

/// Options of the fixed checks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RulesOptions {
    /// Names of rules that are off.
    #[serde(default)]
    pub off: Vec<String>,
}

/// Bounds of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskLimits {
    /// From claim to result, in milliseconds; the worker hands in what it has when it is reached.
    pub total_ms: u64,
    /// A signal at least this often, in milliseconds.
    pub heartbeat_ms: u64,
    /// How long the worker bears a supervisor that does not answer, in milliseconds.
    pub supervisor_away_ms: u64,
    /// Changed files read at most.
    pub files_max: u32,
    /// Bytes of a file read at most.
    pub file_bytes_max: u64,
}
