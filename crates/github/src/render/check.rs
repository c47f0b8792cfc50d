//! The check: its title says how it ended, its summary begins with what a person has to do.

use super::{
    BODY_CHARS_MAX, decision, footer, patch, table,
    view::{CheckText, CheckView, Ending, NotCompletedView, RequestKind, RequestView, ReviewView, RunningView},
    words::{count, short},
};
use crate::api::Annotation;
use crate::encoder::{block, cut, inline, plain, visible};
use protocol::{Finding, Severity};

/// Characters of a title: GitHub shows about this many.
const TITLE_CHARS_MAX: usize = 200;
/// Characters of a sentence with details.
const DETAIL_CHARS_MAX: usize = 2_000;
/// Annotations of one check: two requests of 50.
const ANNOTATIONS_MAX: usize = 100;
/// Highest line of an annotation: GitHub keeps them in 32 bits with a sign.
const LINE_MAX: u32 = i32::MAX as u32;
/// Characters of an annotation's text.
const MESSAGE_CHARS_MAX: usize = 4_000;

/// What a check run says.
pub fn check(view: &CheckView) -> CheckText {
    let (title, summary) = match view {
        CheckView::Queued { head_sha, waits_for } => queued(head_sha, waits_for.as_deref()),
        CheckView::Running(running) => self::running(running),
        CheckView::Reviewed(review) => (title(review), summary(review)),
        CheckView::NotCompleted(failed) => not_completed(failed),
        CheckView::NotReviewed { head_sha, reason, ask_with } => not_reviewed(head_sha, reason, ask_with.as_deref()),
        CheckView::Replaced { head_sha, by_sha } => (
            format!("Replaced by {}", short(by_sha)),
            format!(
                "New commits came while `{}` was read. `{}` has a check of its own.",
                short(head_sha),
                short(by_sha)
            ),
        ),
        CheckView::Decided(view) => (decision::title(view), decision::text(view)),
        CheckView::OwnPush { sha, patch, run, open } => (
            format!("Fix {} applied as {}", plain(patch), short(sha)),
            format!(
                "This commit is the approved patch `{}`, pushed unchanged. Run {run}'s findings without it: {} open.\n\nIt was not reviewed again.",
                plain(patch),
                open
            ),
        ),
    };
    let annotations = match view {
        CheckView::Reviewed(review) => annotations(&review.findings),
        _ => Vec::new(),
    };
    CheckText { title: cut(&plain(&title), TITLE_CHARS_MAX), summary: cut(&summary, BODY_CHARS_MAX), annotations }
}

fn queued(head_sha: &str, waits_for: Option<&str>) -> (String, String) {
    let waits = waits_for.map_or("Waits for a free machine.".to_owned(), |it| format!("Waits: {}.", inline(it)));
    (format!("Queued at {}", short(head_sha)), format!("{waits} Nothing runs yet."))
}

fn running(view: &RunningView) -> (String, String) {
    let files = if view.files_total == 0 {
        String::new()
    } else {
        format!(": {} of {}", view.files_read, count(view.files_total as usize, "file"))
    };
    let mut lines =
        vec![format!("Run {} reads `{}`: {}", view.run, short(&view.head_sha), inline(&cut(&view.phase, 200)))];
    lines.push(format!("{} so far.", count(view.findings as usize, "finding")));
    lines.extend(footer::isolation_line(view.isolation.as_deref()));
    (format!("Reading {}{files}", short(&view.head_sha)), lines.join("\n\n"))
}

fn not_completed(view: &NotCompletedView) -> (String, String) {
    let mut parts = vec![
        format!("Run {} at `{}` was not completed: {}.", view.run, short(&view.head_sha), inline(&view.reason)),
        block(&cut(&view.detail, DETAIL_CHARS_MAX)),
        "This says nothing about the change.".to_owned(),
    ];
    parts.extend(view.request.as_ref().map(what_the_button_does));
    parts.extend(footer::isolation_line(view.isolation.as_deref()));
    parts.retain(|part| !part.is_empty());
    (format!("Not completed: {}", view.reason), parts.join("\n\n"))
}

fn what_the_button_does(request: &RequestView) -> String {
    let who = inline(&request.who_may);
    match request.kind {
        RequestKind::RetryOnCopy => format!(
            "\"Start on a copy\" begins a new run on a copy of the volume, since the old machine is not confirmed gone. Who may: {who}."
        ),
        RequestKind::Continue => format!("\"Continue\" goes on beyond the limit, once. Who may: {who}."),
        RequestKind::RunReview => format!("\"Review it\" runs the review all the same. Who may: {who}."),
        RequestKind::RetryDecision => format!("\"Retry\" carries the decision out again. Who may: {who}."),
        RequestKind::Retry | RequestKind::Fix | RequestKind::Ask => {
            format!("\"Retry\" starts the review again. Who may: {who}.")
        }
    }
}

