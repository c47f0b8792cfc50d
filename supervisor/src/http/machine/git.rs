//! The git gateway: exactly `info/refs?service=git-upload-pack` and `git-upload-pack`, for the repository of the run whose
//! credential is shown. The token that opens the repository never enters a machine.
//!
//! What goes up is small and bounded, so it is collected first: a body that is too large is answered, and no call is made
//! for it. What comes down is streamed.

use super::{
    Machine,
    git_refusal::{GitRefusal, refuse},
    git_upstream::{self, Fetch},
    open_calls::{OpenCalls, Place},
};
use crate::{http::bearer::bearer, runs::Refusal};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_ENCODING, CONTENT_TYPE},
    },
    response::Response,
};
use github::api::GitUpstream;

/// Bytes of a fetch request: a few hundred wants and haves are a few dozen KiB.
const REQUEST_BYTES_MAX: usize = 1024 * 1024;
/// Version 2 of git's protocol; a client that asks for nothing gets the oldest.
const PROTOCOL_2: &str = "version=2";

/// What the gateway works with.
#[derive(Debug, Clone)]
pub(super) struct Gateway {
    machine: Machine,
    open: OpenCalls,
}

impl Gateway {
    pub(super) fn new(machine: Machine, open: OpenCalls) -> Self {
        Self { machine, open }
    }

    /// Who asks, whether there is room, and where to go.
    async fn admit(&self, headers: &HeaderMap) -> Result<(GitUpstream, Place), GitRefusal> {
        let credential = bearer(headers).ok_or(Refusal::Unknown)?;
        let (id, repository) = self.machine.runs.repository_of(credential).await?;
        let place = self.open.enter(id.workflow, id.run).ok_or_else(|| {
            refuse(StatusCode::TOO_MANY_REQUESTS, "this run has too many calls open; end one of them first")
        })?;
        let upstream = self.machine.github.git_upstream(&repository).await.map_err(|error| {
            tracing::warn!(workflow = %id.workflow, run = id.run, %error, "no way to the repository");
            refuse(StatusCode::BAD_GATEWAY, "the supervisor cannot reach the repository now; try again")
        })?;
        Ok((upstream, place))
    }

    async fn fetch(&self, fetch: Fetch, place: Place) -> Result<Response, GitRefusal> {
        git_upstream::fetch(&self.machine.environment, &self.machine.client, fetch, place).await
    }
}

/// `GET info/refs?service=git-upload-pack`.
pub(super) async fn info_refs(State(gateway): State<Gateway>, request: Request) -> Result<Response, GitRefusal> {
    if request.uri().query() != Some("service=git-upload-pack") {
        return Err(refuse(StatusCode::FORBIDDEN, "this gateway reads only: ask for `service=git-upload-pack`"));
    }
    let protocol = protocol(request.headers())?;
    let (upstream, place) = gateway.admit(request.headers()).await?;
    gateway.fetch(Fetch { upstream, protocol, body: None }, place).await
}

/// `POST git-upload-pack`.
pub(super) async fn upload_pack(State(gateway): State<Gateway>, request: Request) -> Result<Response, GitRefusal> {
    let (parts, body) = request.into_parts();
    if parts.headers.get(CONTENT_TYPE).is_none_or(|it| it != "application/x-git-upload-pack-request") {
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "this is not a fetch request of git"));
    }
    let protocol = protocol(&parts.headers)?;
    let gzip = match parts.headers.get(CONTENT_ENCODING).map(|value| value.as_bytes()) {
        None => false,
        Some(b"gzip") => true,
        Some(_) => return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "a body is sent plain or with gzip")),
    };
    let (upstream, place) = gateway.admit(&parts.headers).await?;
    let body = collect(body).await?;
    gateway.fetch(Fetch { upstream, protocol, body: Some((body, gzip)) }, place).await
}

async fn collect(body: Body) -> Result<bytes::Bytes, GitRefusal> {
    to_bytes(body, REQUEST_BYTES_MAX).await.map_err(|_| {
        let words = format!("a fetch request has at most {REQUEST_BYTES_MAX} bytes");
        refuse(StatusCode::PAYLOAD_TOO_LARGE, words)
    })
}

/// Whether version 2 is asked for.
fn protocol(headers: &HeaderMap) -> Result<Option<&'static str>, GitRefusal> {
    match headers.get("git-protocol").map(|value| value.as_bytes()) {
        None => Ok(None),
        Some(value) if value == PROTOCOL_2.as_bytes() => Ok(Some(PROTOCOL_2)),
        Some(_) => Err(refuse(StatusCode::BAD_REQUEST, "this gateway speaks `Git-Protocol: version=2`")),
    }
}
