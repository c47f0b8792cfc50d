//! Agents: the programs that think, behind one trait.
//!
//! A new agent is a file here and an arm in [`choose`]. The worker gives every agent the same: a task, the change, a
//! session folder that is still there in the next run, and a place to report to. An agent is dropped when its run is
//! stopped or out of time, at any point; what it reported until then is handed in.

pub mod command;
pub mod rules;
mod rules_agent;
mod session;

pub use rules_agent::{RulesAgent, input_of};

use crate::{change::Change, patch::PatchBuilder, reports::Reporter};
use environment::Environment;
use protocol::{AgentIdentity, AgentSpec, Finding, Outcome, Patch, SessionState, Task};
use std::{ffi::OsStr, path::Path};

/// What an agent is given.
#[derive(Debug)]
pub struct Assignment<'a> {
    /// Clock and tasks.
    pub environment: &'a Environment,
    /// What to do.
    pub task: &'a Task,
    /// The change to read.
    pub change: &'a Change,
    /// A folder on the volume that only this kind of agent writes; not made yet in a first run.
    pub session_dir: &'a Path,
    /// Whether the folder was put there from a checkpoint, after its volume was lost.
    pub seeded: bool,
    /// The files of the head, for agents that [want them](Agent::wants_files).
    pub workspace: &'a Path,
    /// The change as a diff, for agents that want files.
    pub diff: &'a Path,
    /// A temporary folder.
    pub temporary: &'a Path,
    /// `PATH` for programs.
    pub path: &'a OsStr,
    /// Makes patches.
    pub patches: &'a PatchBuilder,
}

/// What an agent came to.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentOutcome {
    /// How it ended.
    pub outcome: Outcome,
    /// All findings, known ones included; reported before, and now with their final marks.
    pub findings: Vec<Finding>,
    /// A change it proposes, or, when it carries out a decision, the approved one.
    pub patch: Option<Patch>,
    /// Changed files it read; none if it does not say.
    pub files_read: Option<u32>,
    /// What it did not check, a few words each.
    pub not_checked: Vec<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// What became of its session.
    pub session: SessionState,
    /// What it cost, in millionths of a dollar.
    pub cost_microusd: u64,
}

/// Why an agent came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// It could not do its work.
    #[error("{0}")]
    Failed(String),
    /// It does not speak the protocol.
    #[error("{0}")]
    Protocol(String),
}

impl AgentError {
    /// Stable code for a result.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Failed(_) => "agent_failed",
            Self::Protocol(_) => "agent_protocol",
        }
    }
}

/// A program that thinks.
#[async_trait::async_trait]
pub trait Agent: Send {
    /// Who it is.
    fn identity(&self) -> AgentIdentity;

    /// Whether it needs the files of the head in the workspace, and the diff.
    fn wants_files(&self) -> bool;

    /// Does the task. Everything it starts ends when this future is dropped.
    ///
    /// # Errors
    /// [`AgentError`] when there is nothing to hand in but what was reported.
    async fn run(&mut self, assignment: &Assignment<'_>, reports: &Reporter) -> Result<AgentOutcome, AgentError>;
}

/// The agent for a task, and the name of its session folder.
pub(crate) fn choose(spec: &AgentSpec) -> (Box<dyn Agent>, &'static str) {
    match spec {
        AgentSpec::Rules { options } => (Box::new(RulesAgent::new(options.clone())), "rules"),
        AgentSpec::Command { command } => (Box::new(command::CommandAgent::new(command.clone())), "command"),
    }
}

/// What became of a session, from what was expected and what was found.
pub(crate) const fn session_state(task: &Task, seeded: bool, found: bool) -> SessionState {
    match (found, seeded, task.session_expected) {
        (true, true, _) => SessionState::Seeded,
        (true, false, _) => SessionState::Resumed,
        (false, _, true) => SessionState::Missing,
        (false, _, false) => SessionState::Began,
    }
}
