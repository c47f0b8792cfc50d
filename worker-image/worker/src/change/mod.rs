//! A change, read from git into memory: which files, what they held and hold, which lines are new.
//!
//! Everything comes from blobs by id, never from a working tree: paths of a pull request are only ever data here, and a
//! link in it leads nowhere. What is too large or too much is named in `not_checked`, since a reviewer that silently
//! skips is worse than none.

mod blobs;
mod hunks;
mod raw;

pub use raw::Status;

use crate::git::{self, Call, Git, is_object_id};
use environment::Environment;
use protocol::TaskLimits;
use raw::Entry;
use std::{io, ops::RangeInclusive, path::Path, sync::Arc};

/// Bytes of all contents together; beyond it files count as too large.
const CONTENT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Mode of a submodule's entry.
const GITLINK: u32 = 0o160_000;
/// What every Git LFS pointer begins with, and no more bytes than one has.
const LFS_POINTER: (&[u8], u64) = (b"version https://git-lfs.github.com/spec/v1\n", 1024);
/// Skipped files named one by one; the rest is counted.
const NAMED_MAX: usize = 20;

/// What a pull request changes.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The commit that is read.
    pub head: String,
    /// Tip of the base branch it is meant for.
    pub base: String,
    /// Where the comparison begins: the merge base, or the base's tip if there is none.
    pub merge_base: String,
    /// Changed files, in git's order, at most as many as the task allows.
    pub files: Vec<File>,
    /// How many there are.
    pub files_total: u32,
    /// Every path of the head's tree.
    pub head_paths: Vec<String>,
    /// What is not in here, a few words each.
    pub not_checked: Vec<String>,
}

/// One changed file.
#[derive(Debug, Clone)]
pub struct File {
    /// Path in the head, or in the base if it was deleted.
    pub path: String,
    /// Path in the base, where it is another.
    pub old_path: Option<String>,
    /// What happened to it.
    pub status: Status,
    /// Git's mode in the head; the old one if it was deleted.
    pub mode: u32,
    /// Git's mode in the base.
    pub old_mode: Option<u32>,
    /// Blob in the head.
    pub new_blob: Option<String>,
    /// Blob in the merge base.
    pub old_blob: Option<String>,
    /// Content in the head; a symlink's is its target.
    pub new: Option<Arc<[u8]>>,
    /// Content in the merge base.
    pub old: Option<Arc<[u8]>>,
    /// Lines of the head that the change added, from 1.
    pub added_lines: Vec<RangeInclusive<u32>>,
    /// Lines of the base that the change removed, from 1.
    pub removed_lines: Vec<RangeInclusive<u32>>,
    /// Bytes of the larger side, if that was too large to be read.
    pub too_large: Option<u64>,
}

