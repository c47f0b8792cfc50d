//! One call: sent once, answered within a time limit, its outcome typed by what the call does.

use super::{
    AppConfig,
    answer::Answer,
    pacer::Pacer,
    places::{CALLS_AT_ONCE_MAX, Places},
    tokens::Token,
};
use crate::error::Error;
use environment::Environment;
use http::{HeaderValue, Method, header};
use http_body_util::{BodyExt, Limited};
use octocrab::Octocrab;
use serde_json::Value;
use std::time::Duration;

/// GitHub answers within 10 s or gives up itself; the rest is for slow lines.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Time to reach GitHub.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer: a page of 100 changed files with their patches is the largest.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What GitHub knows a client by.
const USER_AGENT: &str = concat!("longshore/", env!("CARGO_PKG_VERSION"));

/// What a lost answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing: it only reads.
    Reads,
    /// Nothing: doing it twice is doing it once.
    Repeatable,
    /// The same, and worth something only at once: it does not stand in line with what is published.
    Prompt,
    /// It may have happened, and must not happen twice.
    Creates,
}

/// A call to make.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub method: Method,
    pub route: String,
    pub body: Option<Value>,
    pub effect: Effect,
}

impl Call {
    pub fn read(route: String) -> Self {
        Self { method: Method::GET, route, body: None, effect: Effect::Reads }
    }

    /// A POST that makes something.
    pub fn create(route: String, body: Value) -> Self {
        Self { method: Method::POST, route, body: Some(body), effect: Effect::Creates }
    }

    /// A PATCH that leaves things as `body` says, however often it is sent.
    pub fn update(route: String, body: Value) -> Self {
        Self { method: Method::PATCH, route, body: Some(body), effect: Effect::Repeatable }
    }

    /// A POST that changes nothing the second time and is worth nothing later.
    pub fn prompt(route: String, body: Value) -> Self {
        Self { method: Method::POST, route, body: Some(body), effect: Effect::Prompt }
    }

    pub fn delete(route: String) -> Self {
        Self { method: Method::DELETE, route, body: None, effect: Effect::Repeatable }
    }

    /// For words: method and route without its query.
    fn name(&self) -> String {
        format!("{} {}", self.method, self.route.split('?').next().unwrap_or_default())
    }
}

/// Where GraphQL answers.
pub(super) const GRAPHQL: &str = "/graphql";

/// The connections to GitHub.
pub(super) struct Client {
    app: Octocrab,
    /// GitHub Enterprise Server has GraphQL beside `/api/v3`, not below it, and octocrab puts its base before every path.
    graphql: Option<Octocrab>,
    app_with_old_key: Option<Octocrab>,
    environment: Environment,
    pacer: Pacer,
    places: Places,
    base: String,
}

impl Client {
    pub fn new(config: &AppConfig, environment: Environment) -> Result<Self, Error> {
        let base = config.api_url.trim_end_matches('/').to_owned();
        let app = with_key(config, &base, &config.private_key_pem)?;
        let old = config.private_key_old_pem.as_deref();
        let app_with_old_key = old.map(|key| with_key(config, &base, key)).transpose()?;
        let beside = base.strip_suffix("/v3").filter(|beside| beside.ends_with("/api"));
        let graphql = beside.map(|beside| with_key(config, beside, &config.private_key_pem)).transpose()?;
        Ok(Self {
            app,
            graphql,
            app_with_old_key,
            pacer: Pacer::new(config.pace, environment.clone()),
            places: Places::new(CALLS_AT_ONCE_MAX, environment.clone()),
            environment,
            base,
        })
    }

    /// Address of the API, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Calls as the App itself.
    pub async fn as_app(&self, call: &Call) -> Result<Answer, Error> {
        let answer = self.send(&self.app, call, None).await?;
        match &self.app_with_old_key {
            // A call that was refused with 401 did nothing: the other key may make it.
            Some(old) if answer.status() == 401 => self.send(old, call, None).await,
            _ => Ok(answer),
        }
    }

