//! The GitHub that a measured supervisor calls.

use crate::Failure;
use environment::Environment;
use simulators::github::{Options, RunningSimulator, Simulator, control::Client};
use std::path::Path;
use tokio::net::TcpListener;

/// Who answers the supervisor's calls.
#[derive(Debug)]
pub enum Github {
    /// The stand-in, in this process.
    Stand(RunningSimulator),
    /// Nobody: connections are taken by the kernel and nothing is said on them. What the supervisor reads back after a
    /// webhook is bound by GitHub's own limits, so it is not part of how fast webhooks are taken in.
    Silent(TcpListener),
}

impl Github {
    /// The stand-in, keeping what it knows in a folder.
    ///
    /// # Errors
    /// It does not start.
    pub async fn stand(environment: &Environment, folder: &Path) -> Result<Self, Failure> {
        let mut options = Options::new(folder);
        super::WEBHOOK_SECRET.clone_into(&mut options.webhook_secret);
        let running = Simulator::start(environment.clone(), options).await;
        Ok(Self::Stand(
            running.map_err(|error| Failure::Check(format!("the GitHub stand-in does not start: {error}")))?,
        ))
    }

    /// Nobody.
    ///
    /// # Errors
    /// No port is free.
    pub async fn silent() -> Result<Self, Failure> {
        Ok(Self::Silent(TcpListener::bind("127.0.0.1:0").await?))
    }

    /// Where it is.
    ///
    /// # Errors
    /// It has no address.
    pub fn url(&self) -> Result<String, Failure> {
        Ok(match self {
            Self::Stand(running) => running.url(),
            Self::Silent(listener) => format!("http://{}", listener.local_addr()?),
        })
    }

    /// Tells the stand-in what happens on GitHub.
    ///
    /// # Errors
    /// There is none.
    pub fn client(&self) -> Result<Client, Failure> {
        Client::new(self.url()?).map_err(|error| Failure::Check(error.to_string()))
    }
}
