//! A stand-in, and a client that calls it as anybody calls Fly.

use environment::Environment;
use http::HeaderMap;
use serde_json::{Value, json};
use simulators::fly::{
    FlySimulator, Options, RunningFly,
    audit::left,
    control::{Client, Command, Timings, Truth},
};
use std::time::Duration;

/// How long a test waits for something that takes milliseconds.
const PATIENCE_MS: u64 = 20_000;
/// The token that is let in.
pub const TOKEN: &str = "FlyV1 fm2_test";
/// The app of the tests.
pub const APP: &str = "workers";

/// What a call was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The answer's JSON, which must have come with this status.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { serde_json::from_str(&self.text).unwrap() }
    }

    /// The words of a refusal with this status.
    pub fn refused(&self, status: u16) -> String {
        let body = self.expect(status);
        body["error"].as_str().or(body["message"].as_str()).unwrap_or_default().to_owned()
    }
}

pub struct Stage {
    pub environment: Environment,
    pub fly: RunningFly,
    pub control: Client,
    http: reqwest::Client,
}

impl Stage {
    /// With one app, no rate limits, everything at once.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(adjust: impl FnOnce(&mut Options)) -> Self {
        let environment = Environment::real();
        let mut options = Options::new(TOKEN);
        options.rate_limits = false;
        adjust(&mut options);
        let fly = FlySimulator::start(environment.clone(), options).await.unwrap();
        let control = Client::new(fly.url()).unwrap();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let stage = Self { environment, fly, control, http };
        if stage.control.truth().await.unwrap().apps.is_empty() {
            let app = json!({ "name": APP, "org_slug": "personal" });
            stage.post("/v1/apps", app).await.expect(201);
        }
        stage
    }

    pub async fn with_timings(timings: Timings) -> Self {
        Self::with(|options| options.timings = timings).await
    }

    pub async fn try_call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Answer, reqwest::Error> {
        self.call_with(method, path, body, &[("authorization", format!("Bearer {TOKEN}"))]).await
    }

    pub async fn call_with(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, String)],
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.fly.url()));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await? })
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.try_call(method, path, body).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None).await
    }

    pub async fn run(&self, command: Command) {
        self.control.run(&command).await.unwrap();
    }

    pub async fn truth(&self) -> Truth {
        self.control.truth().await.unwrap()
    }

    /// Makes a volume; its id.
    pub async fn volume(&self, name: &str) -> String {
        let body = json!({ "name": name, "region": "iad", "size_gb": 1, "require_unique_zone": false });
        let made = self.post(&of_app("/volumes"), body).await.expect(200);
        made["id"].as_str().unwrap().to_owned()
    }

    /// Asks for a machine.
    pub async fn try_machine(&self, name: &str, volume: Option<&str>) -> Answer {
        self.post(&of_app("/machines"), new_machine(name, volume)).await
    }

    /// Makes a machine; its id.
    pub async fn machine(&self, name: &str, volume: Option<&str>) -> String {
        let made = self.try_machine(name, volume).await.expect(200);
        made["id"].as_str().unwrap().to_owned()
    }

    pub async fn shown(&self, machine: &str) -> Value {
        self.get(&of_machine(machine, "")).await.expect(200)
    }

    /// Waits until the API shows the machine in that state.
    pub async fn until_state(&self, machine: &str, state: &str) {
        let deadline = self.environment.now().plus_millis(PATIENCE_MS);
        loop {
            let now = self.shown(machine).await["state"].as_str().unwrap().to_owned();
            if now == state {
                return;
            }
            assert!(self.environment.now() < deadline, "{machine} is {now}, not {state}");
            self.environment.sleep(Duration::from_millis(5)).await;
        }
    }

    /// Destroys a machine and waits until it is.
    pub async fn destroy(&self, machine: &str) {
        self.delete(&of_machine(machine, "?force=true")).await.expect(200);
        self.until_state(machine, "destroyed").await;
    }

    /// Nobody ever wrote a volume beside another; so much is left.
    pub async fn end(self, left_over: usize) {
        assert_eq!(self.control.violations().await.unwrap(), Vec::<String>::new());
        let left = left(&self.control.audit().await.unwrap());
        assert_eq!(left.len(), left_over, "{left:?}");
    }
}

pub fn of_app(rest: &str) -> String {
    format!("/v1/apps/{APP}{rest}")
}

pub fn of_machine(machine: &str, rest: &str) -> String {
    of_app(&format!("/machines/{machine}{rest}"))
}

pub fn of_volume(volume: &str, rest: &str) -> String {
    of_app(&format!("/volumes/{volume}{rest}"))
}

pub fn new_machine(name: &str, volume: Option<&str>) -> Value {
    let mut config = json!({
        "image": "registry.fly.io/workers@sha256:00",
        "env": { "A": "1" },
        "restart": { "policy": "no" },
        "auto_destroy": false,
        "guest": { "cpu_kind": "shared", "cpus": 1, "memory_mb": 512 },
        "metadata": { "owner": name },
    });
    if let Some(volume) = volume {
        config["mounts"] = json!([{ "volume": volume, "path": "/session" }]);
    }
    json!({ "name": name, "region": "iad", "config": config })
}
