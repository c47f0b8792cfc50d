//! Where a try is kept while a person thinks: one folder per repository, in the user's state folder. It goes when nothing
//! waits any more.

use super::choose::failed;
use crate::{cli::Failure, deployment};
use environment::Environment;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
};

const FILE: &str = "try.json";
/// Characters of the digest in a folder's name: enough that two repositories never share one.
const DIGEST_CHARS: usize = 12;

/// A story, held by this process alone.
#[derive(Debug)]
pub struct Story {
    folder: PathBuf,
    /// What is remembered.
    pub saved: Saved,
    /// Ours as long as it is open.
    _lock: File,
}

/// What is remembered from one call to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Which repository, for whoever looks into the folder.
    pub repository: String,
    /// First segment of every path of the stand-in.
    pub segment: String,
    /// Signs its webhooks.
    pub webhook_secret: String,
    /// Port of the machine listener: a machine that outlived its supervisor finds the next one there.
    pub machine_port: u16,
    /// Pull requests that are open in the stand-in.
    pub pulls: Vec<Pull>,
}

/// A pull request of the stand-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// Drawn, since a request's id follows from it: two tries shall not ask under the same one.
    pub number: u64,
    /// By what the head is found again.
    pub follow: String,
    /// What people call it.
    pub head: String,
    /// What people call what it is compared with.
    pub base: String,
    /// The head as it was last proposed.
    pub head_sha: String,
    /// Where it parts from its base.
    pub merge_base: String,
    /// It is what was not committed.
    pub worktree: bool,
    /// Which agent reads it, as the person said it.
    pub agent: String,
    /// In which version of ours: a newer one reads again.
    pub version: String,
    /// The request that waits, as it was shown.
    #[serde(default)]
    pub request: Option<String>,
}

impl Story {
    /// The story about what is at `identity`, under `stories`. Without an open pull request it begins anew.
    ///
    /// # Errors
    /// A sentence; another process has it.
    pub fn open(environment: &Environment, stories: &Path, name: &str, identity: &Path) -> Result<Self, Failure> {
        let digest = hex::encode(Sha256::digest(identity.as_os_str().as_encoded_bytes()));
        let folder = stories.join(format!("{name}-{}", digest.get(..DIGEST_CHARS).unwrap_or_default()));
        let folder = std::path::absolute(&folder).map_err(failed)?;
        let cannot = |error: std::io::Error| Failure::new(format!("`{}` cannot be used: {error}", folder.display()));
        deployment::data_folder(&folder).map_err(cannot)?;
        let lock = File::create(folder.join("lock")).map_err(cannot)?;
        if lock.try_lock().is_err() {
            return Err(Failure::new("another `longshore try` is at work on this repository; wait for it, or end it"));
        }
        let read = fs::read(folder.join(FILE)).ok().and_then(|bytes| serde_json::from_slice::<Saved>(&bytes).ok());
        let saved = match read.filter(|saved| !saved.pulls.is_empty()) {
            Some(saved) => saved,
            None => {
                wipe(&folder).map_err(cannot)?;
                Saved {
                    repository: identity.display().to_string(),
                    segment: environment.random_id(),
                    webhook_secret: format!("{}{}", environment.random_id(), environment.random_id()),
                    ..Saved::default()
                }
            }
        };
        Ok(Self { folder, saved, _lock: lock })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes down what is remembered.
    ///
    /// # Errors
    /// A sentence.
    pub fn save(&self) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(&self.saved).map_err(failed)?;
        deployment::write_private(&self.folder.join(FILE), &text).map_err(failed)
    }

    /// Leaves what waits, or nothing at all.
    ///
    /// # Errors
    /// A sentence.
    pub fn close(self) -> Result<(), Failure> {
        if !self.saved.pulls.is_empty() {
            return self.save();
        }
        wipe(&self.folder).and_then(|()| fs::remove_dir_all(&self.folder)).map_err(failed)
    }
}

/// Removes what a story makes, and nothing else.
fn wipe(folder: &Path) -> std::io::Result<()> {
    for name in ["supervisor", "github", "objects.git"] {
        gone(fs::remove_dir_all(folder.join(name)))?;
    }
    for name in [FILE, "log"] {
        gone(fs::remove_file(folder.join(name)))?;
    }
    Ok(())
}

fn gone(done: std::io::Result<()>) -> std::io::Result<()> {
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
