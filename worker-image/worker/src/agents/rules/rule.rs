//! What a rule is: a name, words for people, and a function over the whole change.
//!
//! A rule sees every file because the best ones compare two. It brings its own examples, so that one test holds all
//! rules to theirs and a rule without any does not pass.

use super::found::Found;
use super::input::ChangedFile;
use super::lexis;
use super::paths::{self, Language};
use super::text::Text;
use protocol::Severity;
use std::cell::OnceCell;
use std::collections::HashSet;

/// One fixed check.
#[derive(Debug)]
pub(super) struct Rule {
    /// Name in findings and in `agent.rules_off`.
    pub name: &'static str,
    /// How bad its findings are at most.
    pub severity: Severity,
    /// What it catches, for `docs/rules.md`.
    pub catches: &'static str,
    /// What it leaves alone, for `docs/rules.md`.
    pub leaves: &'static str,
    /// What its patch does; empty if it never has one.
    pub fixes: &'static str,
    /// The check.
    pub check: fn(&Change<'_>, &mut Found<'_>),
    /// What must and must not be found.
    #[cfg(test)]
    pub examples: fn() -> Vec<super::examples::Example>,
}

/// The change, prepared for the rules.
#[derive(Debug)]
pub(super) struct Change<'a> {
    /// Changed files.
    pub files: Vec<File<'a>>,
    /// Every path of the head's tree.
    pub head_paths: HashSet<&'a str>,
    /// Who owns the repository.
    pub owner: &'a str,
    /// Title of the pull request, hostile text.
    pub title: &'a str,
}

impl<'a> Change<'a> {
    /// Files with text in the head that somebody wrote here.
    pub fn written(&self) -> impl Iterator<Item = (&File<'a>, &Text<'a>)> {
        self.files.iter().filter(|file| file.foreign.is_none()).filter_map(|file| Some((file, file.new.as_ref()?)))
    }

    /// Whether the head has this path.
    pub fn head_has(&self, path: &str) -> bool {
        self.head_paths.contains(path)
    }

    /// The changed file of this path.
    pub fn file(&self, path: &str) -> Option<&File<'a>> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// One changed file, its texts read.
#[derive(Debug)]
pub(super) struct File<'a> {
    /// Path in the head.
    pub path: &'a str,
    /// What the caller handed in.
    pub raw: &'a ChangedFile,
    /// Text of the head; none if it is binary, no UTF-8, a symlink, too large or gone.
    pub new: Option<Text<'a>>,
    /// Text of the base, likewise.
    pub old: Option<Text<'a>>,
    /// Why it is not ours to judge.
    pub foreign: Option<&'static str>,
    code: OnceCell<String>,
}

impl<'a> File<'a> {
    /// Reads what can be read of `raw`.
    pub fn read(raw: &'a ChangedFile) -> Self {
        let is_file = |mode: u32| mode & 0o170_000 == 0o100_000 || mode == 0;
        let text = |bytes: &'a Option<std::sync::Arc<[u8]>>, mode, lines: &[_]| {
            bytes.as_deref().filter(|_| is_file(mode)).and_then(|bytes| Text::read(bytes, lines))
        };
        let new = text(&raw.new, raw.mode, &raw.added_lines);
        let old = text(&raw.old, raw.old_mode.unwrap_or(raw.mode), &raw.removed_lines);
        let foreign = paths::foreign(&raw.path, new.as_ref().or(old.as_ref()).map(|text| text.whole));
        Self { path: &raw.path, raw, new, old, foreign, code: OnceCell::new() }
    }

    /// The language by its name.
    pub fn language(&self) -> Option<Language> {
        paths::language(self.path)
    }

    /// The head's text without comments and literals, byte for byte in place; empty in an unknown language.
    pub fn code(&self) -> &str {
        self.code.get_or_init(|| match (&self.new, self.language()) {
            (Some(text), Some(language)) => lexis::code_only(text.whole, language),
            _ => String::new(),
        })
    }

    /// A line of [`File::code`].
    pub fn code_line(&self, number: u32) -> &str {
        let Some(text) = &self.new else { return "" };
        self.code().get(text.line_range(number)).unwrap_or("").trim_end_matches(['\n', '\r'])
    }
}
