//! From what an agent wants changed to the one text that a person sees, approves and that is pushed.

use crate::{
    git::{self, Git, Staged},
    volume::remove_tree,
};
use protocol::{PATCH_BYTES_MAX, Patch};
use std::path::PathBuf;

/// A file as an agent wants it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Its path in the head.
    pub path: &'a str,
    /// Its mode in the head.
    pub mode: u32,
    /// All of its new content.
    pub content: &'a [u8],
}

/// Why there is no patch, a sentence for the notes of a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoPatch(String);

impl From<git::Error> for NoPatch {
    fn from(error: git::Error) -> Self {
        Self(format!("the patch could not be made: {error}"))
    }
}

/// Makes patches against the head of a run.
#[derive(Debug)]
pub struct PatchBuilder {
    git: Git,
    head: String,
    place: PathBuf,
}

impl PatchBuilder {
    /// `place` is a directory that may be made and removed.
    pub(crate) fn new(git: Git, head: &str, place: PathBuf) -> Self {
        Self { git, head: head.to_owned(), place }
    }

    /// The patch that gives these files these contents; none if they have them already.
    ///
    /// # Errors
    /// [`NoPatch`] when it is not text, too large, or git fails.
    pub async fn from_files(&self, files: &[Wanted<'_>]) -> Result<Option<Patch>, NoPatch> {
        let staged = Staged::begin(&self.git, &self.place, &self.head).await?;
        for file in files {
            staged.put(file.path, file.mode, file.content).await?;
        }
        self.finish(&staged).await
    }

    /// The patch that `diff` amounts to on the head, written in the one form there is. What an agent calls a diff may say
    /// one thing to a reader and another to git; this is what git makes of it.
    ///
    /// # Errors
    /// [`NoPatch`] when it does not apply, is not text, or is too large.
    pub async fn from_diff(&self, diff: &str) -> Result<Option<Patch>, NoPatch> {
        let staged = Staged::begin(&self.git, &self.place, &self.head).await?;
        staged.apply(diff).await.map_err(|error| match error {
            git::Error::Failed { complaint, .. } => {
                NoPatch(format!("the agent's patch does not apply to {}: {complaint}", &self.head[..7]))
            }
            error => error.into(),
        })?;
        self.finish(&staged).await
    }

    async fn finish(&self, staged: &Staged) -> Result<Option<Patch>, NoPatch> {
        let diff = staged.diff().await?;
        remove_tree(&self.place).map_err(git::Error::from)?;
        if diff.len() > PATCH_BYTES_MAX {
            let kib = PATCH_BYTES_MAX / 1024;
            return Err(NoPatch(format!(
                "the patch is larger than {kib} KiB, more than a person reads before a click"
            )));
        }
        match String::from_utf8(diff) {
            Ok(diff) if diff.is_empty() => Ok(None),
            Ok(diff) => Ok(Some(Patch { diff })),
            Err(_) => Err(NoPatch("the patch is not UTF-8 text".into())),
        }
    }
}
