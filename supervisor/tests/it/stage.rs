//! A stand-in and a supervisor in processes of their own, with verbs. The body of a test reads like the report of a bug.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use simulators::github::{
    Options,
    control::{
        Client, Command, DeliverySnapshot, EffectSnapshot, NewPull, Order, PullName, PullSnapshot, WebhookEffect,
        WebhookRule,
    },
    fixtures::demo_fixture,
    test_key,
};
use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Output, Stdio},
    time::{Duration, Instant},
};

/// Longest wait for anything; a test that needs more hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest wait for much at once.
pub const LONG_PATIENCE: Duration = Duration::from_secs(240);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(25);

pub struct Stage {
    folder: tempfile::TempDir,
    ports: [u16; 3],
    settings: String,
    github: Option<Child>,
    supervisor: Option<Child>,
    client: Client,
    http: reqwest::Client,
    pub pull: PullName,
}

/// The program under test.
pub fn longshore() -> std::process::Command {
    std::process::Command::new(env!("CARGO_BIN_EXE_longshore"))
}

impl Stage {
    /// Both processes, with `settings` beside the usual configuration: whole lines of `section.key = value`.
    pub async fn open(settings: &str) -> Self {
        let mut stage = Self::without_supervisor(settings).await;
        stage.start_supervisor().await;
        stage
    }

    /// Only the stand-in, whose webhooks go where [`Stage::addresses`] says.
    pub async fn without_supervisor(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ports = free_ports();
        let client = Client::new(format!("http://127.0.0.1:{}", ports[0])).expect("a client");
        let http = supervisor::http::client().expect("a client");
        let mut stage = Self {
            folder,
            ports,
            settings: settings.to_owned(),
            github: None,
            supervisor: None,
            client,
            http,
            pull: PullName::new("acme/shop", 7),
        };
        stage.start_github().await;
        stage
    }

    /// Ports where the public and the machine listener are reached.
    pub fn addresses(&self) -> [u16; 2] {
        [self.ports[1], self.ports[2]]
    }

    /// The demo's pull request was reviewed and asks a person.
    pub async fn waiting(settings: &str) -> Self {
        let stage = Self::open(settings).await;
        stage.open_pull_request().await;
        stage.until_status("awaiting_decision").await;
        stage
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the stand-in listens.
    pub fn github_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    /// Speaks to the stand-in.
    pub fn github(&self) -> Client {
        self.client.clone()
    }

    /// Sends webhooks beside the stand-in.
    pub fn sender(&self) -> Sender {
        Sender {
            http: self.http.clone(),
            url: format!("http://127.0.0.1:{}/webhooks/github", self.ports[1]),
            secret: Options::new(self.path()).webhook_secret,
        }
    }

    /// Those that were given, beside the usual configuration.
    pub fn settings(&self) -> &str {
        &self.settings
    }

    /// From the next start on.
    pub fn configure(&mut self, settings: &str) {
        settings.clone_into(&mut self.settings);
    }

    pub async fn start_github(&mut self) {
        let listen = format!("127.0.0.1:{}", self.ports[0]);
        let webhooks = format!("http://127.0.0.1:{}/webhooks/github", self.ports[1]);
        let data = self.path().join("github").display().to_string();
        let args = ["sim", "github", "--listen", &listen, "--webhook-url", &webhooks, "--data", &data];
        self.github = Some(self.start(&args, "github.log", &[]));
        self.listens(self.ports[0]).await;
    }

    pub async fn start_supervisor(&mut self) {
        self.start_supervisor_with(&[]).await;
    }

    /// With variables in its environment.
    pub async fn start_supervisor_with(&mut self, variables: &[(&str, &str)]) {
        self.launch_supervisor(variables);
        self.listens(self.ports[1]).await;
    }

    /// Does not wait until it listens.
    pub fn launch_supervisor(&mut self, variables: &[(&str, &str)]) {
        self.supervisor = Some(self.serve("supervisor", self.addresses(), "", variables));
    }

    /// Starts a supervisor of that name, which has its data and its log under it.
    pub fn serve(&self, name: &str, ports: [u16; 2], more: &str, variables: &[(&str, &str)]) -> Child {
        let config = self.write_config(name, ports, more).display().to_string();
        self.start(&["serve", "--config", &config], &format!("{name}.log"), variables)
    }

    fn start(&self, args: &[&str], log: &str, variables: &[(&str, &str)]) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(self.path().join(log)).expect("a log");
        let mut command = longshore();
        command.args(args).envs(variables.iter().copied()).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a log")).stderr(log).spawn().expect("the program starts")
    }

