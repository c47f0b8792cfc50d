//! What is there: by id, by deployment, by machine name, by volume.

use super::{
    Inner,
    failure::Failure,
    labels::{self, MACHINE, VOLUME},
};
use crate::{Error, Machine, MachineState};
use bollard::{
    models::{ContainerInspectResponse, ContainerStateStatusEnum as Status, ContainerSummary},
    query_parameters::{InspectContainerOptions, ListContainersOptionsBuilder},
};
use std::collections::HashMap;

/// A container that has a volume, whoever's it is.
pub struct Holder {
    pub id: String,
    /// Name of the container.
    pub container: String,
    /// Name of the machine, or of the container if it is none of ours.
    pub called: String,
    pub ended: bool,
}

impl Inner {
    pub async fn find_machine(&self, id: &str) -> Result<Option<Machine>, Error> {
        Ok(self.container(id).await?.as_ref().and_then(machine))
    }

    /// The container of that id or name.
    pub async fn container(&self, id: &str) -> Result<Option<ContainerInspectResponse>, Error> {
        let options = None::<InspectContainerOptions>;
        match self.look(|docker| async move { docker.inspect_container(id, options).await }).await {
            Ok(found) => Ok(Some(found)),
            Err(Failure::Missing(_)) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    pub async fn list_machines(&self, deployment: &str) -> Result<Vec<Machine>, Error> {
        let found = self.list(labels::of_deployment(deployment)).await?;
        let mut machines: Vec<_> = found.iter().filter_map(listed).collect();
        machines.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(machines)
    }

    /// The machine of that name, whoever's it is.
    pub async fn named(&self, name: &str) -> Result<Option<Machine>, Error> {
        let found = self.list(labels::filter("label", &format!("{MACHINE}={name}"))).await?;
        Ok(found.iter().find_map(listed))
    }

    /// Every container that has the volume, others' included.
    pub async fn holders(&self, volume: &str) -> Result<Vec<Holder>, Error> {
        let found = self.list(labels::filter("volume", volume)).await?;
        Ok(found.into_iter().filter_map(holder).collect())
    }

    /// The machines among them; a container that is none is in nobody's hands here.
    pub async fn machines_on(&self, volume: &str) -> Result<Vec<Machine>, Error> {
        let found = self.list(labels::filter("volume", volume)).await?;
        let machine = |found: ContainerSummary| {
            listed(&found).ok_or_else(|| Error::InUse {
                volume: volume.to_owned(),
                machine: holder(found).map(|holder| holder.called).unwrap_or_default(),
            })
        };
        found.into_iter().map(machine).collect()
    }

    async fn list(&self, filters: HashMap<String, Vec<String>>) -> Result<Vec<ContainerSummary>, Error> {
        let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        Ok(self.look(|docker| async move { docker.list_containers(Some(options)).await }).await?)
    }
}

/// As an inspection shows it; none if it is not ours.
pub fn machine(found: &ContainerInspectResponse) -> Option<Machine> {
    let marks = found.config.as_ref()?.labels.as_ref()?;
    let status = found.state.as_ref().and_then(|state| state.status)?;
    of(found.id.clone()?, marks, state(status.as_ref()))
}

/// As a listing shows it; none if it is not ours.
fn listed(found: &ContainerSummary) -> Option<Machine> {
    of(found.id.clone()?, found.labels.as_ref()?, state(found.state?.as_ref()))
}

fn of(id: String, marks: &HashMap<String, String>, state: MachineState) -> Option<Machine> {
    let (labels, created_at_ms) = labels::read(marks)?;
    let (name, volume_id) = (marks.get(MACHINE)?.clone(), marks.get(VOLUME)?.clone());
    Some(Machine { id, name, labels, volume_id, state, created_at_ms })
}

fn holder(found: ContainerSummary) -> Option<Holder> {
    let ended = found.state.is_some_and(|now| state(now.as_ref()) == MachineState::Stopped);
    let name = found.names.and_then(|names| names.into_iter().next()).unwrap_or_default();
    let container = name.trim_start_matches('/').to_owned();
    let machine = found.labels.and_then(|mut labels| labels.remove(MACHINE));
    Some(Holder { id: found.id?, called: machine.unwrap_or_else(|| container.clone()), container, ended })
}

/// Docker's words for both kinds of answer; one that is new counts as running, which is the careful reading.
fn state(status: &str) -> MachineState {
    let is = |known: Status| status == known.as_ref();
    if is(Status::CREATED) {
        MachineState::Starting
    } else if is(Status::EXITED) || is(Status::DEAD) {
        MachineState::Stopped
    } else {
        MachineState::Running
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_ended_is_stopped() {
        assert_eq!(state("created"), MachineState::Starting);
        for status in ["exited", "dead"] {
            assert_eq!(state(status), MachineState::Stopped);
        }
        for status in ["running", "paused", "restarting", "removing", "stopping", "something new"] {
            assert_eq!(state(status), MachineState::Running, "{status}");
        }
    }
}
