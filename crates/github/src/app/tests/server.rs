//! A server that answers as it was told and writes down what it was asked.

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::Method, http::StatusCode, http::Uri};
use environment::{BoxFuture, Clock, Environment, Random, Timestamp};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

/// The present in these tests: 21 November 2026.
pub(super) const NOW_MS: u64 = 1_795_219_200_000;

struct Fixed;

/// Every time limit is reached at once.
struct Hasty;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(NOW_MS)
    }
    /// Time stands still: no limit is ever reached.
    fn sleep(&self, _: std::time::Duration) -> BoxFuture<()> {
        Box::pin(std::future::pending())
    }
}

impl Clock for Hasty {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(NOW_MS)
    }
    fn sleep(&self, _: std::time::Duration) -> BoxFuture<()> {
        Box::pin(std::future::ready(()))
    }
}

impl Random for Fixed {
    fn bytes(&self) -> [u8; 16] {
        [7; 16]
    }
}

pub(super) fn fixed_clock() -> Environment {
    Environment::new(Arc::new(Fixed), Arc::new(Fixed))
}

pub(in crate::app) fn hasty_clock() -> Environment {
    Environment::new(Arc::new(Hasty), Arc::new(Fixed))
}

/// What was asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub call: String,
    pub authorization: String,
    pub body: Value,
}

type Reply = (u16, Vec<(String, String)>, Value);

#[derive(Default)]
struct Script {
    replies: HashMap<String, VecDeque<Reply>>,
    asked: Vec<Asked>,
    tokens: u32,
}

#[derive(Clone)]
pub(super) struct Server {
    pub url: String,
    script: Arc<Mutex<Script>>,
}

impl Server {
    /// Knows the App and its tokens; answers 404 to everything else.
    pub async fn start() -> Self {
        let script = Arc::new(Mutex::new(Script::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(answer).with_state(script.clone());
        let serve = async move { axum::serve(listener, router).await };
        Environment::real().spawn(serve);
        let server = Self { url, script };
        server.on("GET /app", 200, json!({ "slug": "longshore" }));
        server
    }

    /// From now on `call` (`GET /path`, its query left out) is answered so; several answers are given in turn, the last
    /// one for ever.
    pub fn on(&self, call: &str, status: u16, body: Value) {
        self.on_with(call, status, &[], body);
    }

    pub fn on_with(&self, call: &str, status: u16, headers: &[(&str, &str)], body: Value) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.script().replies.entry(call.to_owned()).or_default().push_back((status, headers, body));
    }

    /// Everything that was asked of `call`.
    pub fn asked(&self, call: &str) -> Vec<Asked> {
        self.script().asked.iter().filter(|it| it.call.split('?').next() == Some(call)).cloned().collect()
    }

    /// Calls that change something, in order; tokens not counted.
    pub fn changes(&self) -> Vec<String> {
        let asked = &self.script().asked;
        let changes = asked.iter().filter(|it| !it.call.starts_with("GET") && !it.call.contains("access_tokens"));
        changes.map(|it| it.call.clone()).collect()
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().expect("no test panicked in here")
    }
}

async fn answer(
    State(script): State<Arc<Mutex<Script>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, String) {
    let mut script = script.lock().expect("no test panicked in here");
    let header = headers.get("authorization").and_then(|it| it.to_str().ok()).unwrap_or_default();
    script.asked.push(Asked {
        call: format!("{method} {uri}"),
        authorization: header.to_owned(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    });
    let call = format!("{method} {}", uri.path());
    let scripted = script
        .replies
        .get_mut(&call)
        .and_then(|replies| if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() });
    let (status, headers, body) = match scripted {
        Some(reply) => reply,
        None if call.ends_with("/access_tokens") => {
            script.tokens += 1;
            let body = json!({ "token": format!("ghs_{}", script.tokens), "expires_at": "2026-11-21T01:00:00Z" });
            (201, Vec::new(), body)
        }
        None => (404, Vec::new(), json!({ "message": "Not Found" })),
    };
    let headers = headers.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
    (StatusCode::from_u16(status).expect("a status"), headers.collect(), body.to_string())
}