    fn write_config(&self, name: &str, [public, machine]: [u16; 2], more: &str) -> PathBuf {
        let options = Options::new(self.path());
        let value = |text: &str| Value::from(text).to_string();
        let mut lines = vec![
            format!("server.listen = \"127.0.0.1:{public}\""),
            format!("server.machine_listen = \"127.0.0.1:{machine}\""),
            format!("server.data = {}", value(&self.path().join(name).display().to_string())),
            format!("github.app_id = {}", options.app_id),
            format!("github.private_key = {}", value(test_key::APP_PRIVATE_KEY_PEM)),
            format!("github.webhook_secret = {}", value(&options.webhook_secret)),
            format!("github.api_url = \"http://127.0.0.1:{}\"", self.ports[0]),
            "github.bot_name = \"longshore\"".to_owned(),
        ];
        if !self.settings.contains("github.allowed_owners") {
            lines.push("github.allowed_owners = [\"acme\"]".to_owned());
        }
        if !self.settings.contains("volumes.retention") {
            lines.push("volumes.retention = \"0s\"".to_owned());
        }
        lines.extend(self.settings.lines().chain(more.lines()).map(|line| line.trim().to_owned()));
        let file = if name == "supervisor" { "longshore" } else { name };
        let path = self.path().join(format!("{file}.toml"));
        std::fs::write(&path, lines.join("\n") + "\n").expect("the configuration is written");
        path
    }

    pub async fn listens(&self, port: u16) {
        self.until("it listens", || async move {
            tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()
        })
        .await;
    }

    /// `kill -9`.
    pub fn kill_supervisor(&mut self) {
        if let Some(mut child) = self.supervisor.take() {
            child.kill().expect("it was running");
            child.wait().expect("it is gone");
        }
    }

    /// `kill -9`.
    pub fn kill_github(&mut self) {
        if let Some(mut child) = self.github.take() {
            child.kill().expect("it was running");
            child.wait().expect("it is gone");
        }
    }

    /// The stand-in answers nothing until [`Stage::go_on_github`].
    pub fn pause_github(&self) {
        self.signal_github(Signal::STOP);
    }

    pub fn go_on_github(&self) {
        self.signal_github(Signal::CONT);
    }

    fn signal_github(&self, signal: Signal) {
        let id = self.github.as_ref().and_then(|child| i32::try_from(child.id()).ok());
        let pid = id.and_then(Pid::from_raw).expect("it runs");
        kill_process(pid, signal).expect("it is there");
    }

    /// `kill -9` of every worker and its keeper.
    pub fn kill_machines(&self) -> usize {
        kill_machines_of(self.path())
    }

    pub fn supervisor_is_alive(&mut self) -> bool {
        self.supervisor.as_mut().is_some_and(|child| child.try_wait().expect("its status").is_none())
    }

    /// The demo's pull request is opened.
    pub async fn open_pull_request(&self) {
        self.open_changed_pull_request(|_| {}).await;
    }

    /// The demo's pull request is opened, with something else about it.
    pub async fn open_changed_pull_request(&self, change: impl FnOnce(&mut NewPull)) {
        let mut fixture = demo_fixture();
        change(&mut fixture.pull);
        self.client.create_repository(fixture.repository).await.expect("a repository");
        self.client.open_pull(fixture.pull).await.expect("a pull request");
    }

    pub async fn command(&self, command: Command) {
        self.client.run(&command).await.expect("the stand-in obeys");
    }

    /// The stand-in's truth.
    pub async fn truth(&self) -> PullSnapshot {
        self.client.pull(&self.pull).await.expect("the stand-in answers").expect("the pull request is there")
    }

    /// The stand-in's truth about another pull request.
    pub async fn truth_of(&self, pull: &PullName) -> PullSnapshot {
        self.client.pull(pull).await.expect("the stand-in answers").expect("the pull request is there")
    }

