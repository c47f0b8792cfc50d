//! The Docker driver: a machine is a container, a volume is a named volume, both marked by labels.
//!
//! The daemon is the only place that knows what is there; the driver keeps nothing, so that another supervisor, or this
//! one after a restart, sees the same. What Docker does not promise is made from what it does: a container's name is
//! unique, so the container of a volume is named after the volume, and there are never two. [`start`] has the order of
//! steps, [`body`] what keeps a machine in.

mod body;
mod call;
mod connection;
mod destroy;
mod failure;
mod folder;
mod image;
mod labels;
mod log;
mod look;
mod start;
mod volume;

pub use folder::SharedFolder;
pub use image::{Contents, ENTRYPOINT_USER};

use crate::{
    Error, Isolation, Machine, MachineSpec, Machines, Volume, VolumeSpec,
    names::{check_machine_name, check_volume_name, is_volume_name},
};
use async_trait::async_trait;
use connection::Connection;
use environment::Environment;
use std::sync::Arc;

/// Where the system's daemon listens.
pub const DEFAULT_ADDRESS: &str = "unix:///var/run/docker.sock";
/// Where a machine sees its volume.
pub const SESSION_MOUNT: &str = "/session";
/// Where a machine sees the folder of [`MachineSpec::sockets`].
pub const SOCKET_DIR: &str = "/run/longshore";

/// What the driver is made with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The daemon: `unix:///var/run/docker.sock`, `tcp://proxy:2375`.
    pub address: String,
    /// The worker's image, as the daemon knows it.
    pub image: String,
    /// The folder below which sockets of machines lie, as we see it and as the daemon does.
    pub shared: Option<SharedFolder>,
}

/// The driver. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DockerMachines {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    environment: Environment,
    connection: Connection,
    settings: Settings,
}

impl DockerMachines {
    /// A driver for the daemon at an address. Nothing is asked yet: a daemon may come later, and come back.
    ///
    /// # Errors
    /// [`Error::Permanent`] if the address is none.
    pub fn new(environment: Environment, settings: Settings) -> Result<Self, Error> {
        let connection = Connection::to(&settings.address)?;
        Ok(Self { inner: Arc::new(Inner { environment, connection, settings }) })
    }

    /// Whether machines can be started now: the daemon answers, the image is there and fit, and the daemon sees our
    /// folder.
    ///
    /// # Errors
    /// The first thing that is in the way, and what to do about it.
    pub async fn check(&self) -> Result<(), Error> {
        self.inner.image_user().await?;
        self.inner.check_shared_folder().await
    }

    /// Whether the daemon has the configured image.
    ///
    /// # Errors
    /// The daemon does not answer.
    pub async fn has_image(&self) -> Result<bool, Error> {
        self.inner.has_image().await
    }

    /// Makes the worker's image from the files of a root folder, a tar, and gives it the configured name. No registry and
    /// no Dockerfile is needed for that.
    ///
    /// # Errors
    /// The daemon does not take it.
    pub async fn make_image(&self, contents: Contents) -> Result<(), Error> {
        self.inner.make_image(contents).await
    }
}

#[async_trait]
impl Machines for DockerMachines {
    fn backend(&self) -> &'static str {
        "docker"
    }

    fn isolation(&self) -> Isolation {
        Isolation::Container
    }

    async fn create_volume(&self, spec: &VolumeSpec) -> Result<Volume, Error> {
        check_volume_name(&spec.name)?;
        self.inner.create_volume(spec).await
    }

    async fn volume(&self, id: &str) -> Result<Option<Volume>, Error> {
        if is_volume_name(id) { self.inner.find_volume(id).await } else { Ok(None) }
    }

    async fn volumes(&self, deployment: &str) -> Result<Vec<Volume>, Error> {
        self.inner.list_volumes(deployment).await
    }

    async fn delete_volume(&self, id: &str) -> Result<(), Error> {
        if is_volume_name(id) { self.inner.delete_volume(id).await } else { Ok(()) }
    }

    async fn start_machine(&self, spec: &MachineSpec) -> Result<Machine, Error> {
        check_machine_name(&spec.name)?;
        check_volume_name(&spec.volume_id)?;
        self.inner.start(spec).await
    }

    async fn machine(&self, id: &str) -> Result<Option<Machine>, Error> {
        if is_container_id(id) { self.inner.find_machine(id).await } else { Ok(None) }
    }

    async fn machines(&self, deployment: &str) -> Result<Vec<Machine>, Error> {
        self.inner.list_machines(deployment).await
    }

    async fn holders(&self, volume: &str) -> Result<Vec<Machine>, Error> {
        if is_volume_name(volume) { self.inner.machines_on(volume).await } else { Ok(Vec::new()) }
    }

    async fn destroy_machine(&self, id: &str) -> Result<(), Error> {
        if is_container_id(id) { self.inner.destroy(id).await } else { Ok(()) }
    }

    async fn machine_log(&self, id: &str, lines_max: usize) -> Result<Vec<String>, Error> {
        if is_container_id(id) { self.inner.log(id, lines_max).await } else { Ok(Vec::new()) }
    }
}

/// Whole ids only: Docker takes names and beginnings of ids too, which may be anybody's.
fn is_container_id(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}
