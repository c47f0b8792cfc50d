//! `POST /webhooks/github`: the body is bounded, its signature checked before anything is read from it, and the answer is
//! 2xx only once whatever follows from it is durable.

use super::Public;
use crate::{
    config::Secret,
    http::ApiError,
    seams::{Taken, Webhook},
};
use axum::{
    Json,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::CONTENT_LENGTH},
};
use github::webhook::{self, SignatureError};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of a webhook: GitHub sends none above 25 MB.
const BODY_BYTES_MAX: usize = 25 * 1024 * 1024;
/// KiB of all webhook bodies in memory at once; more is turned away before anything is accepted.
pub(super) const ROOM_KIB: usize = 128 * 1024;
/// From the head of a webhook to the end of its body; GitHub gives up after ten seconds.
const BODY_MAX: Duration = Duration::from_secs(10);
/// When to try again after being turned away.
const AFTER_OVERLOAD: Duration = Duration::from_secs(2);
/// Bytes of a delivery's GUID: it has 36.
const GUID_BYTES_MAX: usize = 64;

/// What webhooks work with.
#[derive(Clone)]
pub(super) struct Webhooks {
    pub(super) public: Public,
    /// Room for bodies, in KiB.
    pub(super) room: Arc<Semaphore>,
}

pub(super) async fn github(
    State(webhooks): State<Webhooks>,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let counts = Arc::clone(&webhooks.public.counts);
    let outcome = webhooks.take(request).await;
    let label = match &outcome {
        Ok((Taken::Recorded { duplicate: true, .. }, _)) => "duplicate",
        Ok((Taken::Recorded { .. }, _)) => "recorded",
        Ok((Taken::Ignored { reason }, _)) => reason,
        Err(error) => error.code,
    };
    counts.add("webhooks", label);
    let (taken, guid) = outcome.inspect_err(|error| {
        tracing::warn!(status = error.status.as_u16(), code = error.code, why = error.message, "webhook refused");
    })?;
    tracing::info!(delivery = guid, outcome = label, "webhook taken");
    Ok((StatusCode::ACCEPTED, Json(shown(&taken))))
}

impl Webhooks {
    async fn take(&self, request: Request) -> Result<(Taken, String), ApiError> {
        let (parts, body) = request.into_parts();
        let _room = self.enter(&parts.headers)?;
        let body = self.public.environment.timeout(BODY_MAX, to_bytes(body, BODY_BYTES_MAX)).await;
        let body =
            body.map_err(|_| ApiError::new(StatusCode::REQUEST_TIMEOUT, "timeout", "the body did not arrive in time"))?;
        let body = body.map_err(|_| too_large())?;
        let webhook = read(&self.public.webhook_secrets, &parts.headers, body)?;
        let guid = webhook.guid.clone();
        Ok((self.public.intake.take(webhook).await?, guid))
    }

    /// Room for the body, by its announced length; without one, for the largest.
    fn enter(&self, headers: &HeaderMap) -> Result<OwnedSemaphorePermit, ApiError> {
        let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        let bytes = announced.unwrap_or(BODY_BYTES_MAX);
        if bytes > BODY_BYTES_MAX {
            return Err(too_large());
        }
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        Arc::clone(&self.room).try_acquire_many_owned(kib).map_err(|_| ApiError::busy(AFTER_OVERLOAD))
    }
}

/// The signature first, over the body as it came; then headers and content.
fn read(secrets: &[Secret], headers: &HeaderMap, body: Bytes) -> Result<Webhook, ApiError> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let secrets: Vec<&str> = secrets.iter().map(Secret::reveal).collect();
    webhook::verify(&secrets, &body, header("x-hub-signature-256")).map_err(|error| {
        let code = match error {
            SignatureError::Missing => "signature_missing",
            SignatureError::Malformed => "signature_malformed",
            SignatureError::Wrong => "signature_wrong",
        };
        ApiError::new(StatusCode::UNAUTHORIZED, code, error.to_string())
    })?;
    let guid = header("x-github-delivery").filter(|guid| is_guid(guid));
    let guid = guid.ok_or_else(|| ApiError::bad_request("the webhook has no usable X-GitHub-Delivery header"))?;
    let event = header("x-github-event")
        .ok_or_else(|| ApiError::bad_request("the webhook has no usable X-GitHub-Event header"))?;
    let delivery = webhook::parse(event, &body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "payload", error.to_string()))?;
    Ok(Webhook { guid: guid.to_owned(), event: event.to_owned(), body, delivery })
}

/// What a delivery id may look like.
pub(crate) fn is_guid(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.len() <= GUID_BYTES_MAX && text.bytes().all(plain)
}

fn too_large() -> ApiError {
    let sentence = format!("a webhook has at most {BODY_BYTES_MAX} bytes");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", sentence)
}

fn shown(taken: &Taken) -> Value {
    match taken {
        Taken::Recorded { workflows, duplicate } => {
            let workflows: Vec<String> = workflows.iter().map(ToString::to_string).collect();
            json!({"taken": "recorded", "workflows": workflows, "duplicate": duplicate})
        }
        Taken::Ignored { reason } => json!({"taken": "ignored", "reason": reason}),
    }
}
