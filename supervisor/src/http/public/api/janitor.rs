//! One pass of the janitor, now; and its record.

use super::{Public, page};
use crate::{
    http::{ApiError, public::Scope},
    seams::Error,
};
use ::janitor::{Entry, Order};
use axum::{
    Json,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// Longest wait for a pass, below the time in which any answer must come.
const SWEEP_MAX: Duration = Duration::from_secs(25);

#[derive(Deserialize)]
struct Wanted {
    dry_run: bool,
    /// More than the share may go.
    #[serde(default)]
    confirm: bool,
}

/// `POST /janitor/sweep`
pub(super) async fn sweep(
    State(public): State<Public>,
    headers: HeaderMap,
    body: String,
) -> Result<Json<::janitor::Report>, ApiError> {
    let by = public.may(&headers, Scope::Operate).await?;
    let sentence = "say whether anything may be changed: {\"dry_run\": true} or {\"dry_run\": false}";
    let wanted: Wanted = serde_json::from_str(&body).map_err(|_| ApiError::bad_request(sentence))?;
    let sweep = Arc::clone(&public.sweep);
    // On its own: a caller who leaves does not cut a pass in two.
    let order = Order { dry_run: wanted.dry_run, confirmed: wanted.confirm, by: by.0 };
    let pass = public.environment.spawn(async move { sweep.sweep(&order).await });
    match public.environment.timeout(SWEEP_MAX, pass).await {
        Ok(done) => Ok(Json(done.map_err(|error| Error::Failed(error.to_string()))??)),
        Err(_) => {
            let sentence = "the pass takes longer than an answer may; it goes on, and the log says what it does";
            Err(ApiError::new(StatusCode::GATEWAY_TIMEOUT, "still_sweeping", sentence))
        }
    }
}

/// Where a page of the record begins, and how long it is.
#[derive(Deserialize)]
pub(super) struct AuditQuery {
    after: Option<String>,
    limit: Option<usize>,
}

/// A page of the record, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Audited {
    pub(crate) entries: Vec<Entry>,
    /// The `after` of the next page; none: this is the last.
    pub(crate) next: Option<String>,
}

/// `GET /janitor/audit`
pub(super) async fn audit(
    State(public): State<Public>,
    headers: HeaderMap,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Audited>, ApiError> {
    public.may(&headers, Scope::Read).await?;
    let limit = page(query.limit);
    let rows = public.sweep.audit(query.after.as_deref(), limit).await?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|(place, _)| place.clone());
    Ok(Json(Audited { entries: rows.into_iter().map(|(_, entry)| entry).collect(), next }))
}
