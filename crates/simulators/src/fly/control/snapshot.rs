//! What really is so.

use crate::fly::{
    hub::Hub,
    world::{Machine, State, Volume, VolumeState},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What really is so, whatever the API shows. What is gone for good is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// Unix milliseconds of the stand-in's clock.
    pub now_ms: u64,
    /// Names.
    pub apps: Vec<String>,
    /// Machines that are not destroyed, by id.
    pub machines: Vec<MachineTruth>,
    /// Volumes that are not deleted, by id.
    pub volumes: Vec<VolumeTruth>,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineTruth {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// App.
    pub app: String,
    /// What the API says when it behaves.
    pub state: String,
    /// Its program runs.
    pub running: bool,
    /// How often its program was started.
    pub starts: u32,
    /// Mounted volume.
    pub volume: Option<String>,
    /// Where it lies.
    pub host: String,
    /// Region.
    pub region: String,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// Its metadata.
    pub metadata: BTreeMap<String, String>,
}

/// A volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeTruth {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// App.
    pub app: String,
    /// The machine that has it.
    pub attached_machine: Option<String>,
    /// Where it lies.
    pub host: String,
    /// Region.
    pub region: String,
    /// Gigabytes.
    pub size_gb: u32,
}

pub fn truth(hub: &Hub) -> Truth {
    let world = hub.read();
    Truth {
        now_ms: hub.now_ms(),
        apps: world.apps.keys().cloned().collect(),
        machines: world.machines.values().filter(|it| it.state != State::Destroyed).map(machine).collect(),
        volumes: world.volumes.values().filter(|it| it.state != VolumeState::PendingDestroy).map(volume).collect(),
    }
}

fn machine(machine: &Machine) -> MachineTruth {
    let settings = machine.settings();
    MachineTruth {
        id: machine.id.clone(),
        name: machine.name.clone(),
        app: machine.app.clone(),
        state: machine.state.as_str().to_owned(),
        running: machine.running,
        starts: machine.starts,
        volume: machine.volume.clone(),
        host: machine.host.clone(),
        region: machine.region.clone(),
        environment: settings.env,
        metadata: settings.metadata,
    }
}

fn volume(volume: &Volume) -> VolumeTruth {
    VolumeTruth {
        id: volume.id.clone(),
        name: volume.name.clone(),
        app: volume.app.clone(),
        attached_machine: volume.attached_machine.clone(),
        host: volume.host.clone(),
        region: volume.region.clone(),
        size_gb: volume.size_gb,
    }
}
