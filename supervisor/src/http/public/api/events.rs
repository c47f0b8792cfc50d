//! `GET /workflows/{id}/events`: the history in pages, or followed as server-sent events.

use super::{Public, page};
use crate::{
    http::{ApiError, public::Scope},
    seams::HistoryRow,
};
use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, header::ACCEPT},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use engine::WorkflowId;
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::json;
use std::{collections::VecDeque, convert::Infallible};

/// Events read at once while following.
const FOLLOW_BATCH: usize = 50;

#[derive(Deserialize)]
pub(super) struct EventsQuery {
    after: Option<u64>,
    limit: Option<usize>,
}

pub(super) async fn events(
    State(public): State<Public>,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(query): Query<EventsQuery>,
) -> Result<Response, ApiError> {
    public.may(&headers, Scope::Read).await?;
    let id = public.find(&name).await?;
    if wants_stream(&headers) {
        let heard = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
        let after = heard.or(query.after).unwrap_or(0);
        return Ok(Sse::new(follow(public, id, after)).into_response());
    }
    let limit = page(query.limit);
    let rows = public.look.history(id, query.after.unwrap_or(0), limit).await?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|row| row.sequence);
    Ok(Json(json!({"events": rows, "next": next})).into_response())
}

fn wants_stream(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/event-stream"))
}

/// What has happened after `after`, then what happens, until the caller leaves or the supervisor stops.
fn follow(public: Public, id: WorkflowId, after: u64) -> impl Stream<Item = Result<Event, Infallible>> {
    let closing = public.closing.clone();
    let read = (public, after, VecDeque::new());
    let events = stream::unfold(read, move |(public, mut after, mut ready)| async move {
        if ready.is_empty() {
            // A failed read ends the stream; the caller comes back with the last id it heard.
            let rows = public.look.history(id, after, FOLLOW_BATCH).await.ok()?;
            if rows.is_empty() {
                public.look.changed(id).await;
                // A comment keeps the connection open where something between cuts silent ones.
                return Some((Event::default().comment(""), (public, after, ready)));
            }
            ready.extend(rows);
        }
        let row: HistoryRow = ready.pop_front()?;
        after = row.sequence;
        let event = Event::default().id(row.sequence.to_string()).event(&row.name).json_data(&row).ok()?;
        Some((event, (public, after, ready)))
    });
    events.map(Ok).take_until(async move { closing.cancelled().await })
}