    pub async fn deliveries(&self) -> Vec<DeliverySnapshot> {
        self.client.deliveries().await.expect("the stand-in answers")
    }

    pub async fn effects(&self) -> Vec<EffectSnapshot> {
        self.client.effects().await.expect("the stand-in answers")
    }

    /// Clicks the button of that label on the newest check that shows it.
    pub async fn click(&self, label: &str, by: &str) {
        let truth = self.truth().await;
        let button = truth.checks.iter().rev().find_map(|check| {
            let place = check.labels.iter().position(|shown| shown == label)?;
            Some((check.id, check.actions[place].clone()))
        });
        let (check_run, identifier) = button.unwrap_or_else(|| panic!("no button {label:?} in {:#?}", truth.checks));
        self.click_on(check_run, &identifier, by).await;
    }

    pub async fn click_on(&self, check_run: u64, identifier: &str, by: &str) {
        self.client.click(check_run, identifier, by).await.expect("the stand-in obeys");
    }

    pub async fn comment(&self, by: &str, body: &str) {
        self.client.comment(&self.pull, by, body).await.expect("the stand-in obeys");
    }

    pub async fn close_pull_request(&self) {
        self.client.close(&self.pull, "maintainer").await.expect("the stand-in obeys");
    }

    /// A GET of the supervisor's API.
    pub async fn api(&self, path: &str) -> Option<Value> {
        let token = std::fs::read_to_string(self.path().join("supervisor/admin.token")).ok()?;
        let url = format!("http://127.0.0.1:{}/api/v1{path}", self.ports[1]);
        let answer = self.http.get(url).bearer_auth(token.trim()).send().await.ok()?;
        answer.error_for_status().ok()?.json().await.ok()
    }

    /// What anybody gets from the public listener.
    pub async fn get(&self, path: &str) -> String {
        self.answer(path).await.text().await.expect("text")
    }

    /// The same, with its status and headers.
    pub async fn answer(&self, path: &str) -> reqwest::Response {
        let url = format!("http://127.0.0.1:{}{path}", self.ports[1]);
        self.http.get(url).send().await.expect("the supervisor answers")
    }

    /// The one workflow's row.
    pub async fn workflow(&self) -> Option<Value> {
        self.api("/workflows").await?.get("workflows")?.get(0).cloned()
    }

    /// The one workflow's state.
    pub async fn state(&self) -> Option<Value> {
        let id = self.workflow().await?.get("id")?.as_str()?.to_owned();
        self.api(&format!("/workflows/{id}")).await?.get("state").cloned()
    }

    pub async fn status(&self) -> Option<String> {
        Some(self.workflow().await?.get("status")?.as_str()?.to_owned())
    }

    /// Waits until the workflow has that status and nothing of it is under way.
    pub async fn until_status(&self, status: &str) {
        self.until(&format!("the workflow is {status}"), || async {
            self.status().await.as_deref() == Some(status) && self.is_quiet().await
        })
        .await;
    }

    /// Nothing is being done that did not fail before, every check is published and no machine is there.
    async fn is_quiet(&self) -> bool {
        if self.is_busy().await {
            return false;
        }
        let Some(state) = self.state().await else { return false };
        let published = |check: &Value| check["revision"] == check["published"];
        state["machine"].is_null()
            && state["read"] == "no"
            && state["checks"].as_array().is_some_and(|checks| checks.iter().all(published))
    }

    /// An action is under way or waits for its turn, as the engine says it.
    async fn is_busy(&self) -> bool {
        let why = async {
            let id = self.workflow().await?.get("id")?.as_str()?.to_owned();
            self.api(&format!("/workflows/{id}/why")).await?["details"].as_str().map(str::to_owned)
        };
        let busy = ["is under way", "waits for its turn", "actions are pending"];
        why.await.is_none_or(|words| busy.iter().any(|it| words.contains(it)))
    }

    /// Names of the workflow's recorded events, in order.
    pub async fn history(&self) -> Vec<String> {
        self.events("name").await
    }

    /// Ids of the workflow's recorded events, in order.
    pub async fn recorded_ids(&self) -> Vec<String> {
        self.events("id").await
    }