fn not_reviewed(head_sha: &str, reason: &str, ask_with: Option<&str>) -> (String, String) {
    let mut text = format!("`{}` was not read: {}.", short(head_sha), inline(reason));
    if let Some(command) = ask_with {
        text.push_str(&format!(" To have it read all the same, comment {}.", crate::encoder::code(command)));
    }
    (format!("Not reviewed: {reason}"), text)
}

fn title(view: &ReviewView) -> String {
    let sha = short(&view.head_sha);
    let findings = count(view.findings.len(), "finding");
    let files = count(view.coverage.files_total as usize, "file");
    match (&view.ending, &view.request) {
        (Ending::Stopped { limit }, _) => {
            format!("Stopped at {limit}: {findings}, {} read", footer::files_read(&view.coverage))
        }
        (Ending::Asked { .. }, Some(_)) => format!("Needs you: 1 question, {findings} at {sha}"),
        (Ending::Complete, Some(request)) if request.kind == RequestKind::Fix => {
            format!("Needs you: 1 fix to approve, {findings} at {sha}")
        }
        _ if view.findings.is_empty() && view.coverage.files_read == Some(view.coverage.files_total) => {
            format!("Clean at {sha}: {files}, nothing found")
        }
        _ if view.findings.is_empty() => {
            format!("Nothing found at {sha}: {} read", footer::files_read(&view.coverage))
        }
        _ => format!("{findings} at {sha}"),
    }
}

fn summary(view: &ReviewView) -> String {
    let mut parts = Vec::new();
    match (&view.ending, &view.request) {
        (Ending::Asked { question }, Some(_)) => {
            parts.push(format!("### The agent asks\n{}", block(&cut(question, DETAIL_CHARS_MAX))));
        }
        (Ending::Asked { question }, None) => {
            parts.push(format!("**The agent had asked**\n{}", block(&cut(question, DETAIL_CHARS_MAX))));
        }
        (Ending::Stopped { limit }, request) => {
            parts.push(format!(
                "Stopped at {}. What was found until then is below; the rest was not read.",
                inline(limit)
            ));
            parts.extend(request.as_ref().map(what_the_button_does));
        }
        (Ending::Complete, _) => {}
    }
    parts.extend(proposed(view));
    if view.findings.is_empty() {
        parts.push("Nothing found. That is not the same as safe: see what was not checked.".to_owned());
    } else {
        parts.push(table::table(&view.findings, view.patch.is_some()).trim_end().to_owned());
    }
    parts.push(footer::lines(view).join("\n"));
    parts.join("\n\n")
}

/// The patch and the question about it.
fn proposed(view: &ReviewView) -> Option<String> {
    let shown = view.patch.as_ref()?;
    let (headline, excerpt) = (patch::headline(shown), patch::excerpt(shown));
    Some(match &view.request {
        Some(request) if request.kind == RequestKind::Fix => {
            format!("### Apply this fix?\n**{headline}. A click pushes exactly this, or nothing.**\n{excerpt}")
        }
        _ => format!("**{headline}. It is not waiting for an answer.**\n{excerpt}"),
    })
}

/// Whether GitHub could show a file of that name and a reader could tell which it is; the table shows every finding.
fn is_place(path: &str) -> bool {
    !path.is_empty() && visible(path) == path && !path.contains('\n')
}

fn annotations(findings: &[Finding]) -> Vec<Annotation> {
    table::worst_first(findings)
        .into_iter()
        .filter(|finding| is_place(&finding.path))
        .filter_map(|finding| {
            let start_line = finding.line.filter(|line| *line <= LINE_MAX)?;
            Some(Annotation {
                path: finding.path.clone(),
                start_line,
                end_line: finding.end_line.unwrap_or(start_line).clamp(start_line, LINE_MAX),
                level: match finding.severity {
                    Severity::High => "failure",
                    Severity::Medium => "warning",
                    Severity::Low => "notice",
                }
                .to_owned(),
                title: plain(&cut(&finding.rule, TITLE_CHARS_MAX)),
                message: plain(&cut(&format!("{} {}", finding.title, finding.detail), MESSAGE_CHARS_MAX)),
            })
        })
        .take(ANNOTATIONS_MAX)
        .collect()
}
