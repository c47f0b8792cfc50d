//! The review and its inline comments.

use super::{
    PART_CHARS_MAX, footer, table,
    view::{Ending, FindingComment, RequestKind, ReviewText, ReviewView},
    words::{count, short},
};
use crate::encoder::{block, code, cut, inline, suggestion};
use protocol::Finding;

/// Characters of a finding's title.
const TITLE_CHARS_MAX: usize = 300;
/// Characters of a finding's detail.
const DETAIL_CHARS_MAX: usize = 4_000;
/// Inline comments of one review: more than a person reads in one sitting.
const COMMENTS_MAX: usize = 50;

/// What a review says.
pub fn review(view: &ReviewView) -> ReviewText {
    let fresh: Vec<_> =
        table::worst_first(&view.findings).into_iter().filter(|it| !view.known.contains(&it.id)).collect();
    let (inline, rest): (Vec<&Finding>, Vec<&Finding>) = fresh.into_iter().partition(|it| it.line.is_some());
    let (inline, beyond) = inline.split_at(inline.len().min(COMMENTS_MAX));
    let mut parts = vec![headline(view)];
    parts.extend(call_to_action(view));
    parts.extend(listed(&[&rest[..], beyond].concat()));
    parts.push(footer::small_print(view));
    let comments = inline.iter().filter_map(|finding| comment(finding, view)).collect();
    ReviewText { body: parts.join("\n"), comments }
}

fn headline(view: &ReviewView) -> String {
    let mut text = format!("**{} at `{}`.", count(view.findings.len(), "finding"), short(&view.head_sha));
    let fixed = view.findings.iter().filter(|it| it.in_patch).count();
    if view.patch.is_some() && is_fix(view) {
        text.push_str(&format!(" One patch fixes {fixed} of them and waits for you."));
    }
    text.push_str("**");
    let known = view.findings.iter().filter(|it| view.known.contains(&it.id)).count();
    if known > 0 {
        text.push_str(&format!(" {known} known from before, not repeated."));
    }
    if view.resolved > 0 {
        text.push_str(&format!(" {} resolved since.", view.resolved));
    }
    if !view.current {
        text.push_str(" New commits came since; this is about the commit named here.");
    }
    match &view.ending {
        Ending::Stopped { limit } => {
            text.push_str(&format!(" Stopped at {}: the rest was not read.", inline(limit)));
        }
        Ending::Asked { question } => {
            text.push_str(&format!("\nThe agent asks:\n{}", block(&cut(question, DETAIL_CHARS_MAX))));
        }
        Ending::Complete => {}
    }
    text
}

fn is_fix(view: &ReviewView) -> bool {
    view.request.as_ref().is_some_and(|request| request.kind == RequestKind::Fix)
}

/// How to answer. The commands are code, so that nobody takes them for an answer of ours.
fn call_to_action(view: &ReviewView) -> Option<String> {
    let request = view.request.as_ref()?;
    let words = if is_fix(view) { "See the patch and decide" } else { "Answer in the check" };
    let check = view.links.check.as_ref().map_or_else(|| words.to_owned(), |link| format!("[{words}]({link})"));
    let (approve, reject) =
        (code(&format!("@{} approve {}", view.bot, request.id)), code(&format!("reject {}", request.id)));
    Some(format!("{check} · or comment {approve} / {reject}"))
}

/// Findings without a line of their own.
fn listed(findings: &[&Finding]) -> Option<String> {
    let mut out = String::new();
    for (shown, finding) in findings.iter().enumerate() {
        let fixable = if finding.in_patch { "" } else { "Not fixable by me: " };
        let line = format!(
            "{} {fixable}{} {}{}\n",
            finding.severity.mark(),
            code(&table::place(finding)),
            inline(&cut(&finding.title, TITLE_CHARS_MAX)),
            detail(finding)
        );
        if out.chars().count() + line.chars().count() > PART_CHARS_MAX {
            out.push_str(&format!("{} more in the check.\n", count(findings.len() - shown, "finding")));
            break;
        }
        out.push_str(&line);
    }
    (!out.is_empty()).then(|| out.trim_end().to_owned())
}

fn detail(finding: &Finding) -> String {
    if finding.detail.trim().is_empty() {
        return String::new();
    }
    let shown = cut(finding.detail.trim(), DETAIL_CHARS_MAX);
    if shown.contains('\n') { format!("\n{}", block(&shown)) } else { format!(" ({})", inline(&shown)) }
}

fn comment(finding: &Finding, view: &ReviewView) -> Option<FindingComment> {
    let first = finding.line?;
    let last = finding.end_line.unwrap_or(first).max(first);
    let title = inline(&cut(&finding.title, TITLE_CHARS_MAX));
    let mut body = format!("{} **{}**{}", finding.severity.mark(), title, detail(finding));
    if let Some(block) = finding.suggestion.as_deref().and_then(suggestion) {
        body.push_str(&format!("\n{block}"));
    }
    let patch = view.patch.as_ref().filter(|_| finding.in_patch).map(|patch| patch.digest());
    let in_patch = patch.map_or_else(String::new, |digest| format!(" · in patch {}", digest.short()));
    body.push_str(&format!("\n<sub>{}{in_patch}</sub>", code(&cut(&finding.rule, 100))));
    Some(FindingComment {
        finding: finding.id.clone(),
        path: finding.path.clone(),
        line: last,
        start_line: (first < last).then_some(first),
        body,
    })
}