    async fn events(&self, column: &str) -> Vec<String> {
        let Some(id) = self.workflow().await.and_then(|row| Some(row.get("id")?.as_str()?.to_owned())) else {
            return Vec::new();
        };
        let (mut names, mut after) = (Vec::new(), 0);
        loop {
            let page = self.api(&format!("/workflows/{id}/events?limit=100&after={after}")).await.unwrap_or_default();
            let rows = page["events"].as_array().cloned().unwrap_or_default();
            names.extend(rows.iter().map(|row| row[column].as_str().unwrap_or_default().to_owned()));
            match page["next"].as_u64() {
                Some(next) => after = next,
                None => return names,
            }
        }
    }

    /// How often an event of that name was recorded.
    pub async fn recorded(&self, name: &str) -> usize {
        self.history().await.iter().filter(|recorded| *recorded == name).count()
    }

    /// Id of the open request.
    pub async fn request(&self) -> String {
        let state = self.state().await.unwrap_or_default();
        state["request"]["id"].as_str().expect("a request is open").to_owned()
    }

    /// Comments of our bot in the conversation.
    pub async fn replies(&self) -> Vec<String> {
        let comments = self.truth().await.comments;
        comments.into_iter().filter(|it| it.user == "longshore[bot]").map(|it| it.body).collect()
    }

    /// Waits for a comment of our bot that says this.
    pub async fn until_replied(&self, words: &str) {
        self.until(&format!("a reply says {words:?}"), || async {
            self.replies().await.iter().any(|body| body.contains(words))
        })
        .await;
    }

    /// Webhooks to come, of this event and action, meet this.
    pub async fn webhooks(&self, event: &str, action: Option<&str>, effect: WebhookEffect) {
        let (event, action) = (Some(event.to_owned()), action.map(str::to_owned));
        self.command(Command::AddWebhookRule(WebhookRule { event, action, effect, times: None })).await;
    }

    /// Held webhooks arrive in this order, and no more are held.
    pub async fn release(&self, order: Order) {
        self.command(Command::ReleaseWebhooks(order)).await;
        self.until_delivered().await;
    }

    /// Every webhook that is not held has been answered.
    pub async fn until_delivered(&self) {
        self.until("the webhooks are answered", || async {
            self.deliveries().await.iter().all(|delivery| delivery.status != "pending")
        })
        .await;
    }

    /// A verb of the program against this supervisor.
    pub fn verb(&self, arguments: &[&str]) -> Output {
        self.verb_at("supervisor", arguments)
    }

    /// A verb of the program against the supervisor of that name.
    pub fn verb_at(&self, name: &str, arguments: &[&str]) -> Output {
        let data = self.path().join(name);
        longshore().args(arguments).arg("--data").arg(data).stdin(Stdio::null()).output().expect("the program runs")
    }

    /// A signed webhook under a delivery id of its own, as GitHub would send it.
    pub async fn deliver(&self, event: &str, body: &[u8]) -> reqwest::Response {
        let secret = Options::new(self.path()).webhook_secret;
        let signature = github::webhook::sign(secret.as_bytes(), body);
        let guid = fresh_guid();
        let headers =
            [("x-github-event", event), ("x-github-delivery", &guid), ("x-hub-signature-256", signature.as_str())];
        self.post_webhook(&headers, body.to_vec()).await
    }

    /// Volumes and machines that are there.
    pub async fn left_over(&self) -> usize {
        let count = |value: Option<Value>, name: &str| {
            value.map_or(usize::MAX / 4, |value| value[name].as_array().map_or(0, Vec::len))
        };
        count(self.api("/volumes").await, "volumes") + count(self.api("/machines").await, "machines")
    }

    pub fn supervisor_log(&self) -> String {
        std::fs::read_to_string(self.path().join("supervisor.log")).unwrap_or_default()
    }

    /// Its last lines.
    pub fn supervisor_log_end(&self) -> String {
        tail(&self.supervisor_log())
    }

