//! A stand-in, a webhook receiver, and a client that signs as the App.

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use environment::{Environment, Task};
use http::StatusCode;
use serde_json::{Value, json};
use simulators::github::{
    Options, RunningSimulator, Simulator,
    control::{Client, NewPull, NewRepository, PullName, PullSnapshot},
    fixtures::demo_fixture,
    test_key,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// How long a test waits for something that takes milliseconds.
const PATIENCE_MS: u64 = 20_000;

/// A webhook as it arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Arrived {
    pub fn event(&self) -> String {
        let action = self.json()["action"].as_str().map(|it| format!(".{it}")).unwrap_or_default();
        format!("{}{action}", self.headers["x-github-event"].to_str().unwrap())
    }

    pub fn guid(&self) -> String {
        self.headers["x-github-delivery"].to_str().unwrap().to_string()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Takes webhooks and answers as told.
#[derive(Clone)]
pub struct Receiver {
    arrived: Arc<Mutex<Vec<Arrived>>>,
    status: Arc<Mutex<StatusCode>>,
    pub url: String,
    _task: Arc<AbortOnDrop>,
}

struct AbortOnDrop(Task<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

type ReceiverState = (Arc<Mutex<Vec<Arrived>>>, Arc<Mutex<StatusCode>>);

impl Receiver {
    pub async fn start(environment: &Environment) -> Self {
        let state: ReceiverState = (Arc::default(), Arc::new(Mutex::new(StatusCode::OK)));
        let take = |State((arrived, status)): State<ReceiverState>, headers: HeaderMap, body: Bytes| async move {
            arrived.lock().unwrap().push(Arrived { headers, body });
            *status.lock().unwrap()
        };
        let routes = Router::new().route("/webhooks/github", post(take)).with_state(state.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhooks/github", listener.local_addr().unwrap());
        let task = environment.spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { arrived: state.0, status: state.1, url, _task: Arc::new(AbortOnDrop(task)) }
    }

    pub fn answer_with(&self, status: StatusCode) {
        *self.status.lock().unwrap() = status;
    }

    pub fn all(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    pub fn events(&self) -> Vec<String> {
        self.all().iter().map(Arrived::event).collect()
    }
}

/// What a call was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {}", self.text))
    }

    /// The answer's JSON, which must have come with this status.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }
}

pub struct Stage {
    pub environment: Environment,
    pub folder: tempfile::TempDir,
    pub simulator: RunningSimulator,
    pub control: Client,
    pub receiver: Receiver,
    pub http: reqwest::Client,
}

impl Stage {
    /// Nothing but the stand-in, with webhooks going to the receiver.
    pub async fn empty() -> Self {
        let environment = Environment::real();
        let folder = tempfile::tempdir().unwrap();
        let receiver = Receiver::start(&environment).await;
        let mut options = Options::new(folder.path());
        options.webhook_url = Some(receiver.url.clone());
        let simulator = Simulator::start(environment.clone(), options).await.unwrap();
        let control = Client::new(simulator.url()).unwrap();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { environment, folder, simulator, control, receiver, http }
    }

    /// With the demo's pull request, acme/shop #7.
    pub async fn demo() -> (Self, Shop) {
        let stage = Self::empty().await;
        let fixture = demo_fixture();
        let shop = stage.open(fixture.repository, fixture.pull).await;
        (stage, shop)
    }

    pub async fn open(&self, repository: NewRepository, pull: NewPull) -> Shop {
        let made = self.control.create_repository(repository).await.unwrap();
        let opened = self.control.open_pull(pull.clone()).await.unwrap();
        Shop {
            repository_id: made.id,
            installation: made.installation,
            base_sha: made.sha,
            head_sha: opened.sha,
            pull: PullName::new(pull.repository, opened.number),
        }
    }

    /// Kills the stand-in as abruptly as a test can, and starts it again on the same folder.
    pub async fn kill_and_start_again(self) -> Self {
        let Self { environment, folder, simulator, receiver, http, .. } = self;
        drop(simulator);
        let options = Options::new(folder.path());
        let simulator = Simulator::start(environment.clone(), options).await.unwrap();
        let control = Client::new(simulator.url()).unwrap();
        Self { environment, folder, simulator, control, receiver, http }
    }

    pub fn jwt(&self) -> String {
        let now = self.environment.now().as_millis() / 1000;
        sign_jwt(&json!({ "iat": now - 60, "exp": now + 540, "iss": "4242" }))
    }

    /// A token for one repository and these permissions.
    pub async fn token(&self, shop: &Shop, permissions: Value) -> String {
        let path = format!("/app/installations/{}/access_tokens", shop.installation);
        let body = json!({ "repository_ids": [shop.repository_id], "permissions": permissions });
        let minted = self.call("POST", &path, &self.jwt(), Some(body)).await.expect(201);
        minted["token"].as_str().unwrap().to_string()
    }

    /// A token for everything the App may do in the repository.
    pub async fn full_token(&self, shop: &Shop) -> String {
        let all = json!({ "checks": "write", "contents": "write", "issues": "write", "pull_requests": "write" });
        self.token(shop, all).await
    }

    pub async fn call(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> Answer {
        self.try_call(method, path, token, body).await.unwrap()
    }

    pub async fn try_call(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> Result<Answer, reqwest::Error> {
        let url = if path.starts_with("http") { path.to_string() } else { format!("{}{path}", self.simulator.url()) };
        let mut request =
            self.http.request(method.parse().unwrap(), url).header("accept", "application/vnd.github+json");
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await? })
    }

    pub async fn snapshot(&self, shop: &Shop) -> PullSnapshot {
        self.control.pull(&shop.pull).await.unwrap().unwrap()
    }

    /// Waits until `done`, or fails with what arrived instead.
    pub async fn until(&self, what: &str, done: impl Fn(&Receiver) -> bool) {
        let deadline = self.environment.now().plus_millis(PATIENCE_MS);
        while !done(&self.receiver) {
            assert!(self.environment.now() < deadline, "{what}: only {:?} arrived", self.receiver.events());
            self.environment.sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits for a webhook, the newest of its kind.
    pub async fn arrival(&self, event: &str) -> Arrived {
        self.until(event, |receiver| receiver.events().iter().any(|it| it == event)).await;
        self.receiver.all().into_iter().rev().find(|it| it.event() == event).unwrap()
    }
}

/// acme/shop #7, as it was made.
#[derive(Debug, Clone)]
pub struct Shop {
    pub repository_id: u64,
    pub installation: u64,
    pub base_sha: String,
    pub head_sha: String,
    pub pull: PullName,
}

impl Shop {
    /// `/repos/acme/shop` and what follows.
    pub fn path(&self, rest: &str) -> String {
        format!("/repos/{}{rest}", self.pull.repository)
    }
}

pub fn sign_jwt(claims: &Value) -> String {
    let body: String = test_key::APP_PRIVATE_KEY_PEM.lines().filter(|line| !line.starts_with("---")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    let key = ring::signature::RsaKeyPair::from_der(&der).unwrap();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    key.sign(&ring::signature::RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
