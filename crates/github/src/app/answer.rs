//! What GitHub answered, and what that means for the call.

use super::client::Effect;
use crate::encoder::{cut, plain};
use crate::error::Error;
use environment::Timestamp;
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, de::DeserializeOwned};
use std::time::Duration;

/// GitHub: "wait for at least one minute before retrying" when it does not say for how long.
const RATE_LIMIT_WAIT: Duration = Duration::from_secs(60);
/// Longest wait that is believed: limits reset within the hour.
const RATE_LIMIT_WAIT_MAX: Duration = Duration::from_secs(3600);
/// Characters of GitHub's own words that are passed on.
const MESSAGE_CHARS_MAX: usize = 300;

/// An answer with a status that says something about the call.
#[derive(Debug)]
pub(super) struct Answer {
    name: String,
    effect: Effect,
    status: u16,
    headers: HeaderMap<HeaderValue>,
    body: Vec<u8>,
}

/// How GitHub words an error.
#[derive(Deserialize, Default)]
struct Complaint {
    #[serde(default)]
    message: String,
    #[serde(default)]
    errors: Vec<serde_json::Value>,
}

impl Answer {
    pub fn new(name: String, effect: Effect, status: u16, headers: HeaderMap<HeaderValue>, body: Vec<u8>) -> Self {
        Self { name, effect, status, headers, body }
    }

    /// The answer, unless it says nothing about the call: a failing server or a rate limit.
    pub fn checked(self, now: Timestamp) -> Result<Self, Error> {
        if self.is_rate_limit() {
            let retry_after = Some(self.wait(now));
            return Err(Error::Retryable { what: self.sentence(), retry_after });
        }
        if self.status < 500 {
            return Ok(self);
        }
        let what = self.sentence();
        match self.effect {
            Effect::Reads | Effect::Repeatable | Effect::Prompt => {
                Err(Error::Retryable { what, retry_after: self.seconds("retry-after") })
            }
            Effect::Creates => Err(Error::Ambiguous { what }),
        }
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The answer if it is a success.
    pub fn ok(self) -> Result<Self, Error> {
        if (200..300).contains(&self.status) { Ok(self) } else { Err(self.error()) }
    }

    /// The answer's body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let what = format!("{}: the answer is not what GitHub documents ({error})", self.name);
            match self.effect {
                Effect::Creates => Error::Ambiguous { what },
                Effect::Reads | Effect::Repeatable | Effect::Prompt => {
                    Error::Permanent { what, status: Some(self.status) }
                }
            }
        })
    }

    /// What a status other than success means.
    pub fn error(&self) -> Error {
        let what = self.sentence();
        match self.status {
            401 => Error::NoAccess {
                what: format!("{what}; check the App's id, its private key and this machine's clock"),
            },
            403 | 404 | 410 | 451 => Error::NoAccess { what },
            301 | 302 | 307 | 308 => {
                Error::NoAccess { what: format!("{}: the repository answers under another name now", self.name) }
            }
            _ => Error::Permanent { what, status: Some(self.status) },
        }
    }

    /// GitHub's own words, bounded and without hidden characters.
    pub fn message(&self) -> String {
        let complaint: Complaint = serde_json::from_slice(&self.body).unwrap_or_default();
        let mut words = vec![complaint.message];
        words.extend(complaint.errors.iter().filter_map(|error| match error {
            serde_json::Value::String(text) => Some(text.clone()),
            other => other.get("message").or_else(|| other.get("code"))?.as_str().map(str::to_owned),
        }));
        words.retain(|word| !word.is_empty());
        plain(&cut(&words.join(": "), MESSAGE_CHARS_MAX))
    }

    fn sentence(&self) -> String {
        match self.message() {
            message if message.is_empty() => format!("{} was answered with {}", self.name, self.status),
            message => format!("{} was answered with {}: {message}", self.name, self.status),
        }
    }

    /// A primary limit says 403 or 429 with nothing remaining; a secondary one may say only `retry-after`, or only so.
    fn is_rate_limit(&self) -> bool {
        match self.status {
            429 => true,
            403 => {
                self.header("x-ratelimit-remaining") == Some("0")
                    || self.header("retry-after").is_some()
                    || self.message().to_ascii_lowercase().contains("rate limit")
            }
            _ => false,
        }
    }

    fn wait(&self, now: Timestamp) -> Duration {
        let until_reset = || {
            let reset: u64 = self.header("x-ratelimit-reset")?.parse().ok()?;
            (self.header("x-ratelimit-remaining") == Some("0"))
                .then(|| Timestamp::from_millis(reset.saturating_mul(1000)).since(now).max(Duration::from_secs(1)))
        };
        self.seconds("retry-after").or_else(until_reset).unwrap_or(RATE_LIMIT_WAIT).min(RATE_LIMIT_WAIT_MAX)
    }

    fn seconds(&self, header: &str) -> Option<Duration> {
        self.header(header)?.parse().ok().map(Duration::from_secs)
    }
}
