//! Named tokens; the administrator alone makes and revokes them.

use super::Public;
use crate::http::{ApiError, public::Scope};
use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Wanted {
    name: String,
    scopes: Vec<Scope>,
}

/// `GET /tokens`
pub(super) async fn list(State(public): State<Public>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    public.must_be_admin(&headers).await?;
    Ok(Json(json!({"tokens": public.access.grants().await?})))
}

/// `POST /tokens`: the only answer that shows the token.
pub(super) async fn create(
    State(public): State<Public>,
    headers: HeaderMap,
    body: String,
) -> Result<Json<Value>, ApiError> {
    public.must_be_admin(&headers).await?;
    let sentence = "say what to make: {\"name\": \"deploy-bot\", \"scopes\": [\"read\", \"operate\", \"decide\"]}";
    let wanted: Wanted = serde_json::from_str(&body).map_err(|_| ApiError::bad_request(sentence))?;
    let token = public.access.grant(&wanted.name, wanted.scopes).await?;
    Ok(Json(json!({"name": wanted.name, "token": token.reveal()})))
}

/// `DELETE /tokens/{name}`
pub(super) async fn revoke(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    public.must_be_admin(&headers).await?;
    public.access.revoke(&name).await?;
    Ok(Json(json!({"message": format!("`{name}` is revoked")})))
}
