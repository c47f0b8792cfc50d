//! A workflow's session as a tar archive, out and in.

use super::Public;
use crate::{
    http::{ApiError, public::Scope},
    session::ARCHIVE_BYTES_MAX,
};
use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// Room for the body of an import, which is more than other calls have.
pub(super) fn room() -> DefaultBodyLimit {
    DefaultBodyLimit::max(ARCHIVE_BYTES_MAX + 1)
}

/// `GET /workflows/{id}/session`
pub(super) async fn export(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    // A session holds what its agent read: more than a look at a workflow tells.
    public.may(&headers, Scope::Operate).await?;
    let archive = public.steer.export_session(public.find(&name).await?).await?;
    Ok(([(CONTENT_TYPE, "application/x-tar")], archive).into_response())
}

/// `POST /workflows/{id}/session`
pub(super) async fn import(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let by = public.may(&headers, Scope::Operate).await?;
    let message = public.steer.import_session(public.find(&name).await?, &body, &by).await?;
    Ok(Json(json!({"message": message})))
}
