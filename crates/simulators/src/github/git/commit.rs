//! Makes commits out of files in memory, by `git fast-import`: one process for a whole commit, and the same input gives
//! the same SHA.

use super::{Git, GitError};
use crate::github::world::Repository;
use base64::{Engine, engine::general_purpose::STANDARD};
use environment::Timestamp;
use serde::{Deserialize, Serialize};

/// A file that a commit writes or deletes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Path in the repository.
    pub path: String,
    /// New content, if it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// New content in base64. With neither, the file is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Octal mode; none: `100644`. `120000` makes a symbolic link, `160000` (text: a SHA) a submodule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}

impl FileChange {
    /// Writes a text file.
    pub fn text(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: Some(text.into()), ..Self::default() }
    }

    /// Writes a file of any bytes.
    pub fn bytes(path: impl Into<String>, bytes: &[u8]) -> Self {
        Self { path: path.into(), base64: Some(STANDARD.encode(bytes)), ..Self::default() }
    }

    /// Deletes a file.
    pub fn deleted(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// With another mode than `100644`.
    #[must_use]
    pub fn mode(mut self, mode: &str) -> Self {
        self.mode = Some(mode.into());
        self
    }

    fn content(&self) -> Result<Option<Vec<u8>>, GitError> {
        match (&self.base64, &self.text) {
            (Some(base64), _) => STANDARD.decode(base64.as_bytes()).map(Some).map_err(|error| GitError::Failed {
                command: "fast-import".into(),
                message: format!("the content of {} is not base64: {error}", self.path),
            }),
            (None, Some(text)) => Ok(Some(text.clone().into_bytes())),
            (None, None) => Ok(None),
        }
    }
}

/// Whose name a commit bears.
#[derive(Debug, Clone)]
pub struct Author {
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
}

impl Author {
    /// The address that GitHub makes up for an account.
    pub fn of(login: &str) -> Self {
        Self { name: login.into(), email: format!("{login}@users.noreply.github.com") }
    }
}

impl Git {
    /// Commits `changes` on `parent`; the commit, which no branch points at yet.
    pub async fn commit(
        &self,
        repository: &Repository,
        parent: Option<&str>,
        changes: &[FileChange],
        message: &str,
        author: &Author,
        at: Timestamp,
    ) -> Result<String, GitError> {
        let mut input = Vec::new();
        let seconds = at.as_millis() / 1000;
        let Author { name, email } = author;
        input.extend_from_slice(b"feature done\ncommit refs/sim/new\nmark :1\n");
        for role in ["author", "committer"] {
            input.extend_from_slice(format!("{role} {name} <{email}> {seconds} +0000\n").as_bytes());
        }
        data(&mut input, message.as_bytes());
        if let Some(parent) = parent {
            input.extend_from_slice(format!("from {parent}\n").as_bytes());
        }
        for change in changes {
            let path = quoted(&change.path);
            match change.content()? {
                None => input.extend_from_slice(format!("D {path}\n").as_bytes()),
                Some(content) if change.mode.as_deref() == Some("160000") => {
                    let sha = String::from_utf8_lossy(&content);
                    input.extend_from_slice(format!("M 160000 {} {path}\n", sha.trim()).as_bytes());
                }
                Some(content) => {
                    let mode = change.mode.as_deref().unwrap_or("100644");
                    input.extend_from_slice(format!("M {mode} inline {path}\n").as_bytes());
                    data(&mut input, &content);
                }
            }
        }
        input.extend_from_slice(b"get-mark :1\ndone\n");
        let output = self.run(&self.folder(repository), &["fast-import", "--quiet", "--force"], &input).await?;
        Ok(String::from_utf8_lossy(&output).trim().to_string())
    }
}

fn data(input: &mut Vec<u8>, bytes: &[u8]) {
    input.extend_from_slice(format!("data {}\n", bytes.len()).as_bytes());
    input.extend_from_slice(bytes);
    input.push(b'\n');
}

fn quoted(path: &str) -> String {
    format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
