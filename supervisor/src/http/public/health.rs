//! Whether the supervisor lives, and whether it can do its work. Public, so it says no more than that.

use super::Public;
use crate::{http::ApiError, seams::Narrow};
use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// Readiness asks the database; one that takes longer is not ready.
const DATABASE_MAX: Duration = Duration::from_secs(2);

/// Which of the two it is, the log says.
const NO_WRITES: &str = "the database takes no writes: its disk is full, or it failed; what was acknowledged is kept, and it \
                         goes on by itself once there is room";

pub(super) async fn live() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

pub(super) async fn ready(State(public): State<Public>) -> Result<Json<Value>, ApiError> {
    if public.closing.is_cancelled() {
        return Err(not_ready("the supervisor is stopping"));
    }
    let one = Narrow { limit: 1, ..Narrow::default() };
    match public.environment.timeout(DATABASE_MAX, public.look.list(&one)).await {
        Ok(Ok(_)) => {}
        _ => return Err(not_ready("the database does not answer")),
    }
    match public.environment.timeout(DATABASE_MAX, public.look.takes_writes()).await {
        Ok(true) => Ok(Json(json!({"status": "ok"}))),
        _ => Err(not_ready(NO_WRITES)),
    }
}

pub(super) async fn health(State(public): State<Public>) -> Result<Json<Value>, ApiError> {
    let _ready = ready(State(public.clone())).await?;
    let mut health = json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")});
    if public.recovery.is_on() {
        health["recovery"] = true.into();
    }
    Ok(Json(health))
}

fn not_ready(sentence: &str) -> ApiError {
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", sentence)
}
