//! Starts git with nothing of this machine's configuration.

use super::Git;
use std::{path::Path, process::Stdio};
use tokio::{io::AsyncWriteExt, process::Command};

/// Why git did not do it.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The program or a folder.
    #[error("git cannot be started; install git 2.30 or newer")]
    Start(#[source] std::io::Error),
    /// The program said no.
    #[error("git {command} failed: {message}")]
    Failed {
        /// Subcommand.
        command: String,
        /// What it said.
        message: String,
    },
}

/// Git that sees no configuration but the repository's own.
pub fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.env_clear();
    for kept in ["PATH", "TMPDIR", "SYSTEMROOT"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command
        .envs([
            ("HOME", "/nonexistent"),
            ("LC_ALL", "C"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_CONFIG_COUNT", "2"),
            ("GIT_CONFIG_KEY_0", "safe.directory"),
            ("GIT_CONFIG_VALUE_0", "*"),
            ("GIT_CONFIG_KEY_1", "core.quotePath"),
            ("GIT_CONFIG_VALUE_1", "false"),
        ])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

impl Git {
    /// Runs git to its end; what it wrote to stdout.
    pub(super) async fn run(&self, folder: &Path, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
        let mut child = git(folder).args(arguments).spawn().map_err(GitError::Start)?;
        let mut stdin = child.stdin.take();
        let feed = async {
            if let Some(stdin) = &mut stdin {
                // A git that ends early closes the pipe; its exit status tells more than the broken pipe.
                let _ = stdin.write_all(input).await;
            }
            drop(stdin);
        };
        let ((), output) = futures_util::future::join(feed, child.wait_with_output()).await;
        let output = output.map_err(GitError::Start)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let message = String::from_utf8_lossy(&output.stderr).trim().to_string();
        Err(GitError::Failed { command: arguments.first().copied().unwrap_or_default().into(), message })
    }

    /// Like [`Git::run`]; none when git ends with an error.
    pub(super) async fn ask(&self, folder: &Path, arguments: &[&str]) -> Result<Option<Vec<u8>>, GitError> {
        match self.run(folder, arguments, b"").await {
            Ok(output) => Ok(Some(output)),
            Err(GitError::Failed { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
