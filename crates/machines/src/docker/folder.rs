//! The folder that machines reach us through, as two programs see it.
//!
//! A daemon mounts paths of *its* host. A supervisor that runs in a container itself sees the same folder elsewhere, and a
//! daemon on another host does not see it at all. So the folder is given twice, and that both are the same is tried, not
//! believed: with a folder of a random name, made here and mounted there by a container that is never started.

use super::{Inner, body::bind, failure::Failure};
use crate::Error;
use bollard::{
    models::{ContainerCreateBody, HostConfig, Mount},
    query_parameters::CreateContainerOptionsBuilder,
};
use std::path::{Path, PathBuf};

/// One folder on two hosts, or on one.
#[derive(Debug, Clone)]
pub struct SharedFolder {
    /// As we see it; absolute.
    pub here: PathBuf,
    /// As the daemon sees it; absolute.
    pub there: PathBuf,
}

impl SharedFolder {
    fn there(&self, path: &Path) -> Option<PathBuf> {
        Some(self.there.join(path.strip_prefix(&self.here).ok()?))
    }
}

impl Inner {
    /// The mount of a folder below the shared one.
    pub fn shared(&self, path: &Path) -> Result<Mount, Error> {
        let there = self.settings.shared.as_ref().and_then(|shared| shared.there(path));
        let there = there.and_then(|there| there.into_os_string().into_string().ok());
        there.map(bind).ok_or_else(|| Error::Permanent {
            what: format!("`{}` cannot be mounted: it is not below the data folder, or no UTF-8", path.display()),
        })
    }

    /// Tries whether the daemon sees what we see.
    pub async fn check_shared_folder(&self) -> Result<(), Error> {
        let Some(shared) = &self.settings.shared else { return Ok(()) };
        let name = format!("probe-{}", self.environment.random_id());
        let unusable = |error: std::io::Error| Error::Permanent {
            what: format!("`{}` cannot hold the sockets of machines: {error}", shared.here.display()),
        };
        std::fs::create_dir_all(shared.here.join(&name)).map_err(unusable)?;
        let tried = self.try_mount(&shared.here.join(&name), &name).await;
        std::fs::remove_dir(shared.here.join(&name)).map_err(unusable)?;
        match tried {
            Err(Failure::Error(Error::Permanent { .. })) => Err(Error::Permanent {
                what: format!(
                    "the Docker daemon at `{}` does not see our folder `{}` at `{}`: set `machines.host_data` to the data \
                     folder's path on the daemon's host",
                    self.connection.address,
                    shared.here.display(),
                    shared.there.display()
                ),
            }),
            tried => Ok(tried?),
        }
    }

    async fn try_mount(&self, path: &Path, name: &str) -> Result<(), Failure> {
        let mounts = vec![self.shared(path)?];
        let body = ContainerCreateBody {
            image: Some(self.settings.image.clone()),
            host_config: Some(HostConfig {
                mounts: Some(mounts),
                network_mode: Some("none".into()),
                ..Default::default()
            }),
            ..Default::default()
        };
        let options = CreateContainerOptionsBuilder::default().name(&format!("longshore-{name}")).build();
        let made = self.change(|docker| async move { docker.create_container(Some(options), body).await }).await?;
        Ok(self.remove_container(&made.id).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_translated_and_one_outside_is_not() {
        let shared = SharedFolder { here: "/data/sockets".into(), there: "/srv/longshore/sockets".into() };
        assert_eq!(shared.there(Path::new("/data/sockets/wf_1-2")), Some("/srv/longshore/sockets/wf_1-2".into()));
        assert_eq!(shared.there(Path::new("/data/other")), None);
    }
}
