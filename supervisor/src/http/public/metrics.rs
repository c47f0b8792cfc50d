//! `/metrics` in the Prometheus text format, written by hand: a few lines need no library.

use super::Public;
use crate::http::ApiError;
use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use std::fmt::Write;

pub(super) async fn metrics(State(public): State<Public>) -> Result<Response, ApiError> {
    let mut text = String::new();
    let _ = writeln!(text, "# TYPE longshore_workflows gauge");
    for (status, count) in public.counts.statuses(&*public.look, &public.environment).await? {
        let _ = writeln!(text, "longshore_workflows{{status=\"{status}\"}} {count}");
    }
    for (name, help, value) in public.look.counters() {
        // By convention what only grows ends in `_total`.
        let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
        let _ =
            writeln!(text, "# HELP longshore_{name} {help}\n# TYPE longshore_{name} {kind}\nlongshore_{name} {value}");
    }
    public.counts.write(&mut text);
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
