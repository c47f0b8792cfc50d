//! The program: started from an empty environment in the workspace, heard line by line, ended with all it started.

use super::{
    super::{AgentError, Assignment},
    lines::Lines,
    message::Assigned,
    tree::Tree,
};
use crate::reports::Reporter;
use environment::Environment;
use std::{process::Stdio, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWriteExt as _},
    process::{Child, ChildStdin, ChildStdout, Command},
};

/// Lines of standard error that go to the log; the rest is read and forgotten, so that the program is not held up.
const COMPLAINTS_MAX: usize = 200;
/// How long output may come after the program has ended, from something it left running; and how long the program may
/// take to end after it said `done`.
const GRACE: Duration = Duration::from_secs(5);

pub(super) struct Program {
    /// Ends the tree when dropped; before the child, so that who descends from it can still be seen.
    _tree: Tree,
    environment: Environment,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Lines<ChildStdout>,
}

impl Program {
    pub(super) fn start(
        command: &[String],
        assignment: &Assignment<'_>,
        reports: &Reporter,
    ) -> Result<Self, AgentError> {
        let failed = |what: String| AgentError::Failed(format!("the agent cannot be started: {what}"));
        let (program, args) = command.split_first().ok_or_else(|| failed("no command is configured".into()))?;
        let mark = Tree::mark();
        let mut command = Command::new(program);
        command.args(args).current_dir(assignment.workspace).env_clear();
        command.env("PATH", assignment.path).env("LANG", "C.UTF-8").env("HOME", assignment.session_dir);
        command.env("TMPDIR", assignment.temporary).env(Tree::VARIABLE, &mark);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(format!("`{program}`: {error}")))?;
        let tree = Tree::of(child.id(), mark);
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else { return Err(failed("it has no output".into())) };
        // Ends with the pipe, which ends with the tree.
        let environment = assignment.environment.clone();
        environment.spawn(complaints(stderr, reports.clone()));
        Ok(Self { environment, child, stdin, stdout: Lines::new(stdout), _tree: tree })
    }

    /// Writes the one line we have to say, and closes.
    pub(super) async fn tell(&mut self, assigned: &Assigned<'_>) -> Result<(), AgentError> {
        let mut line = serde_json::to_vec(assigned).map_err(|error| AgentError::Failed(error.to_string()))?;
        line.push(b'\n');
        if let Some(mut stdin) = self.stdin.take() {
            // A program that does not listen may know its task otherwise; one that has died says so by its exit code.
            let _ = stdin.write_all(&line).await;
        }
        Ok(())
    }

    /// The next line; none when the program has nothing more to say.
    pub(super) async fn next_line(&mut self) -> Result<Option<Vec<u8>>, AgentError> {
        tokio::select! {
            biased;
            line = self.stdout.next() => line,
            // Something it started may hold its output open for ever.
            _ = self.child.wait() => self.environment.timeout(GRACE, self.stdout.next()).await.unwrap_or(Ok(None)),
        }
    }

    /// Its end, after its last line. One that said `done` and stays is ended with its tree.
    pub(super) async fn ended(&mut self) -> Result<(), AgentError> {
        let Ok(status) = self.environment.timeout(GRACE, self.child.wait()).await else { return Ok(()) };
        let status = status.map_err(|error| AgentError::Failed(format!("the agent was lost: {error}")))?;
        if status.success() { Ok(()) } else { Err(AgentError::Failed(format!("the agent ended with {status}"))) }
    }
}

async fn complaints(stderr: impl AsyncRead + Unpin, reports: Reporter) {
    let (mut lines, mut count) = (Lines::new(stderr), 0);
    loop {
        match lines.next().await {
            Ok(Some(line)) if count < COMPLAINTS_MAX => reports.log(&String::from_utf8_lossy(&line)),
            Ok(Some(_)) => {}
            // At the end, or beyond the bounds: what is closed cannot be written to.
            Ok(None) | Err(_) => return,
        }
        count += 1;
    }
}
