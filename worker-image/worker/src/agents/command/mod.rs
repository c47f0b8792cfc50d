//! The `command` agent: any program that speaks the JSON lines of `docs/command-agent.md`.
//!
//! The program is as untrusted as the pull request it reads. [`lines`] bounds what it writes, [`message`] reads it,
//! [`heard`] gathers it into an outcome, [`process`] starts it from an empty environment and ends it as a tree.

mod heard;
mod lines;
mod message;
mod process;
mod tree;

use super::{Agent, AgentError, AgentOutcome, Assignment, session_state};
use crate::{reports::Reporter, volume::real_dir};
use async_trait::async_trait;
use heard::Heard;
use message::{Assigned, Message};
use process::Program;
use protocol::AgentIdentity;

/// Any program.
#[derive(Debug)]
pub struct CommandAgent {
    command: Vec<String>,
}

impl CommandAgent {
    /// Program and arguments.
    pub const fn new(command: Vec<String>) -> Self {
        Self { command }
    }
}

#[async_trait]
impl Agent for CommandAgent {
    fn identity(&self) -> AgentIdentity {
        let name = self.command.first().and_then(|program| program.rsplit('/').next()).unwrap_or("command");
        AgentIdentity { name: "command".into(), version: "1".into(), what: format!("the program `{name}`") }
    }

    fn wants_files(&self) -> bool {
        true
    }

    async fn run(&mut self, assignment: &Assignment<'_>, reports: &Reporter) -> Result<AgentOutcome, AgentError> {
        let found = std::fs::read_dir(assignment.session_dir).is_ok_and(|mut entries| entries.next().is_some());
        real_dir(assignment.session_dir)
            .map_err(|error| AgentError::Failed(format!("the session folder cannot be made: {error}")))?;
        let mut program = Program::start(&self.command, assignment, reports)?;
        program.tell(&Assigned::of(assignment)).await?;
        let mut heard = Heard::new(assignment, reports);
        while !heard.is_done() {
            let Some(line) = program.next_line().await? else { break };
            heard.message(Message::read(&line)?);
        }
        program.ended().await?;
        let state = session_state(assignment.task, assignment.seeded, found);
        heard.outcome(state).await
    }
}
