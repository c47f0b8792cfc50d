//! One call to Fly: in its turn, within a time of ours, of bounded size, and never to where an answer points.

use super::{
    failure::Failure,
    outage::Outage,
    pace::{Action, Pace},
    refusal::{Meaning, Refusal, one_line},
    settings::Settings,
};
use crate::Error;
use environment::Environment;
use reqwest::{Method, Response, Url, header::HeaderMap};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Until a connection stands.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// A call that changes something or looks something up.
const CALL_MAX: Duration = Duration::from_secs(30);
/// Bytes of an answer: a list of a thousand machines, each with its configuration and events.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longest wait for a turn; whoever would wait longer is told, and comes back.
const TURN_MAX: Duration = Duration::from_secs(20);
/// Tries of a call that certainly was not carried out, or that only looks.
const TRIES: u32 = 3;
/// Before the next one.
const TRY_AGAIN: Duration = Duration::from_millis(400);

const REQUEST_ID: &str = "fly-request-id";
const NEXT_CURSOR: &str = "fly-next-cursor";
const LEASE_NONCE: &str = "fly-machine-lease-nonce";

/// Which service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Machines,
    Logs,
}

/// A call to make.
#[derive(Debug, Clone)]
pub struct Call {
    pub service: Service,
    pub method: Method,
    /// Below the service's address.
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Value>,
    /// Proof of a lease.
    pub nonce: Option<String>,
    /// For the pace: what it does,
    pub action: Action,
    /// and to which machine or app.
    pub subject: String,
    /// In the imperative, for sentences.
    pub what: String,
    /// Longer than usual, where Fly itself waits.
    pub time_max: Duration,
}

impl Call {
    /// A call of the Machines API.
    pub fn new(method: Method, path: String, action: Action, subject: &str, what: impl Into<String>) -> Self {
        let (query, body, nonce) = (Vec::new(), None, None);
        let (subject, what) = (subject.to_owned(), what.into());
        Self { service: Service::Machines, method, path, query, body, nonce, action, subject, what, time_max: CALL_MAX }
    }

    fn is_change(&self) -> bool {
        self.method != Method::GET
    }
}

/// An answer with success.
#[derive(Debug)]
pub struct Answer {
    body: Vec<u8>,
    what: String,
    change: bool,
    /// Where the list goes on.
    pub next: Option<String>,
}

impl Answer {
    /// What it says. One that cannot be read leaves open what happened.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| Failure::Lost {
            what: format!("Fly was asked to {}, and its answer cannot be read: {error}", self.what),
            maybe_done: self.change,
        })
    }
}

/// The client.
#[derive(Debug)]
pub struct Api {
    environment: Environment,
    client: reqwest::Client,
    settings: Settings,
    pace: Mutex<Pace>,
    outage: Mutex<Outage>,
}

