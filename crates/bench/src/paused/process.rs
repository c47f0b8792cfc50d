//! A node, seen by the process that started it.

use crate::Failure;
use environment::Environment;
use serde::{Deserialize, Serialize};
use std::{process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// What a node says, one per line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// So many workflows wait, after so many seconds.
    Paused {
        /// Since the first submission.
        seconds: f64,
    },
    /// The engine has put everything aside.
    AtRest {
        /// Workflows still in its memory.
        live: u64,
    },
    /// The first event after the start is durable.
    Accepted,
    /// So is the step that it led to.
    Stepped,
    /// Random workflows were woken.
    Woken {
        /// Milliseconds until the event was durable, of each.
        accepted_ms: Vec<f64>,
        /// Until the next step was.
        stepped_ms: Vec<f64>,
    },
}

/// A process with the engine; killed when it is dropped.
#[derive(Debug)]
pub struct Node {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    environment: Environment,
}

impl Node {
    /// Starts one.
    ///
    /// # Errors
    /// The program does not start.
    pub fn start(environment: &Environment, words: &[String]) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("node").args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| Failure::Check("a node has no output".into()))?;
        Ok(Self { child, lines: BufReader::new(stdout).lines(), environment: environment.clone() })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// What it says next.
    ///
    /// # Errors
    /// It says nothing within that time, or ended.
    pub async fn hear(&mut self, patience: Duration) -> Result<Said, Failure> {
        let line = self.environment.timeout(patience, self.lines.next_line()).await;
        let line = line.map_err(|_| Failure::Check(format!("a node said nothing within {patience:?}")))??;
        let line = line.ok_or_else(|| Failure::Check("a node ended too soon; what it said is above".into()))?;
        Ok(serde_json::from_str(&line).map_err(std::io::Error::from)?)
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub async fn kill(mut self) -> Result<(), Failure> {
        self.child.kill().await?;
        Ok(())
    }

    /// Lets it end in order.
    ///
    /// # Errors
    /// It does not, or not well.
    pub async fn end(mut self, patience: Duration) -> Result<(), Failure> {
        drop(self.child.stdin.take());
        let ended = self.environment.timeout(patience, self.child.wait()).await;
        let late = || Failure::Check(format!("a node did not end within {patience:?}"));
        match ended.map_err(|_| late())?? {
            status if status.success() => Ok(()),
            status => Err(Failure::Check(format!("a node ended badly: {status}"))),
        }
    }
}
