use crate::secret::Secret;
use protocol::{
    BODY_BYTES_MAX, ClaimRequest, ClaimResponse, ErrorBody, EventsRequest, EventsResponse, Recovered, RecoveredAnswer,
    ResultAnswer, ResultRequest,
};
use reqwest::StatusCode;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// The supervisor is near; a connection that takes longer is not coming.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// One call, body and answer included; a result with a checkpoint is a few megabytes.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of an error message that reach a log.
const MESSAGE_BYTES_MAX: usize = 500;

/// Why a call did not bring an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    /// Nobody answered, or the answer was "later": try again.
    #[error("the supervisor does not answer: {0}")]
    Away(String),
    /// 410: the run is over or another one is current. Touch nothing any more.
    #[error("this run is not current any more")]
    Stale,
    /// 409: another worker holds the run.
    #[error("another worker holds this run")]
    ClaimedByAnother,
    /// The call is wrong, and will be the next time.
    #[error("the supervisor refused with {status}: {message}")]
    Refused { status: u16, message: String },
}

/// A client of the machine listener.
#[derive(Debug, Clone)]
pub(crate) struct Supervisor {
    http: reqwest::Client,
    base: String,
}

impl Supervisor {
    /// For the supervisor at `base`.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub(crate) fn new(base: &str) -> Result<Self, reqwest::Error> {
        // Fails only if a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder();
        if base.starts_with("http://") {
            // Nothing to verify, and an image may have no certificates, without which the client could not be built.
            http = http.tls_certs_only([]);
        }
        let http = http
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .build()?;
        Ok(Self { http, base: base.to_owned() })
    }

    /// Where the supervisor is, for git.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) async fn claim(&self, request: &ClaimRequest) -> Result<ClaimResponse, CallError> {
        self.post("/worker/v1/claim", None, request).await
    }

    pub(crate) async fn events(
        &self,
        run: u32,
        credential: &Secret,
        request: &EventsRequest,
    ) -> Result<EventsResponse, CallError> {
        self.post(&format!("/worker/v1/runs/{run}/events"), Some(credential), request).await
    }

    pub(crate) async fn result(
        &self,
        run: u32,
        credential: &Secret,
        request: &ResultRequest,
    ) -> Result<ResultAnswer, CallError> {
        self.post(&format!("/worker/v1/runs/{run}/result"), Some(credential), request).await
    }

    pub(crate) async fn recovered(
        &self,
        run: u32,
        credential: &Secret,
        request: &Recovered,
    ) -> Result<RecoveredAnswer, CallError> {
        self.post(&format!("/worker/v1/runs/{run}/recovered"), Some(credential), request).await
    }

    async fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        credential: Option<&Secret>,
        body: &impl Serialize,
    ) -> Result<A, CallError> {
        let mut request = self.http.post(format!("{}{path}", self.base)).json(body);
        if let Some(credential) = credential {
            request = request.bearer_auth(credential.expose());
        }
        let response = request.send().await.map_err(away)?;
        let status = response.status();
        let body = bounded(response).await?;
        match status {
            // An answer nobody of ours wrote (a proxy's page) is as good as none.
            _ if status.is_success() => {
                serde_json::from_slice(&body).map_err(|error| CallError::Away(error.to_string()))
            }
            StatusCode::GONE => Err(CallError::Stale),
            StatusCode::CONFLICT => Err(CallError::ClaimedByAnother),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Err(CallError::Away(status.to_string())),
            _ if status.is_server_error() => Err(CallError::Away(status.to_string())),
            _ => Err(CallError::Refused { status: status.as_u16(), message: message(&body) }),
        }
    }
}

async fn bounded(mut response: reqwest::Response) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(away)? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(CallError::Away("its answer is longer than any of ours".into()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape `map_err` wants")]
fn away(error: reqwest::Error) -> CallError {
    // The innermost cause says it ("connection refused"); the outer ones repeat the address.
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    CallError::Away(cause.to_string())
}

fn message(body: &[u8]) -> String {
    let mut text = match serde_json::from_slice::<ErrorBody>(body) {
        Ok(body) => format!("{}: {}", body.error.code, body.error.message),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    text.truncate(text.floor_char_boundary(MESSAGE_BYTES_MAX));
    text
}
