//! Findings as a table: the worst first, and as many as fit.

use super::{PART_CHARS_MAX, words::count};
use crate::encoder::{cell, code, cut};
use protocol::Finding;

/// Characters of a title in a row.
const TITLE_CHARS_MAX: usize = 200;
/// Characters of a path in a row.
const PATH_CHARS_MAX: usize = 200;

/// The table of `findings`; the column "Patch" is there if there is a patch.
pub(super) fn table(findings: &[Finding], with_patch: bool) -> String {
    let mut out = if with_patch {
        "|    | Where | What | Patch |\n|----|-------|------|-------|\n".to_owned()
    } else {
        "|    | Where | What |\n|----|-------|------|\n".to_owned()
    };
    let sorted = worst_first(findings);
    for (shown, finding) in sorted.iter().enumerate() {
        let row = row(finding, with_patch);
        if out.chars().count() + row.chars().count() > PART_CHARS_MAX {
            out.push_str(&format!("\n{} more, less severe, not shown here.", count(sorted.len() - shown, "finding")));
            break;
        }
        out.push_str(&row);
    }
    out
}

/// By severity, then as they were reported.
pub(super) fn worst_first(findings: &[Finding]) -> Vec<&Finding> {
    let mut sorted: Vec<_> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    sorted
}

fn row(finding: &Finding, with_patch: bool) -> String {
    let place = code(&place(finding)).replace('|', "\\|");
    let what = cell(&cut(&finding.title, TITLE_CHARS_MAX));
    let mark = finding.severity.mark();
    match (with_patch, finding.in_patch) {
        (false, _) => format!("| {mark} | {place} | {what} |\n"),
        (true, true) => format!("| {mark} | {place} | {what} | yes |\n"),
        (true, false) => format!("| {mark} | {place} | {what} | needs a person |\n"),
    }
}

/// `src/auth.rs:22`.
pub(super) fn place(finding: &Finding) -> String {
    let path = cut(&finding.path, PATH_CHARS_MAX);
    finding.line.map_or_else(|| path.clone(), |line| format!("{path}:{line}"))
}
