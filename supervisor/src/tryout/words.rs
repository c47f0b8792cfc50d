//! A review as a person reads it. Whatever came from a repository or a machine is shown, never obeyed, by the terminal.

use super::{
    choose::{Hint, Nothing},
    report::{Review, Status, Subject},
};
use crate::cli::printable;
use domain::ids::short;
use protocol::Finding;
use std::fmt::Write as _;

/// There is nothing to review.
pub fn nothing(nothing: &Nothing) -> String {
    format!("{}\n{}", printable(&nothing.sentence), hints(&nothing.hints))
}

/// The review, whole.
pub fn review(review: &Review) -> String {
    let mut text = format!("{}\n", subject(&review.subject));
    for finding in &review.findings {
        let _ = write!(text, "\n{}", self::finding(finding, review.patch.is_some()));
    }
    let _ = write!(text, "\n{}\n", conclusion(review));
    if let Some(patch) = review.patch.as_ref().filter(|_| !matches!(review.status, Status::Applied | Status::Kept)) {
        let _ = write!(text, "\n{}", printable(&patch.diff));
    }
    text.push_str(&facts(review));
    text + &hints(&review.next)
}

/// `feature/limits at 3f2a91c against main: 2 commits, 6 files`.
pub fn subject(subject: &Subject) -> String {
    let (head, base) = (&subject.head, &subject.base);
    let files = count(subject.files as u64, "file");
    let words = if subject.worktree {
        format!("uncommitted changes on {} at {}: {files}", base.name, short(&base.sha))
    } else {
        let commits = count(subject.commits, "commit");
        let named = if short(&head.sha) == head.name {
            head.name.clone()
        } else {
            format!("{} at {}", head.name, short(&head.sha))
        };
        format!("{named} against {}: {commits}, {files}", base.name)
    };
    printable(&words)
}

/// A finding: where and what; then more, if there is more to say.
fn finding(finding: &Finding, patch: bool) -> String {
    let line = finding.line.map_or_else(String::new, |line| format!(":{line}"));
    let mut text = format!("{} {}{line}  {}\n", finding.severity.mark(), finding.path, finding.title);
    for line in finding.detail.lines() {
        let _ = writeln!(text, "   {line}");
    }
    if let Some(suggestion) = finding.suggestion.as_ref().filter(|_| !finding.in_patch) {
        let end = finding
            .end_line
            .filter(|end| Some(*end) != finding.line)
            .map_or_else(String::new, |end| format!(" to {end}"));
        let _ = writeln!(text, "   instead of line {}{end}:", finding.line.unwrap_or(1));
        for line in suggestion.lines() {
            let _ = writeln!(text, "   | {line}");
        }
    }
    let who = match (finding.in_patch, patch) {
        (true, _) => " · in the patch",
        (false, true) => " · needs a person",
        (false, false) => "",
    };
    let _ = writeln!(text, "   {}{who}", finding.rule);
    printable(&text)
}

fn conclusion(review: &Review) -> String {
    let found = count(review.findings.len() as u64, "finding");
    let reason = printable(review.reason.as_deref().unwrap_or("for no stated reason"));
    let request = review.request.as_ref();
    match review.status {
        Status::Clean => "Nothing found.".to_owned(),
        Status::Findings => match &review.patch {
            Some(patch) => format!("{found}. One patch fixes {} of them:", patch.fixes),
            None => format!("{found}; no patch."),
        },
        Status::NeedsDecision => {
            let fixes = review.patch.as_ref().map_or(0, |patch| patch.fixes);
            let id = request.map_or("", |request| &request.id);
            format!("{found}. One patch fixes {fixes} of them and waits for you (request {id}).")
        }
        Status::Asked => {
            let question = request.and_then(|request| request.question.as_deref()).unwrap_or("a question");
            format!("{found}. The agent asks: {}", printable(question))
        }
        Status::Stopped => format!("{found} so far; stopped at {reason}."),
        Status::NotReviewed => format!("Not reviewed: {reason}."),
        Status::NotCompleted => format!("Not completed: {reason}"),
        Status::Applied => match &review.written {
            Some(written) => {
                format!("Applied: the patch is {} on the new branch {}.", short(&written.sha), written.branch)
            }
            None => "Approved.".to_owned(),
        },
        Status::Kept => "Kept as is: nothing was written.".to_owned(),
    }
}

/// What was read, by whom, and what was not.
fn facts(review: &Review) -> String {
    let Some(agent) = &review.agent else { return String::new() };
    let coverage = &review.coverage;
    let mut rows = vec![(
        "read",
        format!(
            "{} of {} by {} {}: {}; {}.{} s",
            coverage.files_read.map_or_else(|| "not said how many".to_owned(), |read| read.to_string()),
            count(u64::from(coverage.files_total), "file"),
            agent.name,
            agent.version,
            agent.what,
            review.duration_ms / 1000,
            review.duration_ms % 1000 / 100
        ),
    )];
    if review.cost_microusd > 0 {
        rows.push((
            "cost",
            format!("${}.{:04}", review.cost_microusd / 1_000_000, review.cost_microusd % 1_000_000 / 100),
        ));
    }
    if !coverage.not_checked.is_empty() {
        rows.push(("not checked", coverage.not_checked.join("; ")));
    }
    rows.extend(coverage.notes.iter().map(|note| ("note", note.clone())));
    if review.isolation == "none" {
        rows.push(("ran as", "a process: contained, not isolated".to_owned()));
    }
    let lines = rows.into_iter().map(|(name, words)| format!("{name:<11}  {}\n", printable(&words).replace('\n', " ")));
    format!("\n{}", lines.collect::<String>())
}

/// Ready commands.
fn hints(hints: &[Hint]) -> String {
    let width = hints.iter().map(|hint| hint.words.chars().count()).max().unwrap_or(0);
    let lines = hints.iter().map(|hint| format!("hint: {:width$}   {}\n", hint.words, hint.command));
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("\n{}", printable(&lines)) }
}

/// `1 file`, `2 files`.
pub fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
