//! `/`: the supervisor, and the workflows by what they wait for: what needs a person first.

use super::{
    Trouble,
    html::{self, Page, escape, facts, moment, sentence, short_sha, words},
};
use crate::{
    http::public::Public,
    seams::{Narrow, WorkflowRow},
};
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use engine::WorkflowId;
use machines::Isolation;
use serde::Deserialize;
use std::fmt::Write;

/// Workflows of each status on the front page.
const EACH: usize = 20;
/// Workflows of a page of one status.
const PAGE: usize = 50;
/// Statuses in the order in which a person asks for them; others follow by name.
const ORDER: [&str; 7] = ["awaiting_decision", "running", "provisioning", "queued", "closing", "idle", "closed"];
/// Only counted on the front page: history.
const FOLDED: &str = "closed";

#[derive(Deserialize)]
pub(super) struct Wanted {
    status: Option<String>,
    after: Option<String>,
}

/// `GET /`
pub(super) async fn front(
    State(public): State<Public>,
    headers: HeaderMap,
    uri: Uri,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let viewer = match public.viewer(&headers, &uri).await {
        Ok(viewer) => viewer,
        Err(form) => return Ok(form),
    };
    let counts = ordered(public.counts.statuses(&*public.look, &public.environment).await?);
    let body = match &wanted.status {
        None => overview(&public, &counts).await?,
        Some(status) => {
            let after = wanted.after.as_deref().map(str::parse).transpose();
            let after =
                after.map_err(|_| Trouble::not_found("`after` is not a workflow id; one looks like `wf_12`."))?;
            of_status(&public, status, after).await?
        }
    };
    let title = wanted.status.as_deref().map_or("Workflows".to_owned(), |status| status.replace('_', " "));
    let page = Page { title: &title, body: &body, reload_s: None, signed_in: viewer.signed_in };
    Ok(html::answer(StatusCode::OK, &page))
}

fn ordered(mut counts: Vec<(String, u64)>) -> Vec<(String, u64)> {
    let place = |status: &str| ORDER.iter().position(|known| *known == status).unwrap_or(ORDER.len());
    counts.sort_by(|(a, _), (b, _)| (place(a), a).cmp(&(place(b), b)));
    counts
}

async fn overview(public: &Public, counts: &[(String, u64)]) -> Result<String, Trouble> {
    let mut body = "<h1>Workflows</h1>\n".to_owned();
    if counts.is_empty() {
        body.push_str("<p>None yet. One begins when a pull request of an allowed repository is opened.</p>\n");
    } else {
        body.push_str("<ul class=\"chips\">\n");
        for (status, count) in counts {
            let _ = writeln!(body, "<li>{}</li>", link(status, &format!("{} <b>{count}</b>", words(status))));
        }
        body.push_str("</ul>\n");
    }
    for (status, count) in counts.iter().filter(|(status, _)| status != FOLDED) {
        let narrow = Narrow { status: Some(status.clone()), limit: EACH, ..Narrow::default() };
        let rows = public.look.list(&narrow).await?;
        if rows.is_empty() {
            continue; // The count is a few seconds old.
        }
        let _ = write!(body, "<h2>{}</h2>\n{}", words(status), list(public, &rows).await);
        if *count > rows.len() as u64 {
            let _ = writeln!(body, "<p>{}</p>", link(status, &format!("All {count}")));
        }
    }
    let machines = format!("{}: {}", escape(public.machines.backend()), isolation(public.machines.isolation()));
    body.push_str("<h2>This supervisor</h2>\n");
    if public.recovery.is_on() {
        let _ = writeln!(body, "<p>{}</p>", escape(&public.recovery.words()));
    }
    body.push_str(&facts(&[
        ("version", format!("longshore {}", env!("CARGO_PKG_VERSION"))),
        ("database", escape(public.pages.database)),
        ("machines", machines),
        ("deployment", format!("<code>{}</code>", escape(&public.deployment))),
    ]));
    Ok(body)
}

async fn of_status(public: &Public, status: &str, after: Option<WorkflowId>) -> Result<String, Trouble> {
    let narrow = Narrow { status: Some(status.to_owned()), after, limit: PAGE, ..Narrow::default() };
    let rows = public.look.list(&narrow).await?;
    let mut body = format!("<h1 class=\"cap\">{}</h1>\n", html::shortened(&status.replace('_', " "), 40));
    if rows.is_empty() {
        body.push_str("<p>No workflow.</p>\n");
    } else {
        body.push_str(&list(public, &rows).await);
    }
    body.push_str("<nav><a href=\"/\">All workflows</a>");
    if let Some(last) = rows.last().filter(|_| rows.len() == PAGE) {
        // There are rows of this status, so it is a name from our code.
        let _ = write!(body, "<a href=\"/?status={}&amp;after={}\">Next {PAGE}</a>", escape(status), escape(&last.id));
    }
    body.push_str("</nav>\n");
    Ok(body)
}

async fn list(public: &Public, rows: &[WorkflowRow]) -> String {
    let now = public.environment.now();
    let mut list = "<ul>\n".to_owned();
    for row in rows {
        // A workflow whose reason cannot be told is shown all the same.
        let id: Option<WorkflowId> = row.id.parse().ok();
        let why = match id {
            Some(id) => public.look.why(id).await.ok().flatten().unwrap_or_default(),
            None => String::new(),
        };
        let kind = if row.kind == "pull_request" { String::new() } else { format!("{} · ", words(&row.kind)) };
        let run = if row.run == 0 { String::new() } else { format!(" · run {}", row.run) };
        let subject =
            row.subject.as_deref().map(|sha| format!(" · <code>{}</code>", short_sha(sha))).unwrap_or_default();
        let _ = writeln!(
            list,
            "<li><a href=\"/workflows/{id}\"><b>{title}</b></a> <span class=\"dim\">{ago}</span><br>\n{why}<br>\n\
             <span class=\"dim\">{kind}{id}{run}{subject}</span></li>",
            id = escape(&row.id),
            title = escape(&row.title),
            ago = moment(now, row.last_activity_ms),
            why = sentence(&why),
        );
    }
    list.push_str("</ul>\n");
    list
}

/// A word in a frame of its colour.
pub(super) fn mark(name: &str) -> String {
    format!("<span class=\"mark {}\">{}</span>", escape(name), words(name))
}

fn link(status: &str, words: &str) -> String {
    format!("<a href=\"/?status={}\">{words}</a>", escape(status))
}

fn isolation(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::None => "processes of the supervisor’s user, contained, <b>not isolated</b>",
        Isolation::Container => "containers",
        Isolation::Vm => "virtual machines",
    }
}
