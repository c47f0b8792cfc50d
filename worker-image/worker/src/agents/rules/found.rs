//! Where rules put what they found, and how drafts become findings.
//!
//! Masking, escaping, bounds and ids happen here once, so that no rule can forget them.

use super::coverage::NotChecked;
use super::fixes::{self, Edit};
use super::rule::{Change, File};
use super::{FileFix, hidden_characters, secrets};
use protocol::{DETAIL_BYTES_MAX, Finding, Severity, TITLE_BYTES_MAX};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Drafts one rule may make; a reader stops long before, and a hostile change must not fill memory.
const DRAFTS_PER_RULE_MAX: usize = 1_000;
/// Bytes of a line that its id is made of; several findings on a longer one are counted.
const KEY_BYTES_MAX: usize = 4 * 1024;
/// Bytes of an id: 64 bits of a digest, in hexadecimal.
const ID_DIGITS: usize = 16;

/// A finding that is not finished yet.
#[derive(Debug)]
pub(super) struct Draft {
    rule: &'static str,
    /// Path in the head.
    pub path: String,
    /// First line in the head.
    pub line: Option<u32>,
    /// Last line, if more than one.
    pub end_line: Option<u32>,
    /// How bad.
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// More.
    pub detail: String,
    /// What the id is made of beside rule and path.
    pub key: String,
    /// The mechanical fix: all of it or nothing.
    pub edits: Vec<Edit>,
    /// Whether the patch has it; decided in [`fixes`].
    pub in_patch: bool,
    /// The whole line as the patch leaves it.
    pub suggestion: Option<String>,
}

/// Collects what one rule finds.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) rule: &'static str,
    pub(super) drafts: &'a mut Vec<Draft>,
    pub(super) not_checked: &'a mut NotChecked,
    pub(super) made: usize,
    pub(super) dropped: &'a mut usize,
}

impl Found<'_> {
    /// Reports a line of the head.
    pub fn at(
        &mut self,
        file: &File<'_>,
        line: u32,
        severity: Severity,
        title: impl Into<String>,
    ) -> Option<&mut Draft> {
        let content = file.new.as_ref().map_or("", |text| text.line(line));
        let content = &content[..content.floor_char_boundary(KEY_BYTES_MAX)];
        let key = content.split_whitespace().collect::<Vec<_>>().join(" ");
        self.push(file.path, Some(line), severity, title.into(), key)
    }

    /// Reports a whole file.
    pub fn whole(&mut self, path: &str, severity: Severity, title: impl Into<String>) -> Option<&mut Draft> {
        let title = title.into();
        self.push(path, None, severity, title.clone(), title)
    }

    /// Says what this rule could not check.
    pub fn not_checked(&mut self, kind: &'static str, path: &str) {
        self.not_checked.file(kind, path);
    }

    fn push(
        &mut self,
        path: &str,
        line: Option<u32>,
        severity: Severity,
        title: String,
        key: String,
    ) -> Option<&mut Draft> {
        if self.made == DRAFTS_PER_RULE_MAX {
            *self.dropped += 1;
            return None;
        }
        self.made += 1;
        self.drafts.push(Draft {
            rule: self.rule,
            path: path.to_owned(),
            line,
            end_line: None,
            severity,
            title,
            detail: String::new(),
            key,
            edits: Vec::new(),
            in_patch: false,
            suggestion: None,
        });
        self.drafts.last_mut()
    }
}

/// Merges the fixes and turns drafts into findings: worst first, then by path and line.
pub(super) fn finish(mut drafts: Vec<Draft>, change: &Change<'_>) -> (Vec<Finding>, Vec<FileFix>) {
    drafts.sort_by(|a, b| (&a.path, a.line, a.rule).cmp(&(&b.path, b.line, b.rule)));
    let fixed = fixes::merge(&mut drafts, change);
    let mut seen: HashMap<(&'static str, String, String), u32> = HashMap::new();
    let mut findings: Vec<_> = drafts
        .into_iter()
        .map(|draft| {
            let ordinal = seen.entry((draft.rule, draft.path.clone(), draft.key.clone())).or_default();
            *ordinal += 1;
            let id = id(&draft, *ordinal);
            finding(draft, id)
        })
        .collect();
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| (&a.path, a.line).cmp(&(&b.path, b.line))));
    (findings, fixed)
}

/// Rule, path and content; the line number is not in it, so that a moved line keeps its id.
fn id(draft: &Draft, ordinal: u32) -> String {
    let digest = Sha256::digest(format!("{}\0{}\0{}\0{ordinal}", draft.rule, draft.path, draft.key));
    let mut id = hex::encode(digest);
    id.truncate(ID_DIGITS);
    id
}

fn finding(draft: Draft, id: String) -> Finding {
    let suggestion =
        draft.suggestion.filter(|line| line.len() <= DETAIL_BYTES_MAX && secrets::mask_secrets(line) == *line);
    Finding {
        id,
        rule: draft.rule.to_owned(),
        severity: draft.severity,
        path: draft.path,
        line: draft.line,
        end_line: draft.end_line,
        title: one_line(&draft.title, TITLE_BYTES_MAX),
        detail: plain(&draft.detail, DETAIL_BYTES_MAX),
        suggestion,
        in_patch: draft.in_patch,
    }
}

/// [`plain`] text without line feeds.
pub(super) fn one_line(text: &str, bytes_max: usize) -> String {
    plain(&text.replace('\n', " "), bytes_max)
}

/// Text for people: secrets masked, nothing invisible, at most `bytes_max` long.
fn plain(text: &str, bytes_max: usize) -> String {
    let masked = secrets::mask_secrets(text);
    let mut plain = String::with_capacity(masked.len());
    for character in masked.chars() {
        if (character.is_control() && character != '\n') || hidden_characters::is_hidden(character) {
            // Writing to a String does not fail.
            let _ = write!(plain, "U+{:04X}", u32::from(character));
        } else {
            plain.push(character);
        }
    }
    if plain.len() > bytes_max {
        let end = plain.floor_char_boundary(bytes_max - "…".len());
        plain.truncate(end);
        plain.push('…');
    }
    plain
}
