use super::{Common, Failure, Output, api};
use crate::{
    config::{Config, LogFormat, Server},
    serve::Supervisor,
};
use clap::Args;
use environment::Environment;
use serde_json::json;
use std::{path::PathBuf, time::Duration};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// How long requests in hand may take once the supervisor is told to stop; what is cut off is repeated by its sender.
const STOP_MAX: Duration = Duration::from_secs(10);

/// Run the supervisor.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Configuration file; by default `longshore.toml` if it is there
    #[arg(long, value_name = "F")]
    config: Option<PathBuf>,
}

impl Serve {
    pub(super) async fn run(self, common: &Common, output: &Output, environment: Environment) -> Result<(), Failure> {
        let config = Config::load(self.config.as_deref(), &api::variables(common)?)?;
        config.check_serve()?;
        start_log(&config.server)?;
        let public_url = config.server.public_url.clone();
        // Before anything is started: a signal from now on ends it in order.
        let stop = stopped()?;
        let supervisor =
            Supervisor::start(environment.clone(), config).await.map_err(|error| Failure::new(error.to_string()))?;
        let (url, machine_url) = (format!("http://{}", supervisor.public), format!("http://{}", supervisor.machine));
        output.line(&json!({"url": url, "machine_url": machine_url, "pid": std::process::id()}), |_| url.clone())?;
        output.say(&format!("longshore {} serves {public_url}; Ctrl-C stops it", env!("CARGO_PKG_VERSION")));
        supervisor.notices.iter().for_each(|notice| output.say(notice));
        stop.await;
        tracing::info!("stopping: machines keep running and are found again");
        if environment.timeout(STOP_MAX, supervisor.stop()).await.is_err() {
            tracing::warn!("requests in hand were cut off");
        }
        Ok(())
    }
}

/// Log lines go to stderr: stdout is data.
fn start_log(server: &Server) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&server.log)
        .map_err(|_| Failure::usage("`server.log` is not a log filter; one looks like `info` or `supervisor=debug`"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    match server.log_format {
        LogFormat::Text => log.fmt_fields(crate::log::fields()).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// Completes at SIGTERM or Ctrl-C.
fn stopped() -> Result<impl Future<Output = ()>, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("signals cannot be heard: {error}"));
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate()).map_err(failed)?, signal(SignalKind::interrupt()).map_err(failed)?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
