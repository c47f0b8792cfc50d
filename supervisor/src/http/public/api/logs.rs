use super::{Public, page, workflows::unknown};
use crate::http::{ApiError, public::Scope};
use axum::{
    Json,
    extract::{Path, Query, State},
    http::HeaderMap,
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct LogsQuery {
    run: Option<u32>,
    after: Option<u64>,
    limit: Option<usize>,
}

/// `GET /workflows/{id}/logs?run=`: lines of one run's log, the latest run's if none is named.
pub(super) async fn logs(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(query): Query<LogsQuery>,
) -> Result<Json<Value>, ApiError> {
    public.may(&headers, Scope::Read).await?;
    let id = public.find(&name).await?;
    let (row, _) = public.look.show(id).await?.ok_or_else(|| unknown(&name))?;
    let run = query.run.unwrap_or(row.run);
    let limit = page(query.limit);
    let lines = public.runs.log(id, run, query.after.unwrap_or(0), limit).await?;
    let next = lines.last().filter(|_| lines.len() == limit).map(|line| line.sequence);
    Ok(Json(json!({"run": run, "lines": lines, "next": next})))
}
