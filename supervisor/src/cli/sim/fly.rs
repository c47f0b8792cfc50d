use super::{Common, Failure, Output, api};
use crate::fly_sim::{FOLDER, Identity, Underneath};
use clap::Args;
use environment::Environment;
use serde_json::json;
use simulators::fly::{FlySimulator, Options};
use std::net::SocketAddr;

#[derive(Debug, Args)]
pub(in crate::cli) struct Fly {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// What machines are: states that change by the clock, or workers that really run
    #[arg(long, value_enum, default_value = "none")]
    machines: Underneath,
    /// Slug of the one organisation
    #[arg(long, default_value = "personal")]
    org: String,
    /// Regions there are
    #[arg(long, value_delimiter = ',', default_value = "iad,lhr,fra")]
    regions: Vec<String>,
    /// Take as many calls as come, where Fly takes one a second for each action and machine
    #[arg(long)]
    no_rate_limits: bool,
}

impl Fly {
    pub(super) async fn run(self, common: &Common, output: &Output, environment: Environment) -> Result<(), Failure> {
        let folder = api::data_folder(common)?.join(FOLDER);
        let identity = Identity::open(&folder, &environment).map_err(Failure::new)?;
        let mut options = Options::new(identity.token.clone());
        (options.listen, options.org, options.regions) = (self.listen, self.org.clone(), self.regions);
        options.rate_limits = !self.no_rate_limits;
        options.runner = self.machines.runner(&environment, &folder, &identity).map_err(Failure::new)?;
        options.data = Some(folder);
        let fly = FlySimulator::start(environment, options).await.map_err(|error| Failure::new(error.to_string()))?;
        let (url, token) = (fly.url(), fly.token().to_owned());
        output.line(&json!({"url": url, "token": token, "org": self.org}), |_| format!("{url}\n{token}"))?;
        output.say(&format!(
            "a stand-in for Fly, not Fly; {}; Ctrl-C ends it, and the same --data goes on with it. Try:\n  curl -H \
             'authorization: Bearer {token}' '{url}/v1/apps?org_slug={}'",
            self.machines.words(),
            self.org
        ));
        let _ = tokio::signal::ctrl_c().await;
        fly.stop().await;
        Ok(())
    }
}
