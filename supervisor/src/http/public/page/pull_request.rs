//! What a pull request's workflow shows beyond what every workflow shows: the pull request, the open request, checks and
//! decisions.

use super::{
    front::mark,
    html::{escape, facts, moment, short_sha, shortened, words},
};
use domain::{
    ids::PullRequestRef,
    policy::Policy,
    pull_request::{Check, Conclusion, Counts, Decision, Face, PullRequest, State},
};
use engine::Workflow;
use environment::Timestamp;
use serde_json::Value;
use std::fmt::Write;

/// Characters of what a stranger wrote in one line.
const LINE_CHARS: usize = 200;

/// The state, if it is a pull request's.
pub(super) fn state(kind: &str, state: &Value) -> Option<State> {
    if kind == PullRequest::KIND { serde_json::from_value(state.clone()).ok() } else { None }
}

/// Checks and decisions.
pub(super) fn sections(state: &State, now: Timestamp) -> String {
    checks(state) + &decisions(&state.decisions, now)
}

/// The pull request itself.
pub(super) fn about(state: &State, web_url: &str, now: Timestamp) -> String {
    let link = link(&state.pr, web_url);
    let Some(snapshot) = &state.snapshot else { return facts(&[("pull request", link)]) };
    let standing = match (snapshot.open, snapshot.draft) {
        (false, _) => "closed",
        (true, true) => "draft",
        (true, false) => "open",
    };
    let branches = format!(
        "<code>{}</code> into <code>{}</code>",
        shortened(&snapshot.head_ref, LINE_CHARS),
        shortened(&snapshot.base_ref, LINE_CHARS)
    );
    facts(&[
        ("pull request", link),
        ("title", shortened(&snapshot.title, LINE_CHARS)),
        ("author", escape(&snapshot.author)),
        ("branches", branches),
        ("last read", format!("{standing}, {}", moment(now, state.read_at.as_millis()))),
        ("problem", state.policy.problem.as_deref().map(|words| shortened(words, LINE_CHARS)).unwrap_or_default()),
    ])
}

/// The pull request's page on GitHub, if its name is one that can be part of an address.
pub(super) fn link(pr: &PullRequestRef, web_url: &str) -> String {
    let plain =
        |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it));
    let title = escape(&pr.title());
    if !plain(&pr.owner) || !plain(&pr.name) {
        return title;
    }
    let url = format!("{web_url}/{}/{}/pull/{}", pr.owner, pr.name, pr.number);
    format!("<a href=\"{}\" rel=\"noreferrer\">{title}</a>", escape(&url))
}

/// What a person is asked, if anything.
pub(super) fn request(state: &State, id: &str, now: Timestamp) -> String {
    let Some(request) = &state.request else { return String::new() };
    let buttons: Vec<String> = request.buttons().iter().map(|button| format!("[{}]", escape(button.label))).collect();
    let request_id = escape(&request.id.to_string());
    format!(
        "<div class=\"ask\"><b>Asks a person: {}</b>, request <code>{request_id}</code>\n<p>{}</p>\n\
         <p class=\"dim\">run {} · at <code>{}</code> · asked {} · open to {} until {}</p>\n\
         <p>Answer on the check, or <code>longshore approve {id} {request_id}</code></p></div>\n",
        words(request.kind.code()),
        buttons.join(" "),
        request.run,
        short_sha(&request.head_sha),
        moment(now, request.asked_at.as_millis()),
        escape(state.policy.decide.words()),
        crate::words::time(request.deadline.as_millis()),
        id = escape(id),
    )
}

fn checks(state: &State) -> String {
    if state.checks.is_empty() {
        return String::new();
    }
    let items: String = state.checks.iter().rev().map(|check| item(check, &state.policy)).collect();
    format!("<h2>Checks</h2>\n<ul>\n{items}</ul>\n")
}

fn item(check: &Check, policy: &Policy) -> String {
    let conclusion = check.face.conclusion(policy).map_or("in_progress", word);
    let shown = match (check.published, check.published < check.revision) {
        (_, false) => "",
        (0, true) => " · not on GitHub yet",
        (_, true) => " · GitHub shows an older version",
    };
    let run = if check.run == 0 { String::new() } else { format!(" · run {}", check.run) };
    format!(
        "<li>{} {}<br>\n<span class=\"dim\"><code>{}</code>{run}{shown}</span></li>\n",
        mark(conclusion),
        says(&check.face),
        short_sha(&check.sha)
    )
}

const fn word(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Success => "success",
        Conclusion::Neutral => "neutral",
        Conclusion::Failure => "failure",
        Conclusion::ActionRequired => "action_required",
        Conclusion::Skipped => "skipped",
        Conclusion::Cancelled => "cancelled",
    }
}

/// What a check shows, in a few words.
fn says(face: &Face) -> String {
    match face {
        Face::Queued => "queued".into(),
        Face::InProgress { findings, files_read, files_total } => {
            format!("{files_read} of {files_total} files read, {findings} findings")
        }
        Face::Reviewed { findings, .. } => found(*findings),
        Face::NeedsDecision { findings, request, .. } => {
            format!("{}; request <code>{}</code>", found(*findings), escape(&request.to_string()))
        }
        Face::Decided { request, .. } => format!("request <code>{}</code> decided", escape(&request.to_string())),
        Face::NotDecided { request, .. } => {
            format!("request <code>{}</code> not decided in time", escape(&request.to_string()))
        }
        Face::Stopped { findings, limit, .. } => {
            format!("stopped at {}: {}", shortened(limit, LINE_CHARS), found(*findings))
        }
        Face::NotCompleted { why, .. } => format!("not completed: {}", shortened(why, LINE_CHARS)),
        Face::Gated { gate, .. } => format!("not reviewed: {}", escape(gate.words())),
        Face::Paused { by } => format!("not reviewed: paused by {}", shortened(by, LINE_CHARS)),
        Face::Superseded { by } => format!("replaced by <code>{}</code>", short_sha(by)),
        Face::Cancelled { why } => shortened(why, LINE_CHARS),
        Face::Applied { sha, open, .. } => format!("fix applied as <code>{}</code>, {}", short_sha(sha), found(*open)),
        Face::PushRefused { reason, .. } => format!("not pushed: {}", shortened(reason, LINE_CHARS)),
    }
}

fn found(counts: Counts) -> String {
    match counts.all() {
        0 => "nothing found".into(),
        1 => "1 finding".into(),
        many => format!("{many} findings"),
    }
}

fn decisions(decisions: &[Decision], now: Timestamp) -> String {
    if decisions.is_empty() {
        return String::new();
    }
    let mut section = "<h2>Decisions</h2>\n<ul>\n".to_owned();
    for decision in decisions.iter().rev() {
        let pushed = decision.pushed.as_deref().map(|sha| format!(", pushed as <code>{}</code>", short_sha(sha)));
        let _ = writeln!(
            section,
            "<li>request <code>{}</code> ({}): <b>{}</b>{}<br>\n<span class=\"dim\">by {} ({}) · {}</span></li>",
            escape(&decision.request.id.to_string()),
            escape(decision.request.kind.code()),
            decision.choice.code(),
            pushed.unwrap_or_default(),
            shortened(&decision.by, LINE_CHARS),
            escape(&decision.permission),
            moment(now, decision.at.as_millis()),
        );
    }
    section.push_str("</ul>\n");
    section
}
