//! What people do to a workflow. Each answer is a sentence.

use super::{Public, workflows::unknown};
use crate::{
    http::{ApiError, public::Scope},
    seams::{By, Error, Repaired, Replayed},
};
use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use engine::WorkflowId;
use serde::Deserialize;
use serde_json::{Value, json};

/// Bytes of a request id; ours have six.
const REQUEST_BYTES_MAX: usize = 40;

/// Bytes of what somebody wants to be reminded of, and when: as a comment's.
const REMIND_BYTES_MAX: usize = 4000;

#[derive(Deserialize)]
struct Answer {
    request: String,
}

/// `POST /workflows/{id}/approve`
pub(super) async fn approve(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
    body: String,
) -> Result<Json<Value>, ApiError> {
    let (id, request, by) = decide(&public, &headers, &name, &body).await?;
    said(public.steer.approve(id, &request, &by).await)
}

/// `POST /workflows/{id}/reject`
pub(super) async fn reject(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
    body: String,
) -> Result<Json<Value>, ApiError> {
    let (id, request, by) = decide(&public, &headers, &name, &body).await?;
    said(public.steer.reject(id, &request, &by).await)
}

async fn decide(
    public: &Public,
    headers: &HeaderMap,
    name: &str,
    body: &str,
) -> Result<(WorkflowId, String, By), ApiError> {
    let by = public.may(headers, Scope::Decide).await?;
    let answer: Option<Answer> = serde_json::from_str(body).ok();
    let request = answer.map(|answer| answer.request).filter(|id| !id.is_empty() && id.len() <= REQUEST_BYTES_MAX);
    let request = request.ok_or_else(|| ApiError::bad_request("say which request: {\"request\": \"K7QF2M\"}"))?;
    Ok((existing(public, name).await?, request, by))
}

/// `POST /workflows/{id}/cancel`
pub(super) async fn cancel(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let by = public.may(&headers, Scope::Operate).await?;
    said(public.steer.cancel(existing(&public, &name).await?, &by).await)
}

/// `POST /workflows/{id}/pause`
pub(super) async fn pause(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let by = public.may(&headers, Scope::Operate).await?;
    said(public.steer.pause(existing(&public, &name).await?, &by).await)
}

/// `POST /workflows/{id}/resume`
pub(super) async fn resume(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let by = public.may(&headers, Scope::Operate).await?;
    said(public.steer.resume(existing(&public, &name).await?, &by).await)
}

/// `POST /workflows/{id}/retry`
pub(super) async fn retry(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let by = public.may(&headers, Scope::Operate).await?;
    said(public.steer.retry(existing(&public, &name).await?, &by).await)
}

/// `POST /workflows/{id}/repair`
pub(super) async fn repair(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Json<Repaired>, ApiError> {
    let by = public.may(&headers, Scope::Operate).await?;
    Ok(Json(public.steer.repair(existing(&public, &name).await?, &by).await?))
}

#[derive(Deserialize)]
struct Reminded {
    text: String,
}

/// `POST /workflows/{id}/remind`
pub(super) async fn remind(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
    body: String,
) -> Result<Json<Value>, ApiError> {
    let by = public.may(&headers, Scope::Operate).await?;
    let said_so = serde_json::from_str::<Reminded>(&body).ok().map(|it| it.text);
    let text = said_so.filter(|text| text.len() <= REMIND_BYTES_MAX);
    let text = text.ok_or_else(|| ApiError::bad_request("say when and of what: {\"text\": \"in 2 days to merge\"}"))?;
    said(public.steer.remind(existing(&public, &name).await?, &text, &by).await)
}

/// `POST /workflows/{id}/replay`
pub(super) async fn replay(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Json<Replayed>, ApiError> {
    public.may(&headers, Scope::Operate).await?;
    Ok(Json(public.look.replay(existing(&public, &name).await?).await?))
}

/// The workflow, which must be there: an event may otherwise begin one (E3).
async fn existing(public: &Public, name: &str) -> Result<WorkflowId, ApiError> {
    let id = public.find(name).await?;
    public.look.show(id).await?.map(|_| id).ok_or_else(|| unknown(name))
}

fn said(outcome: Result<String, Error>) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({"message": outcome?})))
}
