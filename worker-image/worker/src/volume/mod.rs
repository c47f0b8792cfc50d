//! The session volume: `agent/`, `workspace/`, `outbox/`, `meta.json`, and `scratch/` for the length of a run.
//!
//! What lies here was written by an earlier run and perhaps by its agent, so it is hostile: nothing is read through a
//! link, everything read is bounded, and whose volume it is is settled before the first byte is written. `scratch/` is
//! emptied at every start; it is on the volume so that a killed worker leaves nothing elsewhere.

mod checkpoint;
mod files;
pub(crate) mod full;
mod meta;
mod outbox;

pub(crate) use checkpoint::{restore, take};
pub(crate) use files::{read_bounded, real_dir, remove_tree, write_durably};
pub(crate) use meta::Meta;

use protocol::Task;
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a volume may not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is somebody else's.
    #[error("the volume belongs to workflow {workflow} of deployment {deployment}: mount the right one")]
    Anothers { workflow: String, deployment: String },
    /// A newer run was here: this one is stale.
    #[error("run {last_run} was on this volume already")]
    Newer { last_run: u32 },
    /// `meta.json` is not ours.
    #[error("`meta.json` on the volume cannot be read: {0}")]
    Meta(String),
    /// The disk.
    #[error("the volume cannot be used: {0}")]
    Io(io::Error),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A volume that is known to be this workflow's.
#[derive(Debug)]
pub(crate) struct Volume {
    root: PathBuf,
}

impl Volume {
    /// Checks whose volume it is; changes nothing.
    pub(crate) fn open(root: &Path, task: &Task) -> Result<Self, Error> {
        if let Some(meta) = Meta::read(root)? {
            if (&meta.deployment, &meta.workflow) != (&task.deployment, &task.workflow) {
                return Err(Error::Anothers { workflow: meta.workflow, deployment: meta.deployment });
            }
            if meta.last_run > task.run {
                return Err(Error::Newer { last_run: meta.last_run });
            }
        }
        Ok(Self { root: root.to_owned() })
    }

    /// Makes what is missing, replaces what is not a directory, and records this run as the last one.
    pub(crate) fn take_over(&self, task: &Task) -> Result<(), Error> {
        for dir in [self.agent(), self.workspace()] {
            real_dir(&dir)?;
        }
        // What was in the outbox has been handed in by now, or was no result.
        for dir in [self.outbox(), self.scratch()] {
            remove_tree(&dir)?;
        }
        for dir in [self.outbox(), self.scratch(), self.scratch().join("home"), self.scratch().join("tmp")] {
            std::fs::create_dir(dir)?;
        }
        Meta { deployment: task.deployment.clone(), workflow: task.workflow.clone(), last_run: task.run }
            .write(&self.root)?;
        Ok(())
    }

    /// State of agents; what a checkpoint copies.
    pub(crate) fn agent(&self) -> PathBuf {
        self.root.join("agent")
    }

    /// The clone. Always the same path: agents key their sessions by it.
    pub(crate) fn workspace(&self) -> PathBuf {
        self.root.join("workspace")
    }

    /// This run's own files.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.root.join("scratch")
    }

    fn outbox(&self) -> PathBuf {
        self.root.join("outbox")
    }

    /// Whether no agent has left anything.
    pub(crate) fn is_empty(&self) -> io::Result<bool> {
        Ok(std::fs::read_dir(self.agent())?.next().is_none())
    }
}
