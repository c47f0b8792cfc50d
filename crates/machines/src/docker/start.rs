//! Starting a machine.
//!
//! The container is named after the volume, and Docker gives a name once: that is the lock which makes two machines on
//! one volume impossible, whoever asks and however often. A machine that has ended but was not removed yet gives the name
//! up and keeps its log. Docker makes a volume that is not there when it is mounted, empty and unmarked; so the volume is
//! looked up before, and again once the container holds it.

use super::{
    Inner,
    failure::Failure,
    labels,
    look::{self, Holder},
};
use crate::{Error, Machine, MachineSpec, MachineState};
use bollard::{
    models::ContainerCreateBody,
    query_parameters::{
        CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder, RenameContainerOptionsBuilder,
        StartContainerOptions,
    },
};

/// Tries for the name: a second one after an ended machine gave it up, a third if somebody was quicker.
const TRIES: usize = 3;

impl Inner {
    pub async fn start(&self, spec: &MachineSpec) -> Result<Machine, Error> {
        // Looks only, none of which changes anything: they go out together.
        let looks = tokio::join!(self.named(&spec.name), self.writable_by(spec), self.holders(&spec.volume_id));
        let (there, user, mut holders) = looks;
        if let Some(there) = there? {
            return self.adopt(spec, there).await;
        }
        let body = self.body(spec, &user?)?;
        for _ in 0..TRIES {
            self.free_name(spec, holders?).await?;
            match self.create(&spec.volume_id, body.clone()).await {
                Ok(id) => return self.begin(spec, &id).await,
                Err(Failure::Conflict(_)) => {}
                Err(Failure::Missing(_)) => return Err(self.image_missing()),
                Err(Failure::Error(error)) => return Err(error),
            }
            // Somebody was quicker: this very start, repeated, or another one.
            if let Some(there) = self.named(&spec.name).await? {
                return self.adopt(spec, there).await;
            }
            holders = self.holders(&spec.volume_id).await;
        }
        Err(Error::Retryable {
            what: format!("volume `{}` changes hands; try again", spec.volume_id),
            retry_after: None,
        })
    }

    /// One that is there under the name: never started twice, and started now if a crash came before that.
    async fn adopt(&self, spec: &MachineSpec, there: Machine) -> Result<Machine, Error> {
        if !labels::same_owner(&there.labels, &spec.labels) || there.volume_id != spec.volume_id {
            return Err(Error::Permanent { what: format!("machine name `{}` is taken by another run", spec.name) });
        }
        match there.state {
            MachineState::Starting => self.begin(spec, &there.id).await,
            MachineState::Running | MachineState::Stopped => Ok(there),
        }
    }

    /// The volume is there, ours, and the image's user can write it. Who that is.
    async fn writable_by(&self, spec: &MachineSpec) -> Result<String, Error> {
        let (user, volume) = tokio::join!(self.image_user(), self.owned_volume(&spec.volume_id));
        let (user, volume) = (user?, volume?);
        let volume = volume.filter(|owned| owned.volume.labels.deployment == spec.labels.deployment);
        let volume = volume.ok_or_else(|| not_there(&spec.volume_id))?;
        if volume.user == user {
            return Ok(user);
        }
        Err(Error::Permanent {
            what: format!(
                "volume `{}` was written by user {}, and image `{}` runs as {user}: it could not read the session; use an \
                 image that runs as {}",
                spec.volume_id, volume.user, self.settings.image, volume.user
            ),
        })
    }

    /// Nobody runs on the volume, and an ended machine does not keep its name.
    async fn free_name(&self, spec: &MachineSpec, holders: Vec<Holder>) -> Result<(), Error> {
        for holder in holders {
            if !holder.ended {
                return Err(Error::InUse { volume: spec.volume_id.clone(), machine: holder.called });
            }
            // Another name is in nobody's way, and may be a stranger's.
            if holder.container != container_name(&spec.volume_id) {
                continue;
            }
            let aside = format!("{}-ended-{}", container_name(&spec.volume_id), &holder.id[..12]);
            let options = RenameContainerOptionsBuilder::default().name(&aside).build();
            let id = holder.id;
            match self.change(|docker| async move { docker.rename_container(&id, options).await }).await {
                // It may be called so already, or be gone.
                Ok(()) | Err(Failure::Conflict(_) | Failure::Missing(_)) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(())
    }

    async fn create(&self, volume: &str, body: ContainerCreateBody) -> Result<String, Failure> {
        let options = CreateContainerOptionsBuilder::default().name(&container_name(volume)).build();
        let created = self.change(|docker| async move { docker.create_container(Some(options), body).await });
        Ok(created.await?.id)
    }

    /// Starts a container that was made, or removes it: one that cannot start must not keep the volume.
    async fn begin(&self, spec: &MachineSpec, id: &str) -> Result<Machine, Error> {
        let volume = self.owned_volume(&spec.volume_id).await?;
        if volume.is_none() {
            // It went between the two looks; Docker has made another one just now, which is nobody's.
            self.remove_container(id).await?;
            self.remove_volume(&spec.volume_id).await?;
            return Err(not_there(&spec.volume_id));
        }
        let started =
            self.change(|docker| async move { docker.start_container(id, None::<StartContainerOptions>).await });
        let started = started.await.map_err(|failure| match failure {
            // Removed by somebody meanwhile, or so Docker calls a program that is not there: what is left goes, either way.
            Failure::Missing(what) => Error::Retryable { what, retry_after: None },
            other => other.into(),
        });
        match started {
            Ok(()) => {}
            // It may run.
            Err(error @ Error::Ambiguous { .. }) => return Err(error),
            Err(error) => {
                self.remove_container(id).await?;
                return Err(error);
            }
        }
        let found = self.container(id).await?;
        found
            .as_ref()
            .and_then(look::machine)
            .ok_or_else(|| Error::Ambiguous { what: format!("machine `{}` was started, and is gone", spec.name) })
    }

    /// By force: whatever it does. One that is not there is a success.
    pub async fn remove_container(&self, id: &str) -> Result<(), Error> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(false).build();
        match self.change(|docker| async move { docker.remove_container(id, Some(options)).await }).await {
            // A conflict: it is being removed already, which whoever needs to know waits for.
            Ok(()) | Err(Failure::Missing(_) | Failure::Conflict(_)) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }
}

/// Unique on a daemon, hence the lock of the volume.
fn container_name(volume: &str) -> String {
    format!("longshore-{volume}")
}

fn not_there(volume: &str) -> Error {
    Error::Permanent { what: format!("volume `{volume}` is not there; create it first") }
}
