//! Real git repositories, driven by git's own program.
//!
//! Objects are written first, then the log says which commit a branch points at, then the ref follows. A kill in
//! between leaves an unreachable object or a late ref, and [`Git::level`] mends the ref at the next start.

mod borrow;
mod command;
mod commit;
pub mod diff;
mod logs;
mod objects;
mod serve;

pub use borrow::alternate_line;
pub use command::GitError;
pub use commit::{Author, FileChange};
pub use objects::{CommitInfo, Entry};
pub use serve::serve;

use super::world::Repository;
use std::path::{Path, PathBuf};

/// The repositories under one folder.
#[derive(Debug)]
pub struct Git {
    root: PathBuf,
    logs: logs::Logs,
}

impl Git {
    pub fn new(root: PathBuf) -> Self {
        Self { root, logs: logs::Logs::default() }
    }

    /// Folder that holds all repositories.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The repository's bare git directory.
    pub fn folder(&self, repository: &Repository) -> PathBuf {
        self.root.join(&repository.folder)
    }

    /// Makes an empty bare repository; harmless if it is there.
    pub async fn init(&self, folder: &str) -> Result<(), GitError> {
        let path = self.root.join(folder);
        std::fs::create_dir_all(&path).map_err(GitError::Start)?;
        self.run(&path, &["init", "--quiet", "--bare", "--initial-branch=main", "."], b"").await?;
        std::fs::write(path.join("config"), CONFIG).map_err(GitError::Start)
    }

    /// Brings the refs to what the log says.
    pub async fn level(&self, repository: &Repository, refs: &[(String, String)]) -> Result<(), GitError> {
        let head = format!("refs/heads/{}", repository.default_branch);
        let folder = self.folder(repository);
        self.run(&folder, &["symbolic-ref", "HEAD", &head], b"").await?;
        let listed =
            self.run(&folder, &["for-each-ref", "--format=%(refname)", "refs/heads", "refs/pull"], b"").await?;
        let mut input = String::new();
        for stale in String::from_utf8_lossy(&listed).lines().filter(|name| !refs.iter().any(|(it, _)| it == name)) {
            input += &format!("delete {stale}\n");
        }
        for (name, sha) in refs {
            input += &format!("update {name} {sha}\n");
        }
        self.run(&folder, &["update-ref", "--stdin"], input.as_bytes()).await?;
        Ok(())
    }

    /// Copies the objects behind `refs` of another repository into this one, as GitHub shares them between forks.
    pub async fn share(&self, from: &Repository, to: &Repository, sha: &str) -> Result<(), GitError> {
        let source = self.folder(from);
        let source = source.to_string_lossy();
        self.run(&self.folder(to), &["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", &source, sha], b"")
            .await?;
        Ok(())
    }
}

/// GitHub serves any commit that it has, partial clones too; and git does not tidy up behind our back.
const CONFIG: &str = "\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
[uploadpack]
\tallowReachableSHA1InWant = true
\tallowAnySHA1InWant = true
\tallowFilter = true
[http]
\treceivepack = false
[transfer]
\thideRefs = refs/sim
[gc]
\tauto = 0
";
