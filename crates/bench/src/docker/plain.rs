//! The same machine without us: the calls that nobody can do without, made directly and one after another.

use super::Docker;
use crate::{
    Failure,
    stopwatch::{Stopwatch, unix_ms},
};
use bollard::{
    models::{ContainerCreateBody, ContainerInspectResponse, HostConfig, MountType, VolumeCreateRequest},
    query_parameters::{
        CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder, RemoveVolumeOptions, StartContainerOptions,
    },
};
use environment::Environment;
use std::time::Duration;
use tempfile::TempDir;

/// What volumes and containers of it are called.
pub(super) const NAME: &str = "plain-of-the-benchmark";
/// Longest wait for a first instruction.
const FIRST_MAX: Duration = Duration::from_secs(60);
/// Between two looks, once the machine was started; when it began is in the volume, however late that is seen.
const LOOK: Duration = Duration::from_millis(20);

/// A container as the supervisor's driver made one: image, environment, caps and mounts are the same.
#[derive(Debug)]
pub struct Plain {
    body: ContainerCreateBody,
    /// In place of the folder through which a machine reaches the supervisor.
    _sockets: TempDir,
}

impl Plain {
    /// After a container of the supervisor's.
    ///
    /// # Errors
    /// It is not as we know it.
    pub fn like(found: ContainerInspectResponse) -> Result<Self, Failure> {
        let sockets = tempfile::tempdir()?;
        let config = found.config.ok_or_else(|| Failure::Check("a machine has no configuration".into()))?;
        let mut host = found.host_config.ok_or_else(|| Failure::Check("a machine has no caps".into()))?;
        for mount in host.mounts.iter_mut().flatten() {
            if mount.typ == Some(MountType::BIND) {
                mount.source = Some(sockets.path().display().to_string());
            }
        }
        let body = ContainerCreateBody {
            image: config.image,
            user: config.user,
            env: config.env,
            tty: config.tty,
            network_disabled: config.network_disabled,
            host_config: Some(host),
            ..Default::default()
        };
        Ok(Self { body, _sockets: sockets })
    }

    /// Milliseconds from before the first call to the first instruction, with a new volume. Nothing of it is left.
    ///
    /// # Errors
    /// It does not run.
    pub async fn sample(&self, environment: &Environment, docker: &Docker, n: u64) -> Result<f64, Failure> {
        let name = format!("{NAME}-{n}");
        let (client, body) = (&docker.client, self.on(&name));
        let request = VolumeCreateRequest { name: Some(name.clone()), ..Default::default() };
        let options = CreateContainerOptionsBuilder::default().name(&name).build();

        let from = unix_ms()?;
        client.create_volume(request).await?;
        client.inspect_volume(&name).await?;
        let id = client.create_container(Some(options), body).await?.id;
        client.start_container(&id, None::<StartContainerOptions>).await?;

        let first = until_first(environment, docker, &name).await;
        let force = RemoveContainerOptionsBuilder::default().force(true).build();
        client.remove_container(&id, Some(force)).await?;
        client.remove_volume(&name, None::<RemoveVolumeOptions>).await?;
        Ok(first? - from)
    }

    fn on(&self, volume: &str) -> ContainerCreateBody {
        let mut mounts = self.body.host_config.as_ref().and_then(|host| host.mounts.clone()).unwrap_or_default();
        for mount in mounts.iter_mut().filter(|mount| mount.typ == Some(MountType::VOLUME)) {
            mount.source = Some(volume.to_owned());
        }
        let host = self.body.host_config.clone().unwrap_or_default();
        ContainerCreateBody { host_config: Some(HostConfig { mounts: Some(mounts), ..host }), ..self.body.clone() }
    }
}

async fn until_first(environment: &Environment, docker: &Docker, volume: &str) -> Result<f64, Failure> {
    let waited = Stopwatch::start();
    loop {
        if let Some(first) = docker.first_instruction_ms(volume).await? {
            return Ok(first);
        }
        if waited.elapsed() > FIRST_MAX {
            return Err(Failure::Check(format!("the machine on `{volume}` was started and did nothing")));
        }
        environment.sleep(LOOK).await;
    }
}
