//! A bare repository of ours in the story's folder. It reads the objects of the user's repository where they lie, and
//! holds those that are ours: what is not committed yet, or what was fetched from a server.

use super::git::{Git, GitError};
use environment::Environment;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The repository in the story.
#[derive(Debug, Clone)]
pub struct Objects {
    /// Its folder.
    pub dir: PathBuf,
    /// Git in it.
    pub git: Git,
}

impl Objects {
    /// Makes it, unless it is there; `borrowed` is read where it lies.
    ///
    /// # Errors
    /// Git, or the disk.
    pub async fn open(environment: &Environment, story: &Path, borrowed: Option<&Path>) -> Result<Self, GitError> {
        let dir = story.join("objects.git");
        fs::create_dir_all(&dir)?;
        let git = Git::own(environment, &dir);
        if !dir.join("HEAD").exists() {
            git.text(["init", "--quiet", "--bare", "--template=", "--initial-branch=longshore"]).await?;
        }
        if let Some(borrowed) = borrowed {
            fs::create_dir_all(dir.join("objects/info"))?;
            let line = simulators::github::alternate_line(borrowed).into_encoded_bytes();
            fs::write(dir.join("objects/info/alternates"), line)?;
        }
        Ok(Self { dir, git })
    }

    /// The history as ending at these commits.
    ///
    /// # Errors
    /// The disk.
    pub fn cut(&self, shallow: &[String]) -> Result<(), GitError> {
        let file = self.dir.join("shallow");
        let done = match shallow {
            [] => fs::remove_file(file),
            _ => fs::write(file, shallow.join("\n") + "\n"),
        };
        match done {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Where history may end so that what lies between each base and its head is whole: a review needs no more, and what
    /// is not seen is not sent to a machine. Nothing more than `known`, where that would show another merge base.
    ///
    /// # Errors
    /// Git.
    pub async fn enough(&self, known: &[String], ranges: &[(String, String)]) -> Result<Vec<String>, GitError> {
        let mut shallow = known.to_vec();
        for (base, head) in ranges {
            let listed = self.git.text(["rev-list", "--boundary", &format!("{base}..{head}")]).await?;
            shallow.extend(listed.lines().filter_map(|line| line.strip_prefix('-')).map(str::to_owned));
        }
        shallow.sort_unstable();
        shallow.dedup();
        self.cut(&shallow)?;
        for (base, head) in ranges {
            if self.git.ask(["merge-base", base, head]).await?.as_deref() != Some(base) {
                self.cut(known)?;
                return Ok(known.to_vec());
            }
        }
        Ok(shallow)
    }
}
