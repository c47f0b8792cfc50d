//! `longshore sim`: the stand-ins, alone.

mod fly;
mod github;

use super::{Common, Failure, Output, api};
use clap::Subcommand;
use environment::Environment;

/// Run a stand-in for an outside world, alone.
#[derive(Debug, Subcommand)]
pub(super) enum Sim {
    /// A stand-in for GitHub: REST, GraphQL, git, webhooks and pages
    Github(github::Github),
    /// A stand-in for Fly: the Machines API and logs, with faults on demand
    Fly(fly::Fly),
}

impl Sim {
    pub(super) async fn run(self, common: &Common, output: &Output, environment: Environment) -> Result<(), Failure> {
        match self {
            Self::Github(github) => github.run(common, output, environment).await,
            Self::Fly(fly) => fly.run(common, output, environment).await,
        }
    }
}
