use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A change that the agent proposes: a unified diff with git's extended headers against the head it read.
///
/// The diff text alone is what a person sees, what is digested, and what is applied; nothing travels beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// `git diff --no-color --no-ext-diff --full-index --src-prefix=a/ --dst-prefix=b/`, text only.
    pub diff: String,
}

impl Patch {
    /// SHA-256 of the diff's bytes.
    pub fn digest(&self) -> PatchDigest {
        PatchDigest(hex::encode(Sha256::digest(self.diff.as_bytes())))
    }
}

/// SHA-256 of a patch, 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PatchDigest(pub String);

impl PatchDigest {
    /// The first six digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(..6).unwrap_or(&self.0)
    }
}
