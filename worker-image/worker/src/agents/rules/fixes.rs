//! Mechanical fixes of several rules, merged into one new content per file.
//!
//! A fix is kept only if all of it lies on changed lines, nothing overlaps it, and the file still parses, or parses now.

use super::found::Draft;
use super::rule::{Change, File};
use super::text::Text;
use super::{FileFix, formats, secrets};
use protocol::DETAIL_BYTES_MAX;
use std::collections::BTreeMap;
use std::ops::Range;

/// Replaces bytes of the head's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    /// Which bytes.
    pub range: Range<usize>,
    /// By what.
    pub with: String,
}

impl Edit {
    /// Takes bytes out.
    pub fn delete(range: Range<usize>) -> Self {
        Self { range, with: String::new() }
    }
}

/// Edits that do not overlap, by their first byte.
type Taken = BTreeMap<usize, Edit>;

/// Decides which drafts the patch has, and makes it.
pub(super) fn merge(drafts: &mut [Draft], change: &Change<'_>) -> Vec<FileFix> {
    let mut by_file: BTreeMap<String, Vec<&mut Draft>> = BTreeMap::new();
    for draft in drafts.iter_mut().filter(|draft| !draft.edits.is_empty()) {
        by_file.entry(draft.path.clone()).or_default().push(draft);
    }
    by_file.into_iter().filter_map(|(path, drafts)| merge_file(change.file(&path)?, drafts)).collect()
}

fn merge_file(file: &File<'_>, mut drafts: Vec<&mut Draft>) -> Option<FileFix> {
    let text = file.new.as_ref()?;
    // A patch is shown with the lines around it; it must not show a secret.
    if secrets::mask_secrets(text.whole) != text.whole {
        return None;
    }
    let mut taken = Taken::new();
    for draft in &mut drafts {
        draft.in_patch = draft.edits.iter().all(|edit| on_touched_lines(edit, text) && fits(edit, &taken));
        if draft.in_patch {
            taken.extend(draft.edits.iter().map(|edit| (edit.range.start, edit.clone())));
        }
    }
    let fixed = apply(text.whole, taken.values(), 0);
    if fixed == text.whole || formats::parses(file.path, &fixed) == Some(false) {
        drafts.iter_mut().for_each(|draft| draft.in_patch = false);
        return None;
    }
    for draft in drafts.into_iter().filter(|draft| draft.in_patch) {
        draft.suggestion =
            draft.line.filter(|_| draft.end_line.is_none()).and_then(|line| suggestion(draft, line, text, &taken));
    }
    Some(FileFix { path: file.path.to_owned(), new_content: fixed.into_bytes() })
}

fn on_touched_lines(edit: &Edit, text: &Text<'_>) -> bool {
    let valid = edit.range.start < edit.range.end && text.whole.get(edit.range.clone()).is_some();
    let (first, last) = (text.line_of(edit.range.start), text.line_of(edit.range.end.saturating_sub(1)));
    valid && (first..=last).all(|line| text.is_touched(line))
}

/// Whether nothing that was taken overlaps an edit, or it is the same one.
fn fits(edit: &Edit, taken: &Taken) -> bool {
    let before = taken.range(..=edit.range.start).next_back().map(|(_, other)| other);
    let after = taken.range(edit.range.start + 1..).next().map(|(_, other)| other);
    before.is_none_or(|other| other == edit || other.range.end <= edit.range.start)
        && after.is_none_or(|other| edit.range.end <= other.range.start)
}

/// `text`, which begins at byte `offset` of the file, with sorted edits applied.
fn apply<'a>(text: &str, edits: impl IntoIterator<Item = &'a Edit>, offset: usize) -> String {
    let mut fixed = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        fixed.push_str(&text[at..edit.range.start - offset]);
        fixed.push_str(&edit.with);
        at = edit.range.end - offset;
    }
    fixed.push_str(&text[at..]);
    fixed
}

/// The line as the patch leaves it; `None` if the fix reaches beyond it or takes it away whole.
fn suggestion(draft: &Draft, line: u32, text: &Text<'_>, taken: &Taken) -> Option<String> {
    let whole = text.line_range(line);
    let content = text.line(line).trim_end_matches('\r');
    let inside = whole.start..whole.start + content.len();
    let within = |edit: &Edit| inside.start <= edit.range.start && edit.range.end <= inside.end;
    if content.len() > DETAIL_BYTES_MAX || !draft.edits.iter().all(within) {
        return None;
    }
    // Others' edits of the same line are in the patch too.
    let here: Vec<_> = taken.range(whole).map(|(_, edit)| edit).collect();
    here.iter().all(|edit| within(edit)).then(|| apply(content, here, inside.start))
}
