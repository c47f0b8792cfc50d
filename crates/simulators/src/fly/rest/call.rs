use super::{Action, Refusal, action::place};
use crate::fly::{
    hub::Hub,
    world::{Machine, World},
};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Bytes of a call's body. Fly's own bound is not published.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// One call, told apart.
#[derive(Debug, Clone)]
pub struct Call {
    pub action: Action,
    /// App, or organisation.
    pub app: String,
    /// Machine, volume or policy.
    pub id: String,
    pub key: String,
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// So much a list lags behind what is so, by a fault.
    pub stale_ms: u64,
    /// A machine that it makes stays in `created`, by a fault.
    pub stuck: bool,
}

impl Call {
    /// Reads a request; none: there is no such route.
    pub async fn of(request: Request<Body>) -> Result<Option<Self>, Refusal> {
        let (parts, body) = request.into_parts();
        let Some((action, app, id, key)) = place(parts.method.as_str(), parts.uri.path()) else { return Ok(None) };
        let [app, id, key] = [app, id, key].map(str::to_owned);
        let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let query = query.map(|it| it.0).map_err(|_| Refusal::bad_request("invalid query"))?;
        let too_large = |_| Refusal::bad_request("http: request body too large");
        let body = axum::body::to_bytes(body, BODY_BYTES_MAX).await.map_err(too_large)?;
        let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
        let (stale_ms, stuck, headers) = (0, false, parts.headers);
        Ok(Some(Self { action, app, id, key, method, path, query, headers, body, stale_ms, stuck }))
    }

    /// A parameter of the query that is there and not empty.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(it, value)| it == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// A switch of the query.
    pub fn is_on(&self, name: &str) -> bool {
        self.query(name).is_some_and(|it| it == "true" || it == "1")
    }

    /// A number of the query.
    pub fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let wrong = |_| Refusal::bad_request(format!("invalid {name}"));
        self.query(name).map(|it| it.parse().map_err(wrong)).transpose()
    }

    /// The body, whose fields of no interest are skipped and whose wrong types are refused, as a Go server does.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        serde_json::from_slice(body).map_err(|error| Refusal::bad_request(format!("invalid request body: {error}")))
    }

    /// The machine, in the app that the path names.
    pub fn machine<'a>(&self, world: &'a World) -> Result<&'a Machine, Refusal> {
        self.app_exists(world)?;
        let machine = world.machines.get(&self.id).filter(|machine| machine.app == self.app);
        machine.ok_or_else(|| Refusal::not_found("machine"))
    }

    /// The same, to change it.
    pub fn machine_mut<'a>(&self, world: &'a mut World) -> Result<&'a mut Machine, Refusal> {
        self.app_exists(world)?;
        let machine = world.machines.get_mut(&self.id).filter(|machine| machine.app == self.app);
        machine.ok_or_else(|| Refusal::not_found("machine"))
    }

    /// The app is there.
    pub fn app_exists(&self, world: &World) -> Result<(), Refusal> {
        world.apps.get(&self.app).map(|_| ()).ok_or_else(|| Refusal::not_found("app"))
    }

    /// Whom the rate limit of the call is counted for.
    pub fn whom(&self) -> &str {
        if self.id.is_empty() { &self.app } else { &self.id }
    }

    /// What a rule may look for.
    pub fn words(&self) -> String {
        format!("{} {}", self.path, String::from_utf8_lossy(&self.body))
    }

    /// The moment that a list shows.
    pub fn shown_at(&self, hub: &Hub) -> u64 {
        hub.now_ms().saturating_sub(hub.timings().list_lag_ms.max(self.stale_ms))
    }
}

/// What a call is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    /// The body is sent as it stands, not as JSON.
    pub plain: bool,
    pub headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub const fn json(status: u16, body: Value) -> Self {
        Self { status, body, plain: false, headers: Vec::new() }
    }

    pub const fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    /// `{"ok": true}`.
    pub fn done() -> Self {
        Self::ok(serde_json::json!({ "ok": true }))
    }

    /// Without a body.
    pub const fn empty(status: u16) -> Self {
        Self::json(status, Value::Null)
    }

    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = match &self.body {
            Value::Null => status.into_response(),
            Value::String(text) if self.plain => (status, text.clone()).into_response(),
            body => (status, axum::Json(body)).into_response(),
        };
        for (name, value) in self.headers {
            if let Ok(value) = header::HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
