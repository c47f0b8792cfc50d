//! A stand-in with the demo's pull request, and the client that works on it.

use environment::Environment;
use github::api::Repository;
use github::{App, AppConfig};
use simulators::github::control::{CallFailure, Client, Command, Failure, PullName, PullSnapshot};
use simulators::github::{Options, RunningSimulator, Simulator, fixtures::demo_fixture, test_key};
use std::time::Duration;

pub struct Stage {
    pub app: App,
    app_id: u64,
    pub control: Client,
    pub shop: Repository,
    pub simulator: RunningSimulator,
    _data: tempfile::TempDir,
}

impl Stage {
    pub async fn demo() -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let options = Options::new(data.path());
        let app_id = options.app_id;
        let simulator = Simulator::start(Environment::real(), options).await.expect("a stand-in");
        let control = Client::new(simulator.url()).expect("a client");
        let fixture = demo_fixture();
        let made = control.create_repository(fixture.repository).await.expect("a repository");
        control.open_pull(fixture.pull).await.expect("a pull request");
        let app = app(app_id, &simulator, test_key::APP_PRIVATE_KEY_PEM, None);
        let shop =
            Repository { installation: made.installation, id: made.id, owner: "acme".into(), name: "shop".into() };
        Self { app, app_id, control, shop, simulator, _data: data }
    }

    pub fn app_with_keys(&self, key: &str, old: Option<&str>) -> App {
        app(self.app_id, &self.simulator, key, old)
    }

    pub async fn pull(&self) -> PullSnapshot {
        self.control.pull(&self.name()).await.expect("an answer").expect("a pull request")
    }

    pub fn name(&self) -> PullName {
        PullName::new("acme/shop", 7)
    }

    pub async fn run(&self, command: Command) {
        self.control.run(&command).await.expect("obeyed");
    }

    /// The next call with this method and path fails so.
    pub async fn fails(&self, method: &str, path: &str, failure: Failure) {
        let failure = CallFailure { method: Some(method.into()), path: path.into(), failure, times: 1 };
        self.run(Command::FailCalls(failure)).await;
    }
}

fn app(app_id: u64, simulator: &RunningSimulator, key: &str, old: Option<&str>) -> App {
    let config = AppConfig {
        app_id,
        private_key_pem: key.to_owned(),
        private_key_old_pem: old.map(str::to_owned),
        api_url: simulator.url(),
        pace: Duration::ZERO,
        push_allowed: Vec::new(),
    };
    App::new(config, Environment::real()).expect("an App")
}
