//! Installation tokens: one repository and one purpose each, kept in memory until shortly before they end.
//!
//! Whoever needs one that is being asked for waits for that answer, be it a failure. A thousand webhooks of a repository
//! would otherwise ask a thousand times, each under a signature of its own; while GitHub hung, signing alone held up
//! everything else for half a second at a time (docs/performance.md).

use super::client::{Call, Client, Effect};
use crate::api::{Purpose, Repository};
use crate::error::Error;
use environment::{Environment, Timestamp};
use http::{HeaderValue, Method};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

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
#[derive(Debug, Clone)]
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

/// A token, and until when it is used.
type Minted = Result<(Token, Timestamp), Denied>;

/// The tokens in hand.
#[derive(Default)]
pub(super) struct Tokens {
    held: Mutex<HashMap<Key, (Token, Timestamp)>>,
    /// Those that are being asked for.
    asked: Mutex<HashMap<Key, Arc<OnceCell<Minted>>>>,
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
        let asked = Arc::clone(lock(&self.asked).entry(key).or_default());
        // Whoever asks may give up in the middle; then the next one of those who wait does.
        let minted = asked.get_or_init(|| mint(client, repository, purpose, now)).await.clone();
        self.settle(key, &asked, &minted, now);
        minted.map(|(token, _)| token)
    }

    /// Keeps what was answered, once, however many waited for it.
    fn settle(&self, key: Key, asked: &Arc<OnceCell<Minted>>, minted: &Minted, now: Timestamp) {
        let mut all = lock(&self.asked);
        if !all.get(&key).is_some_and(|current| Arc::ptr_eq(current, asked)) {
            return;
        }
        all.remove(&key);
        if let Ok(minted) = minted {
            let mut held = lock(&self.held);
            held.retain(|_, (_, until)| *until > now);
            held.insert(key, minted.clone());
        }
    }

    /// Drops a token that GitHub refused, unless another one has taken its place.
    pub fn forget(&self, repository: &Repository, purpose: Purpose, token: &Token) {
        let key = (repository.installation, repository.id, purpose);
        let mut held = lock(&self.held);
        if held.get(&key).is_some_and(|(it, _)| it == token) {
            held.remove(&key);
        }
    }

    fn held(&self, key: Key, now: Timestamp) -> Option<Token> {
        lock(&self.held).get(&key).filter(|(_, until)| *until > now).map(|(token, _)| token.clone())
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn mint(client: &Client, repository: &Repository, purpose: Purpose, now: Timestamp) -> Minted {
    #[derive(Deserialize)]
    struct Body {
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
    let minted: Body = answer.ok()?.json()?;
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
