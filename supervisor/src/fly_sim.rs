//! A stand-in for Fly of this deployment's own: what it is let in by, and what its machines really are.

use crate::{
    backend,
    config::{Config, Variables},
    deployment,
};
use clap::ValueEnum;
use environment::Environment;
use fly_runner::DriverRunner;
use serde::{Deserialize, Serialize};
use simulators::fly::Runner;
use std::{path::Path, sync::Arc};

/// Folder of the stand-in, below a data folder.
pub const FOLDER: &str = "sim-fly";
/// Its identity.
const FILE: &str = "identity.json";
/// Its machines' and volumes' own folder, where they are processes.
const MACHINES: &str = "machines";

/// What a stand-in keeps from one life to the next.
#[derive(Clone, Serialize, Deserialize)]
pub struct Identity {
    /// The one bearer token that is let in. Random: with it programs can be started here.
    pub token: String,
    /// In the labels of what really runs.
    pub deployment: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("deployment", &self.deployment).finish_non_exhaustive()
    }
}

impl Identity {
    /// The one in the folder, made at the first start.
    ///
    /// # Errors
    /// A sentence: the folder cannot be used.
    pub fn open(folder: &Path, environment: &Environment) -> Result<Self, String> {
        let unusable = |error: std::io::Error| format!("`{}` cannot be used: {error}", folder.display());
        deployment::data_folder(folder).map_err(unusable)?;
        let file = folder.join(FILE);
        match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| unusable(error.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let token = format!("FlyV1 fm2_{}", environment.random_id());
                let identity = Self { token, deployment: environment.random_id()[..8].to_owned() };
                let text = serde_json::to_string(&identity).map_err(|error| unusable(error.into()))?;
                deployment::write_private(&file, &text).map_err(unusable)?;
                Ok(identity)
            }
            Err(error) => Err(unusable(error)),
        }
    }
}

/// What the machines of a stand-in really are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Underneath {
    /// States that change by the clock
    None,
    /// Workers that are processes here
    Process,
    /// Workers that are containers here, in the daemon of `LONGSHORE_MACHINES_DOCKER`; they have no network, so they reach nobody
    Docker,
}

impl Underneath {
    /// What runs the machines.
    ///
    /// # Errors
    /// A sentence: the driver underneath cannot work.
    pub fn runner(
        self,
        environment: &Environment,
        folder: &Path,
        identity: &Identity,
    ) -> Result<Option<Arc<dyn Runner>>, String> {
        let machines: Arc<dyn machines::Machines> = match self {
            Self::None => return Ok(None),
            Self::Process => Arc::new(backend::processes(environment, folder.join(MACHINES))?),
            Self::Docker => {
                let ours = |(name, _): &(String, String)| name.starts_with("LONGSHORE_MACHINES_");
                let variables: Variables = std::env::vars().filter(ours).collect();
                let config = Config::from_text("", "the stand-in for Fly", &variables);
                Arc::new(backend::docker(environment, &config.map_err(|error| error.to_string())?)?)
            }
        };
        Ok(Some(Arc::new(DriverRunner::new(environment.clone(), machines, &identity.deployment))))
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::None => "its machines are states, nothing runs",
            Self::Process => "its machines are processes here, contained and not isolated",
            Self::Docker => "its machines are containers here, without a network",
        }
    }
}
