//! A supervisor that the tests can make answer as they like, and that remembers what it was told.

use super::gateway;
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, Response, StatusCode},
    response::IntoResponse as _,
    routing::{get, post},
};
use environment::Environment;
use protocol::{
    BODY_BYTES_MAX, ClaimRequest, ClaimResponse, Directive, ErrorBody, ErrorDetail, EventsRequest, EventsResponse,
    Finding, Recovered, RecoveredAnswer, Report, ResultAnswer, ResultRequest, Task, validate,
};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use tokio::sync::watch;

pub const TOKEN: &str = "claim-token-of-the-test";
pub const CREDENTIAL: &str = "run-credential-of-the-test";
/// Nothing here takes seconds; a test that waits so long has failed.
const DEADLINE: Duration = Duration::from_secs(60);

/// What it was told, and how it answers.
#[derive(Clone)]
pub struct Heard {
    pub task: Option<Task>,
    pub nonces: Vec<String>,
    pub events: BTreeMap<u64, Report>,
    /// Batches that held nothing new.
    pub repeats: usize,
    pub result: Option<ResultRequest>,
    pub recovered: Vec<Recovered>,
    pub calls: usize,
    /// Answers 503 to everything.
    pub away: bool,
    /// Does what it is asked and loses the answer.
    pub loses_answers: bool,
    /// Answers this to one of `claim`, `events`, `result`, `checkpoint` (a result that has one), `recovered`, `git`.
    pub refuse: BTreeMap<&'static str, StatusCode>,
    pub directive: Directive,
    pub recovered_answer: RecoveredAnswer,
}

impl Heard {
    pub fn findings(&self) -> Vec<Finding> {
        let finding = |report: &Report| match report {
            Report::Finding { finding } => Some((**finding).clone()),
            _ => None,
        };
        self.events.values().filter_map(finding).collect()
    }

    pub fn lines(&self) -> Vec<&str> {
        let mut lines = Vec::new();
        for report in self.events.values() {
            if let Report::Log { line } = report {
                lines.push(line.as_str());
            }
        }
        lines
    }
}

/// The supervisor.
#[derive(Clone)]
pub struct Supervisor {
    pub url: String,
    heard: watch::Sender<Heard>,
    repository: PathBuf,
}

impl Supervisor {
    pub async fn start(repository: PathBuf) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let heard = Heard {
            task: None,
            nonces: Vec::new(),
            events: BTreeMap::new(),
            repeats: 0,
            result: None,
            recovered: Vec::new(),
            calls: 0,
            away: false,
            loses_answers: false,
            refuse: BTreeMap::new(),
            directive: Directive::Continue,
            recovered_answer: RecoveredAnswer::AlreadyHave,
        };
        let url = format!("http://{}", listener.local_addr().unwrap());
        let supervisor = Self { url, heard: watch::Sender::new(heard), repository };
        let app = Router::new()
            .route("/worker/v1/claim", post(claim))
            .route("/worker/v1/runs/{run}/events", post(events))
            .route("/worker/v1/runs/{run}/result", post(result))
            .route("/worker/v1/runs/{run}/recovered", post(recovered))
            .route("/gateway/git/run.git/info/refs", get(refs))
            .route("/gateway/git/run.git/git-upload-pack", post(upload_pack))
            .layer(axum::extract::DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(supervisor.clone());
        Environment::real().spawn(async move { axum::serve(listener, app).await });
        supervisor
    }

    /// Changes how it answers.
    pub fn set(&self, change: impl FnOnce(&mut Heard)) {
        self.heard.send_modify(change);
    }

    /// Answers `call` with `status` from now on.
    pub fn refuse(&self, call: &'static str, status: StatusCode) {
        self.heard.send_modify(|heard| {
            heard.refuse.insert(call, status);
        });
    }

    pub fn heard(&self) -> Heard {
        self.heard.borrow().clone()
    }

    /// Waits until it has heard enough.
    pub async fn until(&self, enough: impl FnMut(&Heard) -> bool + Send) -> Heard {
        let mut heard = self.heard.subscribe();
        let waited = Environment::real().timeout(DEADLINE, heard.wait_for(enough)).await;
        waited.expect("the supervisor heard too little").unwrap().clone()
    }

