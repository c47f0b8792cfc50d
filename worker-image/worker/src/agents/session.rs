//! What the `rules` agent remembers from run to run: what it found, what it asked, what it was answered.

use crate::volume::{read_bounded, real_dir, write_durably};
use protocol::{Finding, Patch, PatchDigest};
use serde::{Deserialize, Serialize};
use std::{io, path::Path};

/// Name of the file in the session folder.
const NAME: &str = "session.json";
/// Largest file: findings at their bounds and the patches that were asked about.
const BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Shape of the file; another one counts as no session.
const VERSION: u32 = 1;
/// Requests remembered; a pull request sees a few, and with patches at their bound they must fit a checkpoint.
const ASKED_MAX: usize = 8;

/// The session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Session {
    version: u32,
    /// The last review.
    pub(super) review: Reviewed,
    /// What was asked, oldest first.
    pub(super) asked: Vec<Asked>,
}

/// What a review came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Reviewed {
    pub(super) run: u32,
    pub(super) head: String,
    pub(super) findings: Vec<Finding>,
    pub(super) files_read: u32,
    pub(super) not_checked: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// A patch that a person was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) digest: PatchDigest,
    pub(super) head: String,
    pub(super) patch: Patch,
    /// None while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<String>,
}

impl Session {
    /// The session in `dir`; none if there is none that can be continued.
    pub(super) fn load(dir: &Path) -> Option<Self> {
        let text = read_bounded(&dir.join(NAME), BYTES_MAX).ok()??;
        let session: Self = serde_json::from_slice(&text).ok()?;
        // The digest is what counts: a patch that does not have it is not the one that was asked about.
        let honest = session.asked.iter().all(|asked| asked.patch.digest() == asked.digest);
        (session.version == VERSION && honest).then_some(session)
    }

    pub(super) const fn new(review: Reviewed) -> Self {
        Self { version: VERSION, review, asked: Vec::new() }
    }

    pub(super) fn save(&self, dir: &Path) -> io::Result<()> {
        real_dir(dir)?;
        write_durably(dir, NAME, &serde_json::to_vec(self)?)
    }

    /// Remembers that `patch` is proposed for `head`.
    pub(super) fn ask(&mut self, patch: &Patch, head: &str) {
        let digest = patch.digest();
        if !self.asked.iter().any(|asked| asked.digest == digest && asked.head == head) {
            self.asked.push(Asked { digest, head: head.to_owned(), patch: patch.clone(), answer: None });
        }
        let surplus = self.asked.len().saturating_sub(ASKED_MAX);
        self.asked.drain(..surplus);
    }

    /// What was asked about this patch on this head.
    pub(super) fn asked(&self, digest: &PatchDigest, head: &str) -> Option<&Asked> {
        self.asked.iter().find(|asked| asked.digest == *digest && asked.head == head)
    }

    /// The same, to note an answer.
    pub(super) fn asked_mut(&mut self, digest: &PatchDigest, head: &str) -> Option<&mut Asked> {
        self.asked.iter_mut().find(|asked| asked.digest == *digest && asked.head == head)
    }

    /// Whether a person said no to this very patch, on whichever head.
    pub(super) fn declined(&self, digest: &PatchDigest) -> bool {
        self.asked
            .iter()
            .any(|asked| asked.digest == *digest && asked.answer.as_deref() == Some(super::rules_agent::NO))
    }
}
