//! `/`: says what this is and how many workflows there are, and names none of them: the page is public.

use super::Public;
use crate::http::ApiError;
use axum::{
    extract::State,
    http::header::CONTENT_SECURITY_POLICY,
    response::{Html, IntoResponse, Response},
};
use std::fmt::Write;

const HEAD: &str = "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
<title>Longshore</title><style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui;max-width:40rem;\
margin:3rem auto;padding:0 1rem}table{border-collapse:collapse}td{padding:.1rem 1rem .1rem 0}\
td+td{text-align:right;font-variant-numeric:tabular-nums}</style>\
<h1>Longshore</h1><p>This is a supervisor: it runs AI agents on pull requests, durably, with people in charge.\
<p>The API is at <code>/api/v1</code> and asks for a token; <code>longshore ps</code> shows the workflows.\
<h2>Workflows</h2>";

pub(super) async fn front(State(public): State<Public>) -> Result<Response, ApiError> {
    let mut page = HEAD.to_owned();
    let counts = public.counts.statuses(&*public.look, &public.environment).await?;
    if counts.is_empty() {
        page.push_str("<p>None yet.");
    } else {
        page.push_str("<table>");
        for (status, count) in counts {
            // A status is a name from our code, never a stranger's text.
            let _ = write!(page, "<tr><td>{}<td>{count}", status.replace('_', " "));
        }
        page.push_str("</table>");
    }
    let _ = write!(page, "<p><small>longshore {}</small>", env!("CARGO_PKG_VERSION"));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    Ok(([(CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response())
}