impl Api {
    pub fn new(environment: Environment, settings: Settings) -> Result<Self, Error> {
        // Another part may have chosen it first; there is only this one.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_MAX)
            .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::Permanent { what: format!("TLS cannot be set up: {error}") })?;
        let (pace, outage) = (Mutex::default(), Mutex::default());
        Ok(Self { environment, client, settings, pace, outage })
    }

    /// Whether "not there" is believed and something may be deleted.
    pub fn is_calm(&self) -> bool {
        locked(&self.outage).is_calm()
    }

    /// Makes the call, again where that is safe.
    pub async fn call(&self, call: Call) -> Result<Answer, Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            self.admit(&call).await?;
            let failure = match self.once(&call).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if tries >= TRIES || !may_repeat(&failure) {
                return Err(failure);
            }
            self.environment.sleep(self.environment.jittered(TRY_AGAIN)).await;
        }
    }

    async fn admit(&self, call: &Call) -> Result<(), Failure> {
        let now = self.environment.monotonic();
        if let Err(wait) = locked(&self.outage).admit(now) {
            let what = "Fly's API does not answer: nothing is asked of it for a moment".to_owned();
            return Err(Failure::Held { what, wait });
        }
        if !self.settings.paced {
            return Ok(());
        }
        let wait = locked(&self.pace).turn(call.action, &call.subject, now);
        if wait > TURN_MAX {
            return Err(Failure::Held { what: format!("too many calls wait for Fly to {}", call.what), wait });
        }
        if !wait.is_zero() {
            self.environment.sleep(wait).await;
        }
        Ok(())
    }

    async fn once(&self, call: &Call) -> Result<Answer, Failure> {
        let made = self.environment.timeout(call.time_max, self.make(call)).await;
        let made = made.unwrap_or_else(|_| {
            let seconds = call.time_max.as_secs();
            let what = format!("Fly was asked to {}, and did not answer within {seconds} s", call.what);
            Err(Failure::Lost { what, maybe_done: call.is_change() })
        });
        let now = self.environment.monotonic();
        match &made {
            Err(Failure::Lost { .. }) => locked(&self.outage).failed(now),
            Err(Failure::Refused { refusal, .. }) if refusal.meaning.is_outage() => locked(&self.outage).failed(now),
            Ok(_) | Err(_) => locked(&self.outage).answered(),
        }
        if let Err(Failure::Refused { refusal, .. }) = &made
            && refusal.meaning == Meaning::TooMany
        {
            let span = refusal.retry_after.unwrap_or(Duration::from_secs(1));
            locked(&self.pace).hold(call.action, &call.subject, now, span);
        }
        made
    }

    async fn make(&self, call: &Call) -> Result<Answer, Failure> {
        let base = match call.service {
            Service::Machines => &self.settings.api_url,
            Service::Logs => &self.settings.logs_url,
        };
        let address = format!("{}{}", base.trim_end_matches('/'), call.path);
        let url = Url::parse_with_params(&address, &call.query).map_err(|error| Failure::Lost {
            what: format!("`{address}` is no address: {error}"),
            maybe_done: false,
        })?;
        let mut request = self.client.request(call.method.clone(), url);
        request = request.header("authorization", self.settings.token.header());
        if let Some(nonce) = &call.nonce {
            request = request.header(LEASE_NONCE, nonce);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| self.lost(call, &error))?;
        let (code, headers) = (response.status().as_u16(), response.headers().clone());
        let body = self.body(call, response).await?;
        if (200..300).contains(&code) {
            let next = header(&headers, NEXT_CURSOR).filter(|next| !next.is_empty()).map(str::to_owned);
            return Ok(Answer { body, what: call.what.clone(), change: call.is_change(), next });
        }
        let retry_after = header(&headers, "retry-after");
        let mut refusal = Refusal::read(code, &body, header(&headers, REQUEST_ID), retry_after);
        refusal.words = self.settings.token.redact(&refusal.words);
        Err(Failure::Refused { refusal, what: call.what.clone(), change: call.is_change() })
    }

    async fn body(&self, call: &Call, mut response: Response) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.lost(call, &error))? {
            body.extend_from_slice(&piece);
            if body.len() > ANSWER_BYTES_MAX {
                let what = format!("Fly was asked to {}, and answered more than {ANSWER_BYTES_MAX} bytes", call.what);
                return Err(Failure::Lost { what, maybe_done: call.is_change() });
            }
        }
        Ok(body)
    }

    /// A connection that never stood carried nothing.
    fn lost(&self, call: &Call, error: &reqwest::Error) -> Failure {
        let why = self.settings.token.redact(&one_line(&innermost(error)));
        if error.is_connect() {
            let what = format!("Fly's API at `{}` cannot be reached: {why}", self.settings.api_url);
            return Failure::Lost { what, maybe_done: false };
        }
        let what = format!("Fly was asked to {}, but its answer was lost ({why})", call.what);
        Failure::Lost { what, maybe_done: call.is_change() }
    }
}

/// A call that only looked, or that was refused because of others before it.
fn may_repeat(failure: &Failure) -> bool {
    match failure {
        Failure::Lost { maybe_done, .. } => !maybe_done,
        Failure::Refused { refusal, change, .. } => {
            refusal.meaning == Meaning::TooMany || (!change && refusal.meaning == Meaning::Broken)
        }
        Failure::Held { .. } => false,
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The innermost cause says it; the outer ones name the address, too.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
