//! A restored database: whether nobody has confirmed it yet, and the word that it may be believed.

use super::Public;
use crate::http::{ApiError, public::Scope};
use axum::{Json, extract::State, http::HeaderMap};
use serde_json::{Value, json};

/// `GET /recovery`
pub(super) async fn show(State(public): State<Public>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    public.may(&headers, Scope::Read).await?;
    Ok(Json(json!({"recovery": public.recovery.is_on(), "since": public.recovery.since()})))
}

/// `POST /recovery/confirm`
pub(super) async fn confirm(State(public): State<Public>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    let by = public.may(&headers, Scope::Operate).await?;
    let was_on = public.recovery.confirm().await.map_err(crate::seams::Error::from)?;
    if !was_on {
        return Ok(Json(json!({"message": "the database was not in recovery"})));
    }
    tracing::warn!(by = by.0, "recovery is confirmed: what nobody wants is deleted again");
    Ok(Json(json!({"message": "recovery is over: what nobody wants is deleted again, after the grace period"})))
}
