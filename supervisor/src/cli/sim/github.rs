use super::{Common, Failure, Output, api};
use clap::Args;
use environment::Environment;
use serde_json::json;
use simulators::github::{Options, Simulator};
use std::{net::SocketAddr, path::PathBuf};

/// Folder of the stand-in, below the data folder.
const FOLDER: &str = "sim-github";

#[derive(Debug, Args)]
pub(in crate::cli) struct Github {
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

impl Github {
    pub(super) async fn run(self, common: &Common, output: &Output, environment: Environment) -> Result<(), Failure> {
        let folder: PathBuf = api::data_folder(common)?.join(FOLDER);
        let mut options = Options::new(folder);
        options.listen = self.listen;
        options.webhook_url = self.webhook_url;
        if let Some(secret) = self.webhook_secret {
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
