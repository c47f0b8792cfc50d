//! Volumes: named, labelled, and owned by the user that the image runs as.
//!
//! An empty volume takes the owner of the image's `/session` when it is first mounted. Which user that is, is written on
//! the volume when it is made: an image with another user could not write it, and is refused with a sentence instead of
//! starting a machine that fails, or finds no session.

use super::{
    Inner,
    failure::Failure,
    labels::{self, CREATION, USER},
};
use crate::{Error, Labels, Volume, VolumeSpec};
use bollard::{
    models::{Volume as Found, VolumeCreateRequest},
    query_parameters::{ListVolumesOptionsBuilder, RemoveVolumeOptions},
};

/// A volume of ours, with what only the driver looks at.
pub struct Owned {
    pub volume: Volume,
    pub user: String,
}

impl Inner {
    pub async fn create_volume(&self, spec: &VolumeSpec) -> Result<Volume, Error> {
        let user = self.image_user().await?;
        let creation = self.environment.random_id();
        let mut marks = labels::of(&spec.labels, self.environment.now().as_millis());
        marks.extend([(USER.to_owned(), user), (CREATION.to_owned(), creation.clone())]);
        let request = VolumeCreateRequest { name: Some(spec.name.clone()), labels: Some(marks), ..Default::default() };
        let found = self.change(|docker| async move { docker.create_volume(request).await }).await?;
        // For a name that is taken Docker answers as for a new one, with the labels of the old one.
        let fresh = found.labels.get(CREATION) == Some(&creation);
        match owned(found) {
            Some(Owned { volume, .. }) if labels::same_owner(&volume.labels, &spec.labels) => {
                Ok(Volume { adopted: !fresh, ..volume })
            }
            Some(_) => refused(format!("volume `{}` belongs to another workflow or deployment", spec.name)),
            None => refused(format!(
                "Docker has a volume `{}` that nothing says is ours: look into it, and remove it if it is not needed",
                spec.name
            )),
        }
    }

    pub async fn find_volume(&self, name: &str) -> Result<Option<Volume>, Error> {
        Ok(self.owned_volume(name).await?.map(|owned| owned.volume))
    }

    /// The volume of that name, if it is ours.
    pub async fn owned_volume(&self, name: &str) -> Result<Option<Owned>, Error> {
        match self.look(|docker| async move { docker.inspect_volume(name).await }).await {
            Ok(found) => Ok(owned(found)),
            Err(Failure::Missing(_)) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    pub async fn list_volumes(&self, deployment: &str) -> Result<Vec<Volume>, Error> {
        let options = ListVolumesOptionsBuilder::default().filters(&labels::of_deployment(deployment)).build();
        let found = self.look(|docker| async move { docker.list_volumes(Some(options)).await }).await?;
        let mut volumes: Vec<_> = found.volumes.unwrap_or_default().into_iter().filter_map(owned).collect();
        volumes.sort_by(|a, b| a.volume.name.cmp(&b.volume.name));
        Ok(volumes.into_iter().map(|owned| owned.volume).collect())
    }

    pub async fn delete_volume(&self, name: &str) -> Result<(), Error> {
        // One that is not ours was never ours, or is gone.
        if self.owned_volume(name).await?.is_none() {
            return Ok(());
        }
        self.remove_volume(name).await
    }

    /// Never by force: that would not help against a container, and would hide what is wrong otherwise.
    pub async fn remove_volume(&self, name: &str) -> Result<(), Error> {
        let removed =
            self.change(|docker| async move { docker.remove_volume(name, None::<RemoveVolumeOptions>).await });
        match removed.await {
            Ok(()) | Err(Failure::Missing(_)) => Ok(()),
            Err(Failure::Conflict(words)) => {
                let holder = self.holders(name).await?.into_iter().next().map(|holder| holder.called);
                Err(Error::InUse { volume: name.to_owned(), machine: holder.unwrap_or(words) })
            }
            Err(other) => Err(other.into()),
        }
    }
}

fn owned(found: Found) -> Option<Owned> {
    let user = found.labels.get(USER)?.clone();
    let (labels, created_at_ms): (Labels, u64) = labels::read(&found.labels)?;
    let volume = Volume { id: found.name.clone(), name: found.name, labels, created_at_ms, adopted: true };
    Some(Owned { volume, user })
}

fn refused<T>(what: String) -> Result<T, Error> {
    Err(Error::Permanent { what })
}
