use super::{Call, Error, Git};
use crate::volume::remove_tree;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The repository's own configuration; everything else is said per call.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tsymlinks = false\n";

/// `workspace/`: a repository of this run, made from nothing.
#[derive(Debug)]
pub(crate) struct Repository {
    pub(crate) git: Git,
    work_tree: PathBuf,
}

impl Repository {
    /// Empties `workspace` of whatever earlier runs left and begins a repository of our own in it. `git.git_dir` is
    /// where it goes.
    pub(crate) async fn begin(workspace: &Path, mut git: Git) -> Result<Self, Error> {
        // The directory itself stays: it may be where a shell of an operator stands, and its path is the agents' key.
        for entry in fs::read_dir(workspace)? {
            remove_tree(&entry?.path())?;
        }
        git.git_dir = workspace.join(".git");
        git.call(Call::new(["init", "--quiet", "--template=", "--initial-branch=longshore"])).await?;
        fs::write(git.git_dir.join("config"), CONFIG)?;
        Ok(Self { git, work_tree: workspace.to_owned() })
    }

    /// Writes the files of `commit` for agents that want files.
    pub(crate) async fn check_out(&self, commit: &str) -> Result<(), Error> {
        fs::write(self.git.git_dir.join("HEAD"), format!("{commit}\n"))?;
        let call = Call::new(["read-tree", "-u", "--reset", commit]);
        self.git.call(call.variable("GIT_WORK_TREE", &self.work_tree)).await.map(|_| ())
    }
}
