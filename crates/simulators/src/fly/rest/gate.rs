//! What every call passes: the outage, the token, the rate limits, the faults, and an id for the request.

use super::{Action, Answer, Call, Refusal, perform};
use crate::{
    fly::{control::Called, faults::Fault, hub::Hub, ids},
    listener::Lost,
};
use axum::{
    Router,
    body::Body,
    response::{IntoResponse, Response},
};
use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Of every answer; Fly's support asks for it.
const REQUEST_ID: &str = "fly-request-id";
/// Where Fly's edge was reached; it stands at the end of a request's id.
const EDGE: &str = "sim";

/// Lets a call through, unless a switch says otherwise.
pub async fn through_the_gate(hub: &Hub, control: Router, request: Request<Body>) -> Result<Response, Lost> {
    if request.uri().path().starts_with("/_sim/") {
        return Ok(control.oneshot(request).await.unwrap_or_else(|never| match never {}));
    }
    let id = format!("{}-{EDGE}", ids::ulid(hub.environment(), hub.now_ms()));
    let answer = match Call::of(request).await {
        Ok(None) => return Ok((StatusCode::NOT_FOUND, "404 page not found\n").into_response()),
        Err(refusal) => refusal.into(),
        Ok(Some(call)) => {
            let noted = Called::begin(hub, &call);
            let answered = pass(hub, call).await;
            noted.ended(hub, answered.as_ref().ok().map(|answer| answer.status));
            answered?
        }
    };
    Ok(answer.with_header(REQUEST_ID, id).into_response())
}

/// What happens to an answer that is there.
enum After {
    Sent,
    Lost,
    Instead(u16),
}

async fn pass(hub: &Hub, call: Call) -> Result<Answer, Lost> {
    let outage = hub.faults().outage;
    if let Some(status) = outage {
        return status.map(broken).ok_or(Lost);
    }
    if !is_let_in(hub, &call) {
        return Ok(Refusal::new(401, "unauthorized").into());
    }
    if !hub.limits().take(call.action, call.whom(), hub.now_ms()) {
        return Ok(Refusal::new(429, "rate limit exceeded").into());
    }
    let faults = hub.faults().take(call.action, &call.words());
    let (mut call, mut after) = (call, After::Sent);
    for fault in faults {
        match fault {
            Fault::Refused { status, body, retry_after } => return Ok(refused(status, body, retry_after)),
            Fault::Named(named) => return Ok(named.refusal().into()),
            Fault::NotDone => return Err(Lost),
            Fault::AnswerLost => after = After::Lost,
            Fault::DoneBut { status } => after = After::Instead(status),
            Fault::Late { status, millis } => {
                do_later(hub, call, millis);
                return status.map(broken).ok_or(Lost);
            }
            Fault::Slow { millis } => hub.clock().until(hub.now_ms().saturating_add(millis)).await,
            Fault::EmptyList { error_regions } => return Ok(empty_list(hub, &call, error_regions)),
            Fault::StaleList { millis } => call.stale_ms = millis,
            Fault::StuckCreated => call.stuck = true,
        }
    }
    let answer = perform(hub, &call).await.unwrap_or_else(Answer::from);
    match after {
        After::Sent => Ok(answer),
        After::Lost => Err(Lost),
        After::Instead(status) => Ok(broken(status)),
    }
}

fn is_let_in(hub: &Hub, call: &Call) -> bool {
    let said = call.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    said.and_then(|said| said.strip_prefix("Bearer ")) == Some(hub.options().token.as_str())
}

fn do_later(hub: &Hub, call: Call, millis: u64) {
    let later = hub.clone();
    let due_ms = hub.now_ms().saturating_add(millis);
    hub.spawn(async move {
        later.clock().until(due_ms).await;
        // Nobody hears the answer any more.
        let _ = perform(&later, &call).await;
    });
}

/// An answer of Fly's edge rather than of its API: no JSON where something in between has failed.
fn broken(status: u16) -> Answer {
    match status {
        408 => Refusal::new(408, "deadline_exceeded: request timed out").into(),
        502..=504 => Answer { plain: true, ..Answer::json(status, Value::from("upstream connect error\n")) },
        status => Refusal::new(status, "an internal error occurred").with_status("unknown").into(),
    }
}

fn refused(status: u16, body: Value, retry_after: Option<u32>) -> Answer {
    let answer = Answer { plain: body.is_string(), ..Answer::json(status, body) };
    match retry_after {
        Some(seconds) => answer.with_header("retry-after", seconds.to_string()),
        None => answer,
    }
}

fn empty_list(hub: &Hub, call: &Call, error_regions: bool) -> Answer {
    let regions = if error_regions { hub.options().regions.clone() } else { Vec::new() };
    match call.action {
        Action::OrgMachines => Answer::ok(json!({ "machines": [], "error_regions": regions })),
        Action::OrgVolumes => Answer::ok(json!({ "volumes": [], "error_regions": regions })),
        _ => Answer::ok(json!([])),
    }
}
