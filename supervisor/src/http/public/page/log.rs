//! `/workflows/{id}/runs/{run}/log`: what a run's agent wrote, as it arrived.

use super::{
    Trouble,
    html::{self, Page, escape},
    workflow::id_of,
};
use crate::http::public::Public;
use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use serde::Deserialize;
use std::fmt::Write;

/// Lines of a page.
const LINES: usize = 500;

#[derive(Deserialize)]
pub(super) struct Wanted {
    after: Option<u64>,
}

/// `GET /workflows/{id}/runs/{run}/log`
pub(super) async fn show(
    State(public): State<Public>,
    headers: HeaderMap,
    uri: Uri,
    Path((name, run)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let viewer = match public.viewer(&headers, &uri).await {
        Ok(viewer) => viewer,
        Err(form) => return Ok(form),
    };
    let id = id_of(&name)?;
    let (row, _) = public.look.show(id).await?.ok_or_else(|| Trouble::not_found("There is no such workflow."))?;
    let runs = public.runs.of_workflow(id).await?;
    let run = run.parse().ok().filter(|run| runs.iter().any(|it| it.run == *run));
    let run: u32 = run.ok_or_else(|| Trouble::not_found(format!("{} has no such run.", row.title)))?;
    let after = wanted.after.unwrap_or(0);
    let lines = public.runs.log(id, run, after, LINES).await?;
    let mut body = format!(
        "<h1>Log of run {run} <span class=\"dim\"><a href=\"/workflows/{id}\">{}</a></span></h1>\n",
        escape(&row.title)
    );
    match lines.last() {
        None if after == 0 => body.push_str("<p>Nothing was written.</p>\n"),
        None => body.push_str("<p>Nothing more was written.</p>\n"),
        Some(last) => {
            body.push_str("<pre>");
            lines.iter().for_each(|line| {
                let _ = writeln!(body, "{}", escape(&line.text));
            });
            body.push_str("</pre>\n<nav>");
            if after > 0 {
                let _ = write!(body, "<a href=\"/workflows/{id}/runs/{run}/log\">From the beginning</a>");
            }
            if lines.len() == LINES {
                let _ = write!(body, "<a href=\"/workflows/{id}/runs/{run}/log?after={}\">Further</a>", last.sequence);
            }
            body.push_str("</nav>\n");
        }
    }
    let title = format!("Log of run {run} of {}", row.title);
    let page = Page { title: &title, body: &body, signed_in: viewer.signed_in, ..Page::default() };
    Ok(html::answer(StatusCode::OK, &page))
}
