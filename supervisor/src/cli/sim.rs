use super::{Common, Failure, Output, api};
use clap::{Args, Subcommand};
use environment::Environment;
use serde_json::json;
use simulators::github::{Options, Simulator};
use std::{net::SocketAddr, path::PathBuf};

/// Folder of the stand-in, below the data folder.
const FOLDER: &str = "sim-github";

/// Run a stand-in for an outside world, alone.
#[derive(Debug, Subcommand)]
pub(super) enum Sim {
    /// A stand-in for GitHub: REST, GraphQL, git, webhooks and pages
    Github(Github),
}

#[derive(Debug, Args)]
pub(super) struct Github {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where webhooks go
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
    /// Signs webhooks
    #[arg(long, env = "LONGSHORE_GITHUB_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: Option<String>,
}

impl Sim {
    pub(super) async fn run(self, common: &Common, output: &Output, environment: Environment) -> Result<(), Failure> {
        let Self::Github(github) = self;
        let folder: PathBuf = api::data_folder(common)?.join(FOLDER);
        let mut options = Options::new(folder);
        options.listen = github.listen;
        options.webhook_url = github.webhook_url;
        if let Some(secret) = github.webhook_secret {
            options.webhook_secret = secret;
        }
        let simulator =
            Simulator::start(environment, options).await.map_err(|error| Failure::new(error.to_string()))?;
        output.line(&json!({"url": simulator.url()}), |_| simulator.url())?;
        output.say("a stand-in for GitHub, not GitHub; Ctrl-C ends it");
        let _ = tokio::signal::ctrl_c().await;
        simulator.stop().await;
        Ok(())
    }
}