impl Change {
    /// Reads what lies between two commits of a repository on this machine, which is only read: what a task's checkout
    /// comes to, without a task. `home` is an empty directory to start git in.
    pub async fn between(
        environment: &Environment,
        (git_dir, home): (&Path, &Path),
        (base, head): (&str, &str),
        limits: &TaskLimits,
    ) -> io::Result<Self> {
        if let Some(id) = [base, head].into_iter().find(|id| !is_object_id(id)) {
            return Err(io::Error::other(format!("`{id}` is not a whole commit id")));
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let git = Git { environment: environment.clone(), path, home: home.to_owned(), git_dir: git_dir.to_owned() };
        Self::read(&git, head, base, Some(base.to_owned()), limits).await.map_err(io::Error::other)
    }

    /// Reads what lies between `merge_base` (or the base, if none was found) and `head`.
    pub(crate) async fn read(
        git: &Git,
        head: &str,
        base: &str,
        merge_base: Option<String>,
        limits: &TaskLimits,
    ) -> Result<Self, git::Error> {
        let mut not_checked = Vec::new();
        if merge_base.is_none() {
            not_checked.push("where the branches part (no common history): compared with the base's tip".to_owned());
        }
        let from = merge_base.unwrap_or_else(|| base.to_owned());
        let (mut entries, unnamed) = raw::entries(git, &from, head).await?;
        let files_total = u32::try_from(entries.len() + unnamed).unwrap_or(u32::MAX);
        if unnamed > 0 {
            not_checked.push(format!("{unnamed} files whose names are not UTF-8"));
        }
        let beyond = entries.len().saturating_sub(limits.files_max as usize);
        if beyond > 0 {
            entries.truncate(limits.files_max as usize);
            not_checked.push(format!("{beyond} files beyond the first {}", limits.files_max));
        }
        let head_paths = head_paths(git, head, &mut not_checked).await?;
        let files = contents(git, entries, limits.file_bytes_max).await?;
        name_what_is_missing(&files, &mut not_checked);
        Ok(Self {
            head: head.to_owned(),
            base: base.to_owned(),
            merge_base: from,
            files,
            files_total,
            head_paths,
            not_checked,
        })
    }
}

/// Loads what is small enough, and finds the changed lines.
async fn contents(git: &Git, entries: Vec<Entry>, file_bytes_max: u64) -> Result<Vec<File>, git::Error> {
    let ids: Vec<&str> =
        entries.iter().flat_map(|entry| [&entry.old_blob, &entry.new_blob]).flatten().map(|id| &**id).collect();
    let sizes = blobs::sizes(git, &ids).await?;
    let (mut left, mut wanted) = (CONTENT_BYTES_MAX, Vec::new());
    let mut files: Vec<File> = Vec::with_capacity(entries.len());
    for entry in entries {
        let blobs = || [&entry.old_blob, &entry.new_blob].into_iter().flatten();
        let size_of = |id: &String| sizes.get(id.as_str()).copied().unwrap_or(0);
        let (largest, both) =
            blobs().map(size_of).fold((0, 0), |(max, sum): (u64, u64), size| (max.max(size), sum + size));
        let fits = largest <= file_bytes_max && both <= left;
        if fits {
            left -= both;
            wanted.extend(blobs().cloned());
        }
        files.push(File::of(entry, (!fits).then_some(largest)));
    }
    let contents = blobs::read(git, &wanted).await?;
    for file in files.iter_mut().filter(|file| file.too_large.is_none()) {
        let content = |id: &Option<String>| id.as_ref().and_then(|id| contents.get(id)).cloned();
        (file.old, file.new) = (content(&file.old_blob), content(&file.new_blob));
        (file.removed_lines, file.added_lines) = hunks::changed_lines(git, file).await?;
    }
    Ok(files)
}

impl File {
    fn of(entry: Entry, too_large: Option<u64>) -> Self {
        Self {
            path: entry.path,
            old_path: entry.old_path,
            status: entry.status,
            mode: entry.mode,
            old_mode: entry.old_mode,
            new_blob: entry.new_blob,
            old_blob: entry.old_blob,
            new: None,
            old: None,
            added_lines: Vec::new(),
            removed_lines: Vec::new(),
            too_large,
        }
    }
}

async fn head_paths(git: &Git, head: &str, not_checked: &mut Vec<String>) -> Result<Vec<String>, git::Error> {
    match git.call(Call::new(["ls-tree", "-r", "-z", "--name-only", "--full-tree", head])).await {
        Ok(out) => Ok(out
            .split(|&byte| byte == 0)
            .filter(|path| !path.is_empty())
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .collect()),
        Err(git::Error::Output(..)) => {
            not_checked.push("paths beside the changed ones: the repository holds too many".to_owned());
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

fn name_what_is_missing(files: &[File], not_checked: &mut Vec<String>) {
    let missing: Vec<String> = files.iter().filter_map(why_missing).collect();
    let more = missing.len().saturating_sub(NAMED_MAX);
    not_checked.extend(missing.into_iter().take(NAMED_MAX));
    if more > 0 {
        not_checked.push(format!("{more} more files: submodules, LFS or too large"));
    }
}

fn why_missing(file: &File) -> Option<String> {
    let path = short(&file.path);
    if file.status == Status::Deleted {
        return None;
    }
    if file.mode == GITLINK {
        return Some(format!("submodule {path}"));
    }
    if let Some(bytes) = file.too_large {
        return Some(format!("{path} ({} KiB, too large)", bytes / 1024));
    }
    let content = file.new.as_deref()?;
    let (prefix, bytes_max) = LFS_POINTER;
    ((content.len() as u64) < bytes_max && content.starts_with(prefix)).then(|| format!("LFS file {path}"))
}

/// A path as part of a note: one line, not without end.
fn short(path: &str) -> String {
    /// Longer than any path a person gave by hand.
    const BYTES_MAX: usize = 200;
    let mut path = path.replace(|c: char| c.is_control(), "\u{fffd}");
    path.truncate(path.floor_char_boundary(BYTES_MAX));
    path
}
