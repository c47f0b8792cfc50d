//! A supervisor, seen by the process that started it.

use super::WEBHOOK_SECRET;
use crate::Failure;
use environment::Environment;
use serde::Deserialize;
use serde_json::Value;
use simulators::github::{Options, test_key};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// How long a start may take.
const START_MAX: Duration = Duration::from_secs(60);
/// How long it may take to end in order.
const END_MAX: Duration = Duration::from_secs(30);
/// Installation, as the recordings and the stand-in's first repository have it.
const INSTALLATION: u64 = 1;

/// A running `longshore serve`; killed when it is dropped.
#[derive(Debug)]
pub struct Supervisor {
    child: Child,
    /// Where webhooks go.
    pub address: SocketAddr,
}

#[derive(Deserialize)]
struct Serving {
    url: String,
}

/// The program to measure: the one that was named, else the one beside this one.
///
/// # Errors
/// It is not there.
pub fn program(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let program = match named {
        Some(named) => named.to_owned(),
        None => std::env::current_exe()?.with_file_name("longshore"),
    };
    if program.is_file() {
        return Ok(program);
    }
    let program = program.display();
    Err(Failure::Usage(format!(
        "`{program}` is not there: build `longshore` in the same profile, or name it by --program"
    )))
}

impl Supervisor {
    /// Starts one; it serves when this returns. Its data and log lie in `folder`; `more` is lines of its configuration.
    ///
    /// # Errors
    /// It does not start; its log says why.
    pub async fn start(
        environment: &Environment,
        program: &Path,
        folder: &Path,
        database_url: Option<&str>,
        api_url: &str,
        more: &[String],
    ) -> Result<Self, Failure> {
        let config = folder.join("longshore.toml");
        std::fs::write(&config, configuration(folder, database_url, api_url, more))?;
        let log = std::fs::File::create(folder.join("supervisor.log"))?;
        let mut command = Command::new(program);
        command.args(["serve", "--json", "--config"]).arg(&config).kill_on_drop(true);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| Failure::Check("the supervisor has no output".into()))?;
        let mut lines = BufReader::new(stdout).lines();
        let line = environment.timeout(START_MAX, lines.next_line()).await;
        let line = line.ok().transpose()?.flatten();
        let log = || std::fs::read_to_string(folder.join("supervisor.log")).unwrap_or_default();
        let line = line.ok_or_else(|| Failure::Check(format!("the supervisor does not serve:\n{}", log())))?;
        let serving: Serving = serde_json::from_str(&line).map_err(std::io::Error::from)?;
        let address = serving.url.strip_prefix("http://").and_then(|address| address.parse().ok());
        let address = address.ok_or_else(|| Failure::Check(format!("`{}` is no address", serving.url)))?;
        Ok(Self { child, address })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// Lets it end in order (SIGTERM): what it had under way is finished, and nothing it started stays behind.
    ///
    /// # Errors
    /// It does not end.
    pub async fn end(mut self, environment: &Environment) -> Result<(), Failure> {
        let id = i32::try_from(self.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            rustix::process::kill_process(id, rustix::process::Signal::TERM).map_err(std::io::Error::from)?;
        }
        let ended = environment.timeout(END_MAX, self.child.wait()).await;
        ended.map_err(|_| Failure::Check(format!("the supervisor did not end within {END_MAX:?}")))??;
        Ok(())
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub async fn kill(mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }
}

fn configuration(folder: &Path, database_url: Option<&str>, api_url: &str, more: &[String]) -> String {
    let text = |text: &str| Value::from(text).to_string();
    let mut lines = vec![
        "server.listen = \"127.0.0.1:0\"".to_owned(),
        "server.machine_listen = \"127.0.0.1:0\"".to_owned(),
        format!("server.data = {}", text(&folder.join("data").display().to_string())),
        format!("github.app_id = {}", Options::new(folder).app_id),
        format!("github.private_key = {}", text(test_key::APP_PRIVATE_KEY_PEM)),
        format!("github.webhook_secret = {}", text(WEBHOOK_SECRET)),
        format!("github.api_url = {}", text(api_url)),
        "github.bot_name = \"longshore\"".to_owned(),
        "github.allowed_owners = [\"acme\", \"Codertocat\"]".to_owned(),
    ];
    lines.extend(database_url.map(|url| format!("database.url = {}", text(url))));
    lines.extend(more.iter().cloned());
    lines.join("\n") + "\n"
}

/// The member that GitHub adds to what it sends to an App.
pub(super) fn installation() -> String {
    format!(r#","installation":{{"id":{INSTALLATION},"node_id":"MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uMQ=="}}}}"#)
}