    /// The answer that a test wants here instead of the right one.
    fn instead(&self, call: &'static str) -> Option<Response<Body>> {
        self.set(|heard| heard.calls += 1);
        let heard = self.heard.borrow();
        let status = if heard.away { StatusCode::SERVICE_UNAVAILABLE } else { *heard.refuse.get(call)? };
        let error = ErrorDetail { code: "refused_by_the_test".into(), message: "The test says no.".into() };
        Some((status, Json(ErrorBody { error })).into_response())
    }
}

fn is_authorized(headers: &HeaderMap) -> bool {
    headers.get("authorization").is_some_and(|value| value == format!("Bearer {CREDENTIAL}").as_str())
}

async fn claim(State(it): State<Supervisor>, Json(request): Json<ClaimRequest>) -> Response<Body> {
    assert_eq!(request.token, TOKEN);
    it.set(|heard| heard.nonces.push(request.nonce));
    if let Some(instead) = it.instead("claim") {
        return instead;
    }
    let task = it.heard().task.expect("a test sets a task");
    Json(ClaimResponse { credential: CREDENTIAL.into(), task }).into_response()
}

async fn events(
    State(it): State<Supervisor>,
    Path(_run): Path<u32>,
    headers: HeaderMap,
    Json(request): Json<EventsRequest>,
) -> Response<Body> {
    assert!(is_authorized(&headers));
    validate::batch(&request.events).unwrap();
    if let Some(instead) = it.instead("events") {
        return instead;
    }
    let last = request.events.last().expect("no batch is empty").sequence;
    it.set(|heard| {
        let before = heard.events.len();
        for event in request.events {
            let kept = heard.events.entry(event.sequence).or_insert_with(|| event.report.clone());
            assert_eq!(*kept, event.report, "a repeat must be the same");
        }
        heard.repeats += usize::from(heard.events.len() == before);
    });
    if it.heard().loses_answers {
        return StatusCode::GATEWAY_TIMEOUT.into_response();
    }
    Json(EventsResponse { acknowledged: last, directive: it.heard().directive }).into_response()
}

async fn result(
    State(it): State<Supervisor>,
    Path(_run): Path<u32>,
    headers: HeaderMap,
    Json(request): Json<ResultRequest>,
) -> Response<Body> {
    assert!(is_authorized(&headers));
    validate::result_request(&request).unwrap();
    let instead = it.instead("result");
    let instead = instead.or_else(|| request.checkpoint.as_ref().and_then(|_| it.instead("checkpoint")));
    if let Some(instead) = instead {
        return instead;
    }
    let known = it.heard().result;
    it.set(|heard| heard.result = Some(request.clone()));
    if it.heard().loses_answers {
        return StatusCode::GATEWAY_TIMEOUT.into_response();
    }
    assert!(known.as_ref().is_none_or(|known| *known == request), "a repeat must be the same");
    Json(if known.is_some() { ResultAnswer::AlreadyHave } else { ResultAnswer::Accepted }).into_response()
}

async fn recovered(
    State(it): State<Supervisor>,
    Path(_run): Path<u32>,
    headers: HeaderMap,
    Json(request): Json<Recovered>,
) -> Response<Body> {
    assert!(is_authorized(&headers));
    if let Some(instead) = it.instead("recovered") {
        return instead;
    }
    it.set(|heard| heard.recovered.push(request));
    Json(it.heard().recovered_answer).into_response()
}

async fn refs(State(it): State<Supervisor>, headers: HeaderMap) -> Response<Body> {
    match (it.instead("git"), is_authorized(&headers)) {
        (Some(instead), _) => instead,
        (None, false) => StatusCode::UNAUTHORIZED.into_response(),
        (None, true) => gateway::serve(&it.repository, "info/refs", &headers, None).await,
    }
}

async fn upload_pack(State(it): State<Supervisor>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    match (it.instead("git"), is_authorized(&headers)) {
        (Some(instead), _) => instead,
        (None, false) => StatusCode::UNAUTHORIZED.into_response(),
        (None, true) => gateway::serve(&it.repository, "git-upload-pack", &headers, Some(body)).await,
    }
}
