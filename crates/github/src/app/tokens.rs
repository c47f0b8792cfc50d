//! Installation tokens: one repository and one purpose each, kept in memory until shortly before they end.

use super::client::{Call, Client, Effect};
use crate::api::{Purpose, Repository};
use crate::error::Error;
use environment::{Environment, Timestamp};
use http::{HeaderValue, Method};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

/// A token is not used in its last five minutes, so that no call or fetch outlives it.
const RESERVE: Duration = Duration::from_secs(5 * 60);
/// How long a token is believed if GitHub does not say; its own are valid for an hour.
const LIFE: Duration = Duration::from_secs(30 * 60);

/// A token. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// Value of the `Authorization` header, marked so that nobody prints it.
    pub fn header(&self) -> HeaderValue {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0)).unwrap_or(HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

/// Why there is no token, or no answer.
#[derive(Debug)]
pub(super) enum Denied {
    /// The installation does not reach the repository, or is gone.
    NotFound(String),
    /// The installation is suspended.
    Forbidden(String),
    /// Something else.
    Other(Error),
}

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NotFound(what) | Denied::Forbidden(what) => Self::NoAccess { what },
            Denied::Other(error) => error,
        }
    }
}

type Key = (u64, u64, Purpose);

/// The tokens in hand.
#[derive(Default)]
pub(super) struct Tokens {
    held: Mutex<HashMap<Key, (Token, Timestamp)>>,
}

impl Tokens {
    pub async fn get(
        &self,
        client: &Client,
        environment: &Environment,
        repository: &Repository,
        purpose: Purpose,
    ) -> Result<Token, Denied> {
        let key = (repository.installation, repository.id, purpose);
        let now = environment.now();
        if let Some(token) = self.held(key, now) {
            return Ok(token);
        }
        let (token, until) = mint(client, repository, purpose, now).await?;
        let mut held = self.lock();
        held.retain(|_, (_, until)| *until > now);
        held.insert(key, (token.clone(), until));
        Ok(token)
    }

    /// Drops a token that GitHub refused, unless another one has taken its place.
    pub fn forget(&self, repository: &Repository, purpose: Purpose, token: &Token) {
        let key = (repository.installation, repository.id, purpose);
        let mut held = self.lock();
        if held.get(&key).is_some_and(|(it, _)| it == token) {
            held.remove(&key);
        }
    }

    fn held(&self, key: Key, now: Timestamp) -> Option<Token> {
        self.lock().get(&key).filter(|(_, until)| *until > now).map(|(token, _)| token.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, (Token, Timestamp)>> {
        self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

async fn mint(
    client: &Client,
    repository: &Repository,
    purpose: Purpose,
    now: Timestamp,
) -> Result<(Token, Timestamp), Denied> {
    #[derive(Deserialize)]
    struct Minted {
        token: String,
        #[serde(default)]
        expires_at: String,
    }
    let call = Call {
        method: Method::POST,
        route: format!("/app/installations/{}/access_tokens", repository.installation),
        body: Some(match purpose {
            Purpose::List => json!({ "permissions": permissions(purpose) }),
            _ => json!({ "repository_ids": [repository.id], "permissions": permissions(purpose) }),
        }),
        // A token that was made and never arrived does no harm and ends by itself.
        effect: Effect::Repeatable,
    };
    let answer = client.as_app(&call).await?;
    match answer.status() {
        404 => return Err(Denied::NotFound(format!("installation {} is gone", repository.installation))),
        403 => return Err(Denied::Forbidden(format!("installation {} is suspended", repository.installation))),
        // "There is at least one repository that does not exist or is not accessible to the parent installation."
        422 if answer.message().contains("repository") => {
            return Err(Denied::NotFound(format!(
                "installation {} does not reach repository {}",
                repository.installation, repository.id
            )));
        }
        _ => {}
    }
    let minted: Minted = answer.ok()?.json()?;
    let until = minted
        .expires_at
        .parse::<jiff::Timestamp>()
        .ok()
        .and_then(|at| u64::try_from(at.as_millisecond()).ok())
        .map_or(now + LIFE, |at| Timestamp::from_millis(at.saturating_sub(reserve_ms())));
    Ok((Token(minted.token), until))
}

fn reserve_ms() -> u64 {
    u64::try_from(RESERVE.as_millis()).unwrap_or(u64::MAX)
}

fn permissions(purpose: Purpose) -> Value {
    match purpose {
        Purpose::Read => json!({ "contents": "read", "pull_requests": "read", "metadata": "read" }),
        Purpose::Publish => json!({ "checks": "write", "pull_requests": "write", "issues": "write" }),
        Purpose::Push => json!({ "contents": "write" }),
        Purpose::Resolve => json!({ "contents": "write", "pull_requests": "write" }),
        Purpose::List => json!({ "metadata": "read" }),
    }
}
