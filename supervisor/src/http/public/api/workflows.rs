use super::{Public, page, shortened};
use crate::{
    http::{ApiError, public::Scope},
    runs::RunView,
    seams::{Narrow, WorkflowRow},
};
use axum::{
    Json,
    extract::{Path, Query, State},
    http::HeaderMap,
};
use domain::pull_request::STATUSES;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a list is narrowed to.
#[derive(Deserialize)]
pub(super) struct ListQuery {
    kind: Option<String>,
    status: Option<String>,
    text: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// `GET /workflows`
pub(super) async fn list(
    State(public): State<Public>,
    headers: HeaderMap,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, ApiError> {
    public.may(&headers, Scope::Read).await?;
    let after = query.after.as_deref().map(str::parse).transpose();
    let after = after.map_err(|_| ApiError::bad_request("`after` is a workflow id, such as `wf_12`"))?;
    let limit = page(query.limit);
    // As tables show it, with a space, and as it is stored.
    let status = query.status.map(|status| status.trim().replace(' ', "_"));
    if let Some(status) = &status {
        must_be_a_status(&public, status).await?;
    }
    let narrow = Narrow { kind: query.kind, status, text: query.text, after, limit };
    let rows = public.look.list(&narrow).await?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|row| row.id.clone());
    let isolation = public.machines.isolation();
    Ok(Json(json!({"workflows": rows, "next": next, "isolation": isolation, "recovery": public.recovery.is_on()})))
}

/// `GET /stuck`: workflows that nothing will move (E11).
pub(super) async fn stuck(State(public): State<Public>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    public.may(&headers, Scope::Read).await?;
    let stuck: Vec<_> = public.look.stuck().await?.iter().map(ToString::to_string).collect();
    Ok(Json(json!({"stuck": stuck})))
}

/// A status of pull requests, or one that some workflow of another kind has.
async fn must_be_a_status(public: &Public, status: &str) -> Result<(), ApiError> {
    if STATUSES.contains(&status) {
        return Ok(());
    }
    let counts = public.look.counts().await?;
    if counts.iter().any(|(there, _)| there == status) {
        return Ok(());
    }
    let mut all: Vec<&str> = STATUSES.to_vec();
    all.extend(counts.iter().map(|(there, _)| there.as_str()).filter(|there| !STATUSES.contains(there)));
    let known: Vec<String> = all.iter().map(|it| format!("`{it}`")).collect();
    Err(ApiError::bad_request(format!("there is no status `{}`; there are {}", shortened(status), known.join(", "))))
}

/// One workflow as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) workflow: WorkflowRow,
    /// Its state, as its kind has it.
    pub(crate) state: Value,
    pub(crate) runs: Vec<RunView>,
    /// What it waits for.
    pub(crate) why: String,
}

/// `GET /workflows/{id}`
pub(super) async fn show(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Json<Shown>, ApiError> {
    public.may(&headers, Scope::Read).await?;
    let id = public.find(&name).await?;
    let (workflow, state) = public.look.show(id).await?.ok_or_else(|| unknown(&name))?;
    let runs = public.runs.of_workflow(id).await?;
    let why = public.look.why(id).await?.unwrap_or_default();
    Ok(Json(Shown { workflow, state, runs, why }))
}

/// `GET /workflows/{id}/why`
pub(super) async fn why(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    public.may(&headers, Scope::Read).await?;
    let id = public.find(&name).await?;
    let why = public.look.why(id).await?.ok_or_else(|| unknown(&name))?;
    let details = public.look.details(id).await?.unwrap_or_default();
    Ok(Json(json!({"id": id.to_string(), "why": why, "details": details})))
}

pub(super) fn unknown(name: &str) -> ApiError {
    ApiError::not_found(format!("there is no workflow `{}`", shortened(name)))
}
