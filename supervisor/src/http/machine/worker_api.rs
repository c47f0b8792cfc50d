//! `/worker/v1`: bodies into types and refusals into statuses; everything else is [`Runs`]'.

use crate::{
    http::bearer::bearer,
    runs::{Refusal, Runs},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
};
use protocol::{ClaimResponse, EventsResponse, RecoveredAnswer, ResultAnswer};
use serde::de::DeserializeOwned;

type Body = Result<Bytes, BytesRejection>;

pub(super) async fn claim(State(runs): State<Runs>, body: Body) -> Result<Json<ClaimResponse>, Refusal> {
    Ok(Json(runs.claim(&read(body)?).await?))
}

pub(super) async fn events(
    State(runs): State<Runs>,
    Path(run): Path<u32>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<EventsResponse>, Refusal> {
    let credential = credential(&headers)?;
    Ok(Json(runs.report(credential, run, &read(body)?).await?))
}

pub(super) async fn result(
    State(runs): State<Runs>,
    Path(run): Path<u32>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ResultAnswer>, Refusal> {
    let credential = credential(&headers)?;
    Ok(Json(runs.finish(credential, run, &read(body)?).await?))
}

pub(super) async fn recovered(
    State(runs): State<Runs>,
    Path(run): Path<u32>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<RecoveredAnswer>, Refusal> {
    let credential = credential(&headers)?;
    Ok(Json(runs.recover(credential, run, &read(body)?).await?))
}

fn credential(headers: &HeaderMap) -> Result<&str, Refusal> {
    bearer(headers).ok_or(Refusal::Unknown)
}

fn read<T: DeserializeOwned>(body: Body) -> Result<T, Refusal> {
    let bytes = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge(protocol::BODY_BYTES_MAX),
        _ => Refusal::BadRequest("the body could not be read".into()),
    })?;
    // Not the parser's words: they repeat what a hostile body says.
    serde_json::from_slice(&bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Refusal::BadRequest(format!("the body does not fit this call (line {line}, column {column})"))
    })
}
