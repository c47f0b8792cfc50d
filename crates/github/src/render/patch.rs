//! A patch for a person to read: every line that changes, and where. Context is left out, changes never are; a patch too
//! long to be shown whole says so.

use super::{PART_CHARS_MAX, words::count};
use crate::encoder::{code, cut, fence};
use crate::push::{self, Change, FilePatch, LineKind};
use protocol::Patch;

/// `Patch `9c41e7`, 3 files, +2 −3`.
pub(super) fn headline(patch: &Patch) -> String {
    let digest = patch.digest();
    let name = format!("Patch {}", code(digest.short()));
    match push::parse(&patch.diff) {
        Ok(files) => {
            let (added, removed) =
                files.iter().map(FilePatch::counts).fold((0, 0), |(a, r), (added, removed)| (a + added, r + removed));
            format!("{name}, {}, +{added} −{removed}", count(files.len(), "file"))
        }
        Err(_) => name,
    }
}

/// The changed lines as a fenced diff.
pub(super) fn excerpt(patch: &Patch) -> String {
    let text = match push::parse(&patch.diff) {
        Ok(files) => files.iter().map(lines).collect::<Vec<_>>().concat(),
        Err(_) => patch.diff.clone(),
    };
    if text.chars().count() <= PART_CHARS_MAX {
        return fence("diff", &text);
    }
    let shown = fence("diff", &cut(&text, PART_CHARS_MAX));
    format!("{shown}\n**Not shown whole: the patch is longer than fits here.** Do not apply what you have not read.")
}

fn lines(file: &FilePatch) -> String {
    let mut out = String::new();
    let path = &file.path;
    let note = match file.change {
        Change::Add => " (new file)",
        Change::Delete => " (deleted)",
        Change::Modify => "",
    };
    if let (Some(old), Some(new)) = (&file.old_mode, &file.new_mode)
        && old != new
    {
        out.push_str(&format!(" {path} (mode {old} becomes {new})\n"));
    } else if file.change == Change::Add && file.new_mode.as_deref() == Some("100755") {
        out.push_str(&format!(" {path} (executable)\n"));
    } else if file.hunks.is_empty() {
        out.push_str(&format!(" {path}{note}, empty\n"));
    }
    for hunk in &file.hunks {
        let leading = hunk.lines.iter().take_while(|line| line.kind == LineKind::Context).count();
        let start = if file.change == Change::Delete { hunk.old_start } else { hunk.new_start };
        out.push_str(&format!(" {path}:{}{note}\n", start + leading));
        for line in hunk.lines.iter().filter(|line| line.kind != LineKind::Context) {
            let mark = if line.kind == LineKind::Add { '+' } else { '-' };
            out.push_str(&format!("{mark}{}\n", line.text));
            if line.unterminated {
                out.push_str("\\ no line feed at the end\n");
            }
        }
    }
    out
}
