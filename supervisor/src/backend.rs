//! The configured compute backend: its driver, what an operator should know of it, and how its machines reach us.

use crate::{
    config::{Backend, Config},
    http::machine::RunSockets,
    image::DEFAULT_IMAGE,
};
use environment::Environment;
use machines::{
    DockerMachines, Machines, ProcessMachines,
    docker::{Settings, SharedFolder},
};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio_util::sync::CancellationToken;

/// Folder of the sockets, in the data folder.
const SOCKETS: &str = "sockets";

/// The driver, and words for the start.
///
/// # Errors
/// A sentence: the driver cannot work as it is configured.
pub async fn machines(environment: &Environment, config: &Config) -> Result<(Arc<dyn Machines>, Vec<String>), String> {
    match config.machines.backend {
        Backend::Process => {
            let driver = process(environment, config)?;
            let notices = vec![format!("machines are processes: contained, not isolated ({})", driver.caps())];
            Ok((Arc::new(driver), notices))
        }
        Backend::Docker => {
            let driver = docker(environment, config)?;
            let notices = match driver.check().await {
                Ok(()) => vec![format!("machines are containers of image `{}`", image(config))],
                // What may pass does not keep us from taking webhooks in.
                Err(machines::Error::Retryable { what, .. }) => vec![format!("no machine can start yet: {what}")],
                Err(error) => return Err(error.to_string()),
            };
            Ok((Arc::new(driver), notices))
        }
    }
}

fn process(environment: &Environment, config: &Config) -> Result<ProcessMachines, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let command = |verb: &str| vec![program.clone().into_os_string(), OsString::from(verb)];
    let root = machines_root(config)?;
    ProcessMachines::new(environment.clone(), root, command("worker"), command("machine-keeper"))
        .map_err(|error| error.to_string())
}

/// Where the `process` backend keeps its machines.
///
/// # Errors
/// The working directory is gone.
pub fn machines_root(config: &Config) -> Result<PathBuf, String> {
    absolute(&config.machines.root.clone().unwrap_or_else(|| config.server.data.join("machines")))
}

/// The driver of the `docker` backend, whatever backend is configured.
///
/// # Errors
/// The daemon's address is none.
pub fn docker(environment: &Environment, config: &Config) -> Result<DockerMachines, String> {
    let here = absolute(&config.server.data)?;
    let there = config.machines.host_data.clone().unwrap_or_else(|| here.clone());
    let shared = SharedFolder { here: here.join(SOCKETS), there: there.join(SOCKETS) };
    let settings = Settings { address: config.machines.docker.clone(), image: image(config), shared: Some(shared) };
    DockerMachines::new(environment.clone(), settings).map_err(|error| error.to_string())
}

/// The worker's image.
pub fn image(config: &Config) -> String {
    config.machines.image.clone().unwrap_or_else(|| DEFAULT_IMAGE.to_owned())
}

/// The sockets by which machines reach us, where they have no network.
///
/// # Errors
/// A sentence: the folder cannot be used.
pub fn sockets(
    environment: &Environment,
    config: &Config,
    client: &reqwest::Client,
    closing: &CancellationToken,
) -> Result<Option<RunSockets>, String> {
    if config.machines.backend != Backend::Docker {
        return Ok(None);
    }
    let folder = absolute(&config.server.data)?.join(SOCKETS);
    let unusable = |error: std::io::Error| format!("`{}` cannot be used: {error}", folder.display());
    RunSockets::new(environment.clone(), folder.clone(), client.clone(), closing.clone()).map(Some).map_err(unusable)
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|error| error.to_string())
}
