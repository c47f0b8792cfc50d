//! `POST /janitor/sweep`: one pass of the janitor, now.

use super::Public;
use crate::{
    http::{ApiError, public::Scope},
    seams::Error,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};

/// Longest wait for a pass, below the time in which any answer must come.
const SWEEP_MAX: Duration = Duration::from_secs(25);

#[derive(Deserialize)]
struct Wanted {
    dry_run: bool,
}

/// `POST /janitor/sweep`
pub(super) async fn sweep(
    State(public): State<Public>,
    headers: HeaderMap,
    body: String,
) -> Result<Json<::janitor::Report>, ApiError> {
    public.may(&headers, Scope::Operate).await?;
    let sentence = "say whether anything may be changed: {\"dry_run\": true} or {\"dry_run\": false}";
    let wanted: Wanted = serde_json::from_str(&body).map_err(|_| ApiError::bad_request(sentence))?;
    let sweep = Arc::clone(&public.sweep);
    // On its own: a caller who leaves does not cut a pass in two.
    let pass = public.environment.spawn(async move { sweep.sweep(wanted.dry_run).await });
    match public.environment.timeout(SWEEP_MAX, pass).await {
        Ok(done) => Ok(Json(done.map_err(|error| Error::Failed(error.to_string()))??)),
        Err(_) => {
            let sentence = "the pass takes longer than an answer may; it goes on, and the log says what it does";
            Err(ApiError::new(StatusCode::GATEWAY_TIMEOUT, "still_sweeping", sentence))
        }
    }
}
