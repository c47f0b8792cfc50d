//! The configured compute backend: its driver, what an operator should know of it, and how its machines reach us.

use crate::{
    config::{self, Backend, Config},
    http::machine::RunSockets,
    image::DEFAULT_IMAGE,
};
use environment::Environment;
use machines::{
    DockerMachines, FlyMachines, Machines, ProcessMachines,
    docker::{Settings, SharedFolder},
    fly,
};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio_util::sync::CancellationToken;

/// Begins the notice of a backend that answers later.
const NOT_YET: &str = "no machine can start yet: ";
/// Folder of the sockets, in the data folder.
const SOCKETS: &str = "sockets";

/// The driver, and words for the start.
///
/// # Errors
/// A sentence: the driver cannot work as it is configured.
pub async fn machines(environment: &Environment, config: &Config) -> Result<(Arc<dyn Machines>, Vec<String>), String> {
    match &config.machines.backend {
        Backend::Process => {
            let driver = process(environment, config)?;
            let notices = vec![format!("machines are processes: contained, not isolated ({})", driver.caps())];
            Ok((Arc::new(driver), notices))
        }
        Backend::Docker => {
            let driver = docker(environment, config)?;
            let words = format!("machines are containers of image `{}`", image(config));
            let notices = notices(driver.check().await, words)?;
            Ok((Arc::new(driver), notices))
        }
        Backend::Fly(settings) => {
            let driver = fly(environment, config, settings)?;
            let notices = notices(driver.check().await, fly_words(config, settings))?;
            Ok((Arc::new(driver), notices))
        }
    }
}

/// Whether a machine could start now, in a sentence for people. Changes nothing.
///
/// # Errors
/// A sentence: what is in the way.
pub async fn look(environment: &Environment, config: &Config) -> Result<String, String> {
    let Backend::Fly(settings) = &config.machines.backend else {
        let (driver, notices) = machines(environment, config).await?;
        return answers(&*driver, notices).await;
    };
    let driver = fly(environment, config, settings)?;
    let looked = driver.look().await;
    let not_yet = looked.as_ref().ok().cloned().flatten();
    let notices = notices(looked.map(drop), fly_words(config, settings))?;
    match not_yet {
        Some(what) => Ok(format!("{}; {what}", notices.concat())),
        None => answers(&driver, notices).await,
    }
}

async fn answers(driver: &dyn Machines, notices: Vec<String>) -> Result<String, String> {
    if let Some(why) = notices.iter().find_map(|notice| notice.strip_prefix(NOT_YET)) {
        return Err(why.to_owned());
    }
    // Of no deployment: what counts is that there is an answer.
    driver.machines("doctor").await.map_err(|error| error.to_string())?;
    Ok(notices.into_iter().next().unwrap_or_else(|| format!("backend `{}` answers", driver.backend())))
}

fn fly_words(config: &Config, settings: &config::Fly) -> String {
    format!("machines are Fly Machines of the app `{}` in {}", settings.app, config.machines.regions.join(", "))
}

/// What may pass does not keep us from taking webhooks in.
fn notices(checked: Result<(), machines::Error>, words: String) -> Result<Vec<String>, String> {
    match checked {
        Ok(()) => Ok(vec![words]),
        Err(machines::Error::Retryable { what, .. } | machines::Error::Ambiguous { what }) => {
            Ok(vec![format!("{NOT_YET}{what}")])
        }
        Err(error) => Err(error.to_string()),
    }
}

fn process(environment: &Environment, config: &Config) -> Result<ProcessMachines, String> {
    processes(environment, machines_root(config)?)
}

/// Machines that are processes of this very program, below `root`.
///
/// # Errors
/// A sentence: the root cannot be used.
pub fn processes(environment: &Environment, root: PathBuf) -> Result<ProcessMachines, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let command = |verb: &str| vec![program.clone().into_os_string(), OsString::from(verb)];
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

/// The driver of the `fly` backend. Calls are spaced for Fly itself, not for a stand-in.
fn fly(environment: &Environment, config: &Config, settings: &config::Fly) -> Result<FlyMachines, String> {
    let port = config::fly_port(config).map_err(|error| error.to_string())?;
    let settings = fly::Settings {
        api_url: settings.api_url.clone(),
        logs_url: settings.logs_url.clone(),
        token: fly::Token::new(settings.token.reveal()),
        app: settings.app.clone(),
        organisation: settings.org.clone(),
        regions: config.machines.regions.clone(),
        image: image(config),
        processors: if settings.performance { fly::Processors::Performance } else { fly::Processors::Shared },
        ports: settings.ports.iter().copied().chain([port]).collect(),
        paced: settings.api_url == fly::DEFAULT_API_URL,
    };
    FlyMachines::new(environment.clone(), settings).map_err(|error| error.to_string())
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
    if !matches!(config.machines.backend, Backend::Docker) {
        return Ok(None);
    }
    let folder = absolute(&config.server.data)?.join(SOCKETS);
    let unusable = |error: std::io::Error| format!("`{}` cannot be used: {error}", folder.display());
    RunSockets::new(environment.clone(), folder.clone(), client.clone(), closing.clone()).map(Some).map_err(unusable)
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|error| error.to_string())
}
