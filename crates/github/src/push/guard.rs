//! The guard: what is refused before a person is asked, and again before anything is written. One sentence each.

use super::{Change, FilePatch, LineKind, Refusal, parse, path};
use crate::encoder::{redact, visible};
use std::collections::{HashMap, HashSet};

/// Files of one push: what a person can look through before a click.
pub const FILES_MAX: usize = 50;
/// Bytes of all files after the change.
pub const RESULT_BYTES_MAX: usize = 512 * 1024;

/// What a patch is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardOptions {
    /// Paths that the decision named; `None` before there is one.
    pub paths: Option<Vec<String>>,
    /// Protected paths that the repository allows: a path, or a folder that ends in `/`.
    pub allowed: Vec<String>,
    /// Files at most.
    pub files_max: usize,
}

impl Default for GuardOptions {
    fn default() -> Self {
        Self { paths: None, allowed: Vec::new(), files_max: FILES_MAX }
    }
}

/// What a patch that may be pushed does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchSummary {
    /// Its files, in order.
    pub files: Vec<FileSummary>,
    /// Lines that come.
    pub added: usize,
    /// Lines that go.
    pub removed: usize,
}

/// What a patch does to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSummary {
    /// Path.
    pub path: String,
    /// Lines that come.
    pub added: usize,
    /// Lines that go.
    pub removed: usize,
}

/// Judges a patch. Needs nothing but the patch: used when a request is made, and again before the push.
///
/// # Errors
/// The first reason not to push it.
pub fn check_patch(diff: &str, options: &GuardOptions) -> Result<PatchSummary, Refusal> {
    let files = parse(diff)?;
    check_files(&files, options)?;
    // What cannot be shown whole cannot be approved.
    let (is, max) = (diff.chars().count(), crate::render::PATCH_CHARS_MAX);
    if is > max {
        return Err(Refusal::new(format!("the patch has {is} characters; at most {max} can be shown whole")));
    }
    let files: Vec<_> = files
        .iter()
        .map(|file| {
            let (added, removed) = file.counts();
            FileSummary { path: file.path.clone(), added, removed }
        })
        .collect();
    let (added, removed) = files.iter().fold((0, 0), |(a, r), file| (a + file.added, r + file.removed));
    Ok(PatchSummary { files, added, removed })
}

/// Judges a patch that was read.
pub(crate) fn check_files(files: &[FilePatch], options: &GuardOptions) -> Result<(), Refusal> {
    if files.is_empty() {
        return Err(Refusal::new("the patch changes no file"));
    }
    if files.len() > options.files_max {
        let (is, max) = (files.len(), options.files_max);
        return Err(Refusal::new(format!("the patch changes {is} files; at most {max} are pushed at once")));
    }
    for file in files {
        path::check(&file.path)?;
        check_modes(file)?;
        check_protected(file, options)?;
        check_decided(file, options)?;
        check_shown(file)?;
    }
    check_each_once(files)?;
    check_case(files)
}

fn check_modes(file: &FilePatch) -> Result<(), Refusal> {
    let path = &file.path;
    for mode in [&file.old_mode, &file.new_mode].into_iter().flatten() {
        let what = match mode.as_str() {
            "100644" | "100755" => continue,
            "120000" => "is a symbolic link (mode 120000)".to_owned(),
            "160000" => "is a submodule (mode 160000)".to_owned(),
            other => format!("has the mode {}", other.chars().take(10).collect::<String>()),
        };
        return Err(Refusal::new(format!("`{path}` {what}; only regular files are pushed")));
    }
    Ok(())
}

fn check_protected(file: &FilePatch, options: &GuardOptions) -> Result<(), Refusal> {
    let allowed = |it: &String| *it == file.path || (it.ends_with('/') && file.path.starts_with(it.as_str()));
    match path::protected(&file.path) {
        Some(why) if !options.allowed.iter().any(allowed) => {
            Err(Refusal::new(format!("`{}` {why}; a person must change it", file.path)))
        }
        _ => Ok(()),
    }
}

fn check_decided(file: &FilePatch, options: &GuardOptions) -> Result<(), Refusal> {
    match &options.paths {
        Some(paths) if !paths.contains(&file.path) => {
            Err(Refusal::new(format!("`{}` is not among the files that were decided on", file.path)))
        }
        _ => Ok(()),
    }
}

/// What a person cannot see as it is cannot be approved. Lines may end in a carriage return, as whole files do; lines
/// that go may hold anything.
fn check_shown(file: &FilePatch) -> Result<(), Refusal> {
    let lines = file.hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind == LineKind::Add);
    for line in lines {
        let text = line.text.strip_suffix('\r').unwrap_or(&line.text);
        let why = match () {
            () if visible(text) != text => "gets characters that a reader cannot see",
            () if redact(text) != text => "gets a secret, which is not shown",
            () => continue,
        };
        return Err(Refusal::new(format!("`{}` {why}; nobody could know what they approve", file.path)));
    }
    Ok(())
}

fn check_each_once(files: &[FilePatch]) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    match files.iter().find(|file| !seen.insert(&file.path)) {
        Some(twice) => Err(Refusal::new(format!("`{}` is changed twice in the patch", twice.path))),
        None => Ok(()),
    }
}

/// Two names that are one on some systems, or a file where the patch needs a folder.
fn check_case(files: &[FilePatch]) -> Result<(), Refusal> {
    let mut names: HashMap<String, &str> = HashMap::new();
    for file in files.iter().filter(|file| file.change != Change::Delete) {
        for (end, _) in file.path.match_indices('/').chain([(file.path.len(), "")]) {
            let prefix = &file.path[..end];
            if let Some(other) = names.insert(prefix.to_lowercase(), prefix).filter(|other| *other != prefix) {
                return Err(Refusal::new(format!("`{prefix}` and `{other}` are the same file on some systems")));
            }
        }
    }
    Ok(())
}
