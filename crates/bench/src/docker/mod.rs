//! A Docker daemon, spoken to directly: what the supervisor's driver is held against. The driver is deliberately not used
//! here, or its own time would be on both sides.

mod image;
mod plain;

pub use plain::Plain;

use crate::Failure;
use bollard::{
    API_DEFAULT_VERSION, Docker as Client,
    errors::Error,
    models::{ContainerInspectResponse, ContainerSummary},
    query_parameters::{ListContainersOptionsBuilder, ListVolumesOptions},
};
use std::{path::Path, time::UNIX_EPOCH};
use testkit::docker::Daemon;

/// The image whose machines write down when they began.
pub const IMAGE: &str = "longshore-worker:bench";
/// What a machine's first process makes, in the volume: the time of its making is when the first instruction ran.
const FIRST: &str = "first-instruction";
/// Seconds of one call; a daemon that takes longer has no figure.
const CALL_MAX_S: u64 = 60;

/// A daemon.
#[derive(Debug)]
pub struct Docker {
    client: Client,
    /// By which others find it.
    pub address: String,
    /// Ended and removed with it.
    _own: Option<Daemon>,
}

impl Docker {
    /// The daemon at an address, or a private one that ends with this program.
    ///
    /// # Errors
    /// There is none at the address.
    pub async fn at(address: Option<&str>) -> Result<Self, Failure> {
        let (own, address) = match address {
            Some(address) => (None, address.to_owned()),
            None => {
                let started = tokio::task::spawn_blocking(Daemon::start).await;
                let own = started.map_err(|_| Failure::Usage("a private Docker daemon does not start".into()))?;
                let address = own.address();
                (Some(own), address)
            }
        };
        let path = address.strip_prefix("unix://").ok_or_else(|| {
            Failure::Usage(format!("`{address}` is not on this machine; give the path of its socket, as `unix://PATH`"))
        })?;
        let client = Client::connect_with_unix(path, CALL_MAX_S, API_DEFAULT_VERSION)?.negotiate_version().await?;
        Ok(Self { client, address, _own: own })
    }

    /// When the first process of the machine on a volume ran, in milliseconds since the Unix epoch; none yet.
    ///
    /// # Errors
    /// The daemon does not answer, or its volumes are not to be seen.
    pub async fn first_instruction_ms(&self, volume: &str) -> Result<Option<f64>, Failure> {
        let found = self.client.inspect_volume(volume).await?;
        let Ok(file) = std::fs::metadata(Path::new(&found.mountpoint).join(FIRST)) else { return Ok(None) };
        let since = file.modified()?.duration_since(UNIX_EPOCH).map_err(std::io::Error::other)?;
        Ok(Some(since.as_secs_f64() * 1e3))
    }

    /// The container that mounts a volume whose name begins so; none yet.
    ///
    /// # Errors
    /// The daemon does not answer.
    pub async fn container(&self, name: &str) -> Result<Option<ContainerInspectResponse>, Failure> {
        for found in self.containers().await? {
            let is_it = found.names.iter().flatten().any(|given| given.contains(name));
            let Some(id) = found.id.filter(|_| is_it) else { continue };
            match self.client.inspect_container(&id, None).await {
                Ok(found) => return Ok(Some(found)),
                // It went between the two looks.
                Err(Error::DockerResponseServerError { status_code: 404, .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(None)
    }

    /// Nothing of the supervisor's or of ours is there.
    ///
    /// # Errors
    /// Something is.
    pub async fn must_be_empty(&self) -> Result<(), Failure> {
        let containers = self.containers().await?;
        let is_ours = |name: &String| name.contains("longshore-") || name.contains(plain::NAME);
        let mut left: Vec<_> =
            containers.into_iter().flat_map(|it| it.names.unwrap_or_default()).filter(is_ours).collect();
        let volumes = self.client.list_volumes(None::<ListVolumesOptions>).await?.volumes.unwrap_or_default();
        left.extend(volumes.into_iter().map(|it| it.name).filter(|name| name.starts_with("pr_") || is_ours(name)));
        match left.is_empty() {
            true => Ok(()),
            false => Err(Failure::Check(format!("these are left on the daemon: {}", left.join(", ")))),
        }
    }

    async fn containers(&self) -> Result<Vec<ContainerSummary>, Failure> {
        let options = ListContainersOptionsBuilder::default().all(true).build();
        Ok(self.client.list_containers(Some(options)).await?)
    }
}
