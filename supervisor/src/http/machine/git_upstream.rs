//! One call from the git gateway to the real server, and its answer streamed down within bounds.

use super::{
    git_refusal::{GitRefusal, refuse},
    open_calls::Place,
};
use axum::{
    body::Body,
    http::{
        HeaderValue, Method, StatusCode,
        header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use environment::{Environment, Timestamp};
use futures_util::{Stream, StreamExt, stream};
use github::api::GitUpstream;
use std::{io, time::Duration};

/// Bytes of one answer: a large repository's shallow fetch, not its history.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// From the call to the end of the answer.
const CALL_MAX: Duration = Duration::from_secs(600);
/// From the call to the head of the answer: the server counts objects first. Below the limit of every request.
const HEAD_MAX: Duration = Duration::from_secs(25);

/// One call.
pub(super) struct Fetch {
    pub(super) upstream: GitUpstream,
    /// Value of `Git-Protocol`.
    pub(super) protocol: Option<&'static str>,
    /// The fetch request and whether it is compressed; none asks for the refs.
    pub(super) body: Option<(Bytes, bool)>,
}

/// Makes the call; `place` is held until the answer has ended.
pub(super) async fn fetch(
    environment: &Environment,
    client: &reqwest::Client,
    fetch: Fetch,
    place: Place,
) -> Result<Response, GitRefusal> {
    let wanted = match fetch.body {
        None => "application/x-git-upload-pack-advertisement",
        Some(_) => "application/x-git-upload-pack-result",
    };
    let started = environment.now();
    let answer = environment
        .timeout(HEAD_MAX, request(client, fetch, wanted)?.send())
        .await
        .map_err(|_| refuse(StatusCode::GATEWAY_TIMEOUT, "the git server did not answer in time; try again"))?
        .map_err(|error| {
            tracing::warn!(error = %error.without_url(), "the git server could not be reached");
            refuse(StatusCode::BAD_GATEWAY, "the git server could not be reached; try again")
        })?;
    check(&answer, wanted)?;
    let body = Body::from_stream(bounded(answer.bytes_stream(), environment.clone(), started, place));
    Ok(([(CONTENT_TYPE, wanted), (CACHE_CONTROL, "no-cache")], body).into_response())
}

fn request(client: &reqwest::Client, fetch: Fetch, wanted: &str) -> Result<reqwest::RequestBuilder, GitRefusal> {
    let mut authorization = HeaderValue::from_str(&fetch.upstream.authorization)
        .map_err(|_| refuse(StatusCode::BAD_GATEWAY, "the supervisor has no usable access to the repository"))?;
    authorization.set_sensitive(true);
    let (method, path) = match fetch.body {
        None => (Method::GET, "info/refs?service=git-upload-pack"),
        Some(_) => (Method::POST, "git-upload-pack"),
    };
    let url = format!("{}/{path}", fetch.upstream.url);
    let mut request = client.request(method, url).header(AUTHORIZATION, authorization).header(ACCEPT, wanted);
    if let Some(protocol) = fetch.protocol {
        request = request.header("git-protocol", protocol);
    }
    if let Some((body, gzip)) = fetch.body {
        request = request.header(CONTENT_TYPE, "application/x-git-upload-pack-request").body(body);
        if gzip {
            request = request.header(CONTENT_ENCODING, "gzip");
        }
    }
    Ok(request)
}

/// Only what git expects is passed on; everything else becomes a sentence of ours.
fn check(answer: &reqwest::Response, wanted: &str) -> Result<(), GitRefusal> {
    let status = answer.status();
    let content = answer.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    if status == StatusCode::OK && content == Some(wanted.as_bytes()) {
        return Ok(());
    }
    tracing::warn!(status = status.as_u16(), "the git server refused a fetch");
    let words = match status.as_u16() {
        200 => "the git server answered something that is not git".to_owned(),
        401 | 403 | 404 => "the git server does not show this repository to the supervisor".to_owned(),
        429 => "the git server asks to wait; try again later".to_owned(),
        _ if status.is_redirection() => "the git server answered with a redirect, which is not followed".to_owned(),
        other => format!("the git server answered with status {other}; try again"),
    };
    Err(refuse(StatusCode::BAD_GATEWAY, words))
}

/// The stream, ended by an error when it has too many bytes or takes too long: git notices a cut answer.
fn bounded(
    bytes: impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static,
    environment: Environment,
    started: Timestamp,
    place: Place,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let state = (Box::pin(bytes), 0u64, place);
    stream::try_unfold(state, move |(mut bytes, passed, place)| {
        let (environment, left) = (environment.clone(), CALL_MAX.saturating_sub(environment.now().since(started)));
        async move {
            let next = environment.timeout(left, bytes.next()).await;
            let Some(chunk) = next.map_err(io::Error::other)? else { return Ok(None) };
            let chunk = chunk.map_err(|error| io::Error::other(error.without_url()))?;
            let passed = passed + chunk.len() as u64;
            if passed > ANSWER_BYTES_MAX {
                return Err(io::Error::other("the answer has too many bytes"));
            }
            Ok(Some((chunk, (bytes, passed, place))))
        }
    })
}
