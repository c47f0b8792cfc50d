//! `/workflows/{id}`: one workflow with its reason, its runs and its history; what is particular to its kind in between.

use super::{
    Trouble,
    front::mark,
    html::{self, Page, escape, facts, moment, sentence, short_sha, shortened, words},
    pull_request, reminder,
};
use crate::{
    http::public::Public,
    runs::RunView,
    seams::{HistoryRow, WorkflowRow},
};
use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use engine::WorkflowId;
use environment::Timestamp;
use protocol::{Finding, Severity};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::VecDeque, fmt::Write};

/// Events of a page.
const EVENTS: usize = 50;
/// Events read at once on the way to the newest.
const EVENTS_READ: usize = 500;
/// Characters of a finding's title, which a worker made.
const TITLE_CHARS: usize = 300;
/// While something is under way, the page is loaded again this often: there is no script that could do better.
const RELOAD_S: u32 = 5;

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// Show the events before this one; by default the newest.
    before: Option<u64>,
}

/// `GET /workflows/{id}`
pub(super) async fn show(
    State(public): State<Public>,
    headers: HeaderMap,
    uri: Uri,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let viewer = match public.viewer(&headers, &uri).await {
        Ok(viewer) => viewer,
        Err(form) => return Ok(form),
    };
    let id = id_of(&name)?;
    let (row, state) = public.look.show(id).await?.ok_or_else(|| unknown(&name))?;
    let why = public.look.why(id).await?.unwrap_or_default();
    let runs = public.runs.of_workflow(id).await?;
    let now = public.environment.now();
    let mut body = head(&row, &why);
    match pull_request::state(&row.kind, &state) {
        Some(state) => {
            body.push_str(&pull_request::request(&state, &row.id, now));
            body.push_str(&pull_request::about(&state, &public.pages.web_url, now));
            body.push_str(&columns(&row, now));
            body.push_str(&pull_request::sections(&state, now));
        }
        None => {
            match reminder::state(&row.kind, &state) {
                Some(state) => body.push_str(&reminder::about(&state, &public.pages.web_url, now)),
                None => body.push_str(&raw("State", &state)),
            }
            body.push_str(&columns(&row, now));
        }
    }
    body.push_str(&of_runs(&row.id, &runs, now));
    if let Some(last) = runs.last().filter(|run| run.findings > 0) {
        body.push_str(&findings(last.run, &public.runs.findings(id, last.run).await?));
    }
    body.push_str(&history(&public, id, wanted.before, now).await?);
    let under_way = matches!(row.status.as_str(), "queued" | "provisioning" | "running" | "closing");
    let reload_s = (under_way && wanted.before.is_none()).then_some(RELOAD_S);
    Ok(html::answer(StatusCode::OK, &Page { title: &row.title, body: &body, reload_s, signed_in: viewer.signed_in }))
}

/// The workflow that a path names.
pub(super) fn id_of(name: &str) -> Result<WorkflowId, Trouble> {
    name.parse().map_err(|_| unknown(name))
}

fn unknown(name: &str) -> Trouble {
    let name: String = name.chars().take(40).collect();
    Trouble::not_found(format!("There is no workflow `{name}`."))
}

fn head(row: &WorkflowRow, why: &str) -> String {
    let (title, id) = (escape(&row.title), escape(&row.id));
    format!("<h1>{title} <span class=\"dim\">{id}</span></h1>\n<p>{} {}</p>\n", mark(&row.status), sentence(why))
}

/// What every workflow has.
fn columns(row: &WorkflowRow, now: Timestamp) -> String {
    let code = |text: Option<&str>| text.map(|text| format!("<code>{}</code>", escape(text))).unwrap_or_default();
    let kind = if row.kind == "pull_request" { String::new() } else { words(&row.kind) };
    let run = if row.run == 0 { String::new() } else { row.run.to_string() };
    let subject = row.subject.as_deref().map(|sha| format!("<code>{}</code>", short_sha(sha)));
    facts(&[
        ("kind", kind),
        ("run", run),
        ("works on", subject.unwrap_or_default()),
        ("machine", code(row.machine_id.as_deref())),
        ("volume", code(row.volume_id.as_deref())),
        ("last activity", moment(now, row.last_activity_ms)),
    ])
}