    /// Polls with a deadline.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, holds: impl FnMut() -> F) {
        self.until_within(PATIENCE, what, holds).await;
    }

    /// Polls with a deadline of its own.
    pub async fn until_within<F: Future<Output = bool>>(
        &self,
        patience: Duration,
        what: &str,
        mut holds: impl FnMut() -> F,
    ) {
        let since = Instant::now();
        while !holds().await {
            if since.elapsed() > patience {
                panic!(
                    "{what}: not within {patience:?}\n{}\nstate: {:#?}",
                    self.supervisor_log_end(),
                    self.state().await
                );
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Only the headers of a webhook with so long a body; the answer's status line.
    pub async fn announce_webhook(&self, length: usize) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let address = (Ipv4Addr::LOCALHOST, self.ports[1]);
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
        let head = format!(
            "POST /webhooks/github HTTP/1.1\r\nHost: localhost\r\nX-GitHub-Event: ping\r\n\
             X-GitHub-Delivery: 5c5ec2b0-0000-0000-0000-000000000026\r\nX-Hub-Signature-256: sha256={}\r\n\
             Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n",
            "0".repeat(64)
        );
        stream.write_all(head.as_bytes()).await.expect("it reads");
        let mut answer = vec![0; 64];
        let read = stream.read(&mut answer).await.expect("it answers");
        String::from_utf8_lossy(&answer[..read]).into_owned()
    }

    /// A POST to the public listener, as GitHub or somebody else would send it.
    pub async fn post_webhook(&self, headers: &[(&str, &str)], body: Vec<u8>) -> reqwest::Response {
        let mut call = self.http.post(format!("http://127.0.0.1:{}/webhooks/github", self.ports[1])).body(body);
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        call.send().await.expect("the supervisor answers")
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.kill_supervisor();
        self.kill_github();
        self.kill_machines();
    }
}

/// Sends webhooks as GitHub would, whether anybody listens or not.
#[derive(Clone)]
pub struct Sender {
    http: reqwest::Client,
    url: String,
    secret: String,
}

impl Sender {
    /// The delivery id, and the answer's status if there was an answer.
    pub async fn send(&self, event: &str, payload: &Value) -> (String, Option<reqwest::StatusCode>) {
        let (guid, answer) = self.post(event, payload).await;
        (guid, answer.map(|answer| answer.status()))
    }

    /// The delivery id, and the answer if there was one.
    pub async fn post(&self, event: &str, payload: &Value) -> (String, Option<reqwest::Response>) {
        let (guid, body) = (fresh_guid(), payload.to_string());
        let call = self.http.post(&self.url).header("x-github-event", event).header("x-github-delivery", &guid);
        let call = call.header("x-hub-signature-256", github::webhook::sign(self.secret.as_bytes(), body.as_bytes()));
        (guid, call.body(body).send().await.ok())
    }
}

/// A delivery id that was never used.
fn fresh_guid() -> String {
    environment::Environment::real().random_id()
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("/api/v1/")).collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

pub fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port"));
    listeners.map(|listener| listener.local_addr().expect("its address").port())
}

/// Process ids of the workers below a folder, found by what only they have in their environment.
pub fn workers_of(folder: &Path) -> Vec<i32> {
    let folder = folder.display().to_string();
    let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).split('\0').any(|variable| {
            variable.strip_prefix("LONGSHORE_SESSION_DIR=").is_some_and(|session| session.starts_with(&folder))
        })
    })
    .collect()
}

/// `kill -9` of every machine's process below a folder, found by what only they have in their environment or arguments.
pub fn kill_machines_of(folder: &Path) -> usize {
    let folder = folder.display().to_string();
    let mut killed = 0;
    for entry in std::fs::read_dir("/proc").expect("/proc").flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        let read = |name: &str| {
            let bytes = std::fs::read(entry.path().join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let worker = read("environ").split('\0').any(|variable| {
            variable.strip_prefix("LONGSHORE_SESSION_DIR=").is_some_and(|session| session.starts_with(&folder))
        });
        let arguments = read("cmdline");
        let keeper = arguments.contains("machine-keeper") && arguments.contains(&folder);
        if (worker || keeper)
            && let Some(pid) = Pid::from_raw(pid)
        {
            killed += usize::from(kill_process(pid, Signal::KILL).is_ok());
        }
    }
    killed
}
