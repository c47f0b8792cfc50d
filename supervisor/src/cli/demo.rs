//! `longshore demo`.

use super::{Common, Failure};
use crate::demo::{self, Agent, DemoError};
use clap::Args;
use environment::Environment;
use std::path::PathBuf;

/// The whole main job on this machine: no account, no key, no container.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Click by itself, and kill the supervisor once while it waits
    #[arg(long)]
    auto: bool,
    /// Where machines run: `process`, `docker` in the daemon of `LONGSHORE_MACHINES_DOCKER`, or `fly-sim`, a stand-in for Fly
    #[arg(long, default_value = "process", value_parser = ["process", "docker", "fly-sim"])]
    backend: String,
    /// `rules`, or a command that speaks the protocol of docs/command-agent.md
    #[arg(long, default_value = "rules")]
    agent: String,
}

impl Demo {
    pub(super) async fn run(self, common: &Common, environment: Environment) -> Result<(), Failure> {
        let data = match &common.data {
            Some(data) => data.clone(),
            None => state_folder()?.join("demo"),
        };
        let data = std::path::absolute(&data).map_err(|error| Failure::new(error.to_string()))?;
        let agent = Agent::named(&self.agent);
        let backend = match self.backend.as_str() {
            "docker" => demo::Backend::docker(&environment).await.map_err(Failure::new)?,
            "fly-sim" => demo::Backend::FlySim,
            _ => demo::Backend::Process,
        };
        let options = demo::Options { auto: self.auto, json: common.json, data, agent, backend };
        match demo::run(environment, options).await {
            Ok(()) => Ok(()),
            Err(DemoError::Left) => {
                eprintln!("left; run the same command again, today or next week");
                Ok(())
            }
            Err(DemoError::EndedBadly(words)) => Err(Failure::new(words).after_its_answer()),
            Err(error) => Err(Failure::new(error.to_string())),
        }
    }
}

/// Longshore's folder in the user's state folder.
pub(super) fn state_folder() -> Result<PathBuf, Failure> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = variable("XDG_STATE_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/state")));
    let state = state.ok_or_else(|| Failure::new("there is no home folder; say where with `--data DIR`"))?;
    Ok(state.join("longshore"))
}