fn of_runs(id: &str, runs: &[RunView], now: Timestamp) -> String {
    if runs.is_empty() {
        return String::new();
    }
    let mut section = "<h2>Runs</h2>\n<ul>\n".to_owned();
    for run in runs.iter().rev() {
        let findings = match run.findings {
            1 => "1 finding".to_owned(),
            many => format!("{many} findings"),
        };
        let claimed = run.claimed_at_ms.map(|at| format!(" · claimed {}", moment(now, at))).unwrap_or_default();
        let progress = run.progress.as_ref().map_or(String::new(), |it| {
            format!(" · {} of {} files · {}", it.files_read, it.files_total, shortened(&it.phase, 80))
        });
        let ended = run.ended.as_deref().filter(|_| run.state != "finished");
        let ended = ended.map(|why| format!("<br>ended: {}", escape(why))).unwrap_or_default();
        let _ = writeln!(
            section,
            "<li><b>Run {number}</b> {state} <a href=\"/workflows/{id}/runs/{number}/log\">log</a><br>\n\
             <span class=\"dim\">{findings}{claimed}{progress}{ended}</span></li>",
            number = run.run,
            state = mark(&run.state),
            id = escape(id),
        );
    }
    section.push_str("</ul>\n");
    section
}

fn findings(run: u32, findings: &[Finding]) -> String {
    let mut section = format!("<h2>Findings of run {run}</h2>\n<ul>\n");
    for finding in findings {
        let severity = match finding.severity {
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        };
        let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
        let patch = if finding.in_patch { " · in the patch" } else { "" };
        let _ = writeln!(
            section,
            "<li>{} {}<br>\n<span class=\"dim\"><code>{}{line}</code> · {}{patch}</span></li>",
            mark(severity),
            sentence(&finding.title.chars().take(TITLE_CHARS).collect::<String>()),
            shortened(&finding.path, TITLE_CHARS),
            shortened(&finding.rule, 80),
        );
    }
    section.push_str("</ul>\n");
    section
}

/// A page of events, the newest first; older ones behind a link.
async fn history(public: &Public, id: WorkflowId, before: Option<u64>, now: Timestamp) -> Result<String, Trouble> {
    let rows = newest(public, id, before).await?;
    let mut section = "<h2>Events</h2>\n<ul>\n".to_owned();
    for row in rows.iter().rev() {
        let _ = writeln!(
            section,
            "<li><details><summary>{} <b>{}</b> <span class=\"dim\">{}</span></summary>\n<pre>{}</pre>\n\
             <span class=\"dim\">id <code>{}</code> · {} · applied by longshore {}</span></details></li>",
            row.sequence,
            escape(&row.name),
            moment(now, row.at_ms),
            escape(&pretty(&row.payload)),
            escape(&row.id),
            crate::words::time(row.at_ms),
            escape(&row.code),
        );
    }
    section.push_str("</ul>\n<nav>");
    if let Some(first) = rows.front().filter(|first| first.sequence > 1) {
        let _ = write!(section, "<a href=\"/workflows/{id}?before={}\">Earlier events</a>", first.sequence);
    }
    if before.is_some() {
        let _ = write!(section, "<a href=\"/workflows/{id}\">Newest events</a>");
    }
    section.push_str("</nav>\n");
    Ok(section)
}

/// The last [`EVENTS`] events below `before`, ascending. History is read forwards; a pull request's has some dozens.
async fn newest(public: &Public, id: WorkflowId, before: Option<u64>) -> Result<VecDeque<HistoryRow>, Trouble> {
    let mut rows = VecDeque::new();
    let mut after = before.map_or(0, |before| before.saturating_sub(EVENTS as u64 + 1));
    loop {
        let page = public.look.history(id, after, EVENTS_READ).await?;
        let Some(last) = page.last().map(|row| row.sequence) else { return Ok(rows) };
        let whole = page.len() < EVENTS_READ;
        rows.extend(page.into_iter().filter(|row| before.is_none_or(|before| row.sequence < before)));
        rows.drain(..rows.len().saturating_sub(EVENTS));
        if whole || before.is_some_and(|before| last >= before) {
            return Ok(rows);
        }
        after = last;
    }
}

/// What a kind has that this page knows nothing of.
fn raw(title: &str, value: &Value) -> String {
    format!("<h2>{title}</h2>\n<pre>{}</pre>\n", escape(&pretty(value)))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