    /// Calls with an installation's token.
    pub async fn as_installation(&self, token: &Token, call: &Call) -> Result<Answer, Error> {
        let beside = self.graphql.as_ref().filter(|_| call.route == GRAPHQL);
        let client = beside.unwrap_or(&self.app).user_access_token(token.secret()).map_err(|error| unusable(&error))?;
        self.send(&client, call, Some(token)).await
    }

    async fn send(&self, client: &Octocrab, call: &Call, token: Option<&Token>) -> Result<Answer, Error> {
        if !matches!(call.effect, Effect::Reads | Effect::Prompt) {
            self.pacer.wait().await;
        }
        let _place = self.places.enter(&call.name()).await?;
        let mut builder = http::Request::builder()
            .method(call.method.clone())
            .uri(&call.route)
            .header(header::ACCEPT, "application/vnd.github+json");
        if let Some(token) = token {
            // Ours is marked as not to be printed.
            builder = builder.header(header::AUTHORIZATION, token.header());
        }
        let request = client.build_request(builder, call.body.as_ref()).map_err(|error| unusable(&error))?;
        let answered = self.environment.timeout(ANSWER_TIMEOUT, receive(client, request)).await;
        match answered {
            Ok(Ok((status, headers, body))) => {
                Answer::new(call.name(), call.effect, status, headers, body).checked(self.environment.now())
            }
            Ok(Err(failure)) if failure.never_sent => Err(Error::Retryable {
                what: format!("{}: GitHub cannot be reached ({})", call.name(), failure.what),
                retry_after: None,
            }),
            Ok(Err(failure)) => Err(lost(call, &failure.what)),
            Err(_) => Err(lost(call, "no answer within 30 s")),
        }
    }
}

fn with_key(config: &AppConfig, base: &str, key: &str) -> Result<Octocrab, Error> {
    Octocrab::builder()
        .base_uri(base)
        .and_then(|builder| {
            builder
                .set_connect_timeout(Some(CONNECT_TIMEOUT))
                .add_header(header::USER_AGENT, USER_AGENT.to_owned())
                .app_from_rsa_pem(config.app_id.into(), key)
        })
        .and_then(|builder| builder.build())
        .map_err(|error| unusable(&error))
}

/// The answer to a call did not arrive.
fn lost(call: &Call, why: &str) -> Error {
    let what = format!("{}: the answer was lost ({why})", call.name());
    match call.effect {
        Effect::Reads | Effect::Repeatable | Effect::Prompt => Error::Retryable { what, retry_after: None },
        Effect::Creates => Error::Ambiguous { what },
    }
}

struct Failure {
    never_sent: bool,
    what: String,
}

type Received = (u16, http::HeaderMap<HeaderValue>, Vec<u8>);

async fn receive<B: Into<octocrab::OctoBody>>(
    client: &Octocrab,
    request: http::Request<B>,
) -> Result<Received, Failure> {
    let response = client
        .execute(request)
        .await
        .map_err(|error| Failure { never_sent: never_sent(&error), what: innermost(&error) })?;
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX)
        .collect()
        .await
        .map_err(|error| Failure { never_sent: false, what: innermost(error.as_ref()) })?;
    Ok((parts.status.as_u16(), parts.headers, body.to_bytes().to_vec()))
}

fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// Whether no connection was made, so that GitHub certainly saw nothing.
fn never_sent(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(|cause| {
        cause
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect)
    })
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    causes(error).last().map_or_else(String::new, |cause| crate::encoder::cut(&cause.to_string(), 200))
}

/// octocrab could not be set up; its message names no secret.
fn unusable(error: &octocrab::Error) -> Error {
    Error::Permanent {
        what: format!("the App's private key or the API address cannot be used: {}", innermost(error)),
        status: None,
    }
}
