//! The `rules` agent: fixed checks, no model.
//!
//! A pure function over a change in memory. Each rule is a file with examples of what it must and must not find; what
//! every rule would otherwise repeat (masking, ids, bounds, merging of fixes) happens once, around them.

mod conflict_markers;
mod coverage;
mod debug_calls;
#[cfg(test)]
mod documentation;
#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod examples;
mod fixes;
mod formats;
mod found;
mod hidden_characters;
mod hidden_text;
mod input;
mod json;
mod json_parses;
mod large_binary;
mod lexis;
mod links_and_paths;
mod lock_file;
mod look_alikes;
mod manifests;
mod paths;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod recall;
mod released_migration;
mod rule;
mod rust_regions;
mod secret_formats;
mod secrets;
mod test_names;
mod tests_removed;
mod text;
mod toml_parses;
mod whitespace;
mod workflow_risk;
mod yaml;
mod yaml_parses;

pub use input::{ChangedFile, Input, Status};
pub use secrets::mask_secrets;

use coverage::NotChecked;
use found::{Draft, Found};
use protocol::{FINDINGS_MAX, Finding, RulesOptions, Severity};
use rule::{Change, File, Rule};

/// All rules, in the order of `docs/rules.md`.
const RULES: &[Rule] = &[
    hidden_text::RULE,
    secrets::RULE,
    json_parses::RULE,
    yaml_parses::RULE,
    toml_parses::RULE,
    conflict_markers::RULE,
    workflow_risk::RULE,
    debug_calls::RULE,
    links_and_paths::RULE,
    lock_file::RULE,
    released_migration::RULE,
    tests_removed::RULE,
    large_binary::RULE,
];

/// Bytes of a path that the wire takes.
const PATH_BYTES_MAX: usize = 512;
/// Bytes of a note.
const NOTE_BYTES_MAX: usize = 200;

/// What the fixed checks found.
#[derive(Debug, Clone, Default)]
pub struct RulesReport {
    /// Worst first, then by path and line; at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
    /// The mechanical fixes, merged: one new content per file.
    pub fixes: Vec<FileFix>,
    /// What was not checked, a few words each; what the change itself lacks (submodules, LFS, too large) is its reader's to name.
    pub not_checked: Vec<String>,
    /// What a reader should know: `whitespace: 4 lines in 2 files`.
    pub notes: Vec<String>,
    /// Changed files that were read.
    pub files_read: u32,
}

/// New content of one file, with every mechanical fix of its findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFix {
    /// Path in the head.
    pub path: String,
    /// All of the file.
    pub new_content: Vec<u8>,
}

/// What a rule says of itself: for the documentation, and for whoever wants to list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Name in findings and in `agent.rules_off`.
    pub name: &'static str,
    /// How bad its findings are at most.
    pub severity: Severity,
    /// What it catches.
    pub catches: &'static str,
    /// What it leaves alone.
    pub leaves: &'static str,
    /// What its patch does; empty if it never has one.
    pub fixes: &'static str,
}

/// All rules, in the order of `docs/rules.md`.
pub fn about() -> Vec<About> {
    let about = |rule: &Rule| About {
        name: rule.name,
        severity: rule.severity,
        catches: rule.catches,
        leaves: rule.leaves,
        fixes: rule.fixes,
    };
    RULES.iter().map(about).collect()
}

/// Every name that `agent.rules_off` may hold.
pub fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.name).chain([whitespace::NAME])
}

/// Reads a change. Never fails: what cannot be read is named in `not_checked`.
pub fn review(input: &Input, options: &RulesOptions) -> RulesReport {
    let on: Vec<_> = RULES.iter().filter(|rule| !options.off.iter().any(|off| off == rule.name)).collect();
    let mut report = run(&on, input);
    let whitespace_on = !options.off.iter().any(|off| off == whitespace::NAME);
    report.notes.extend(whitespace::note(input).filter(|_| whitespace_on));
    let unknown =
        options.off.iter().filter(|off| **off != whitespace::NAME && RULES.iter().all(|rule| rule.name != **off));
    report.notes.extend(
        unknown
            .take(1)
            .map(|name| found::one_line(&format!("`agent.rules_off` names no rule: {name}"), NOTE_BYTES_MAX)),
    );
    report
}

fn run(rules: &[&Rule], input: &Input) -> RulesReport {
    let mut not_checked = NotChecked::default();
    let mut files = Vec::new();
    let mut files_read = 0;
    for raw in &input.files {
        if raw.path.len() > PATH_BYTES_MAX || mask_secrets(&raw.path) != raw.path {
            not_checked.file("file with a name that cannot be said", &raw.path);
            continue;
        }
        let file = File::read(raw);
        let kind = unread(&file);
        files_read += u32::from(kind.is_none() && !is_elsewhere(&file));
        kind.into_iter().for_each(|kind| not_checked.file(kind, &raw.path));
        files.push(file);
    }
    let head_paths = input.head_paths.iter().map(String::as_str).collect();
    let owner = input.repository.split('/').next().unwrap_or_default();
    let change = Change { files, head_paths, owner, title: &input.title };
    let (mut drafts, mut dropped): (Vec<Draft>, usize) = (Vec::new(), 0);
    for rule in rules {
        let mut found = Found {
            rule: rule.name,
            drafts: &mut drafts,
            not_checked: &mut not_checked,
            made: 0,
            dropped: &mut dropped,
        };
        (rule.check)(&change, &mut found);
    }
    let (mut findings, fixes) = found::finish(drafts, &change);
    let more = findings.len().saturating_sub(FINDINGS_MAX) + dropped;
    findings.truncate(FINDINGS_MAX);
    RulesReport {
        findings,
        fixes,
        not_checked: not_checked.into_words(),
        notes: (more > 0).then(|| format!("{more} more findings are not shown")).into_iter().collect(),
        files_read,
    }
}

/// Whether the content is not in the change at all. Whoever read the change from git names these.
fn is_elsewhere(file: &File<'_>) -> bool {
    let is_pointer = |text: &text::Text<'_>| text.whole.starts_with("version https://git-lfs.github.com/spec/");
    file.raw.too_large.is_some() || file.raw.mode & 0o170_000 == 0o160_000 || file.new.as_ref().is_some_and(is_pointer)
}

/// What kind of file it is, if its content was not looked into.
fn unread(file: &File<'_>) -> Option<&'static str> {
    let raw = file.raw;
    let is_link = raw.mode & 0o170_000 == 0o120_000;
    let not_text = raw.new.as_deref().is_some_and(|bytes| !is_link && !text::is_binary(bytes)) && file.new.is_none();
    file.foreign.or(not_text.then_some("file in another encoding than UTF-8"))
}
