//! What the fixed checks read: a change, already in memory.
//!
//! Plain data without a handle to a checkout, so that a review is a pure function and a test is a value.

use std::ops::RangeInclusive;
use std::sync::Arc;

/// A change and the tree it leads to.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Changed files, in any order.
    pub files: Vec<ChangedFile>,
    /// Every path of the head's tree.
    pub head_paths: Vec<String>,
    /// `owner/name` of the repository.
    pub repository: String,
    /// Title of the pull request, which its author chose.
    pub title: String,
}

/// One changed file.
#[derive(Debug, Clone)]
pub struct ChangedFile {
    /// Path in the head, or in the base if it was deleted.
    pub path: String,
    /// Path in the base, where it is another.
    pub old_path: Option<String>,
    /// What happened to it.
    pub status: Status,
    /// Git's mode in the head: `0o100644`, `0o120000` for a symlink, `0o160000` for a submodule.
    pub mode: u32,
    /// Git's mode in the base.
    pub old_mode: Option<u32>,
    /// Content in the head; a symlink's is its target.
    pub new: Option<Arc<[u8]>>,
    /// Content in the merge base.
    pub old: Option<Arc<[u8]>>,
    /// Lines of the head that the change added, from 1.
    pub added_lines: Vec<RangeInclusive<u32>>,
    /// Lines of the base that the change removed, from 1.
    pub removed_lines: Vec<RangeInclusive<u32>>,
    /// Bytes of the file in the head, if it was too large to be read.
    pub too_large: Option<u64>,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is new.
    Added,
    /// Its content or mode is another.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another path.
    Renamed,
    /// It was a file and is a symlink, or the like.
    TypeChanged,
}
