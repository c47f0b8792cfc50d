//! Machines and volumes of a backend that keeps its promises and no more: it answers by id with certainty, its lists may
//! lag, its calls may land late, its hosts may be out of reach while what is on them goes on, what has died may come back.
//! It refuses a second machine on a volume; but to be asked for one is what P2 forbids, and is noted.

mod fleet;
mod lists;

use crate::{
    life::Life,
    world::{Kind, Trouble, World},
};
use async_trait::async_trait;
use machines::{Error, Isolation, Labels, Machine, MachineSpec, MachineState, Machines, Volume, VolumeSpec};
use protocol::RunResult;
use std::{collections::BTreeMap, sync::Arc};
use tokio::task::AbortHandle;

/// Everything the backend has, by id.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    pub volumes: BTreeMap<String, Disk>,
    pub machines: BTreeMap<String, Unit>,
    pub machines_made: u64,
    pub volumes_made: u64,
    /// For each workflow, the volume of it that was made last.
    newest: BTreeMap<String, String>,
    gone_machines: Vec<Gone<Machine>>,
    gone_volumes: Vec<Gone<Volume>>,
    /// By volume.
    claims: BTreeMap<String, Claim>,
}

/// What is gone, and may still be listed.
#[derive(Debug)]
struct Gone<T> {
    at: u64,
    listed_until: u64,
    what: T,
}

/// A volume that is still said to be a machine's, which is gone.
#[derive(Debug)]
struct Claim {
    until: u64,
    machine: String,
}

impl Fleet {
    /// A number for an id.
    fn next(&self) -> u64 {
        self.machines_made + self.volumes_made + 1
    }

    fn claimed(&self, volume: &str, now: u64) -> Option<String> {
        self.claims.get(volume).filter(|claim| claim.until > now).map(|claim| claim.machine.clone())
    }

    /// Every host can be reached again.
    pub(crate) fn all_back(&mut self) {
        self.machines.values_mut().for_each(|unit| unit.away = false);
        self.volumes.values_mut().for_each(|disk| disk.away = false);
    }
}

/// A volume and what is on it.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    pub id: String,
    pub name: String,
    pub labels: Labels,
    pub created_at_ms: u64,
    pub outbox: Option<(u32, RunResult)>,
    pub session: bool,
    /// Its host cannot be reached.
    pub away: bool,
}

/// A machine.
#[derive(Debug)]
pub(crate) struct Unit {
    pub id: String,
    pub name: String,
    pub labels: Labels,
    pub volume_id: String,
    pub state: MachineState,
    pub created_at_ms: u64,
    pub environment: BTreeMap<String, String>,
    pub worker: Option<AbortHandle>,
    /// Its host cannot be reached.
    pub away: bool,
    /// Its start landed after the caller had given up.
    pub late: bool,
}

impl Unit {
    fn shown(&self) -> Machine {
        Machine {
            id: self.id.clone(),
            name: self.name.clone(),
            labels: self.labels.clone(),
            volume_id: self.volume_id.clone(),
            state: self.state,
            created_at_ms: self.created_at_ms,
        }
    }
}

impl Disk {
    fn shown(&self, adopted: bool) -> Volume {
        let Self { id, name, labels, created_at_ms, .. } = self.clone();
        Volume { id, name, labels, created_at_ms, adopted }
    }
}

/// The backend as one life of the supervisor reaches it.
#[derive(Clone)]
pub(crate) struct Driver {
    pub world: World,
    pub life: Arc<Life>,
}

fn trouble(trouble: Trouble) -> Error {
    let what = "as the simulation wants it".to_owned();
    match trouble {
        Trouble::Unavailable => Error::Retryable { what, retry_after: None },
        Trouble::Limited(after) => Error::Retryable { what, retry_after: Some(after) },
        Trouble::Lost => Error::Ambiguous { what },
    }
}

#[async_trait]
impl Machines for Driver {
    fn backend(&self) -> &'static str {
        "simulated"
    }

    fn isolation(&self) -> Isolation {
        Isolation::Vm
    }

    async fn create_volume(&self, spec: &VolumeSpec) -> Result<Volume, Error> {
        let (wanted, what) = (spec.clone(), format!("create volume {}", spec.name));
        let made = self.world.call(&self.life, Kind::Write, what, move |state, now| state.create_volume(&wanted, now));
        made.await.map_err(trouble)?
    }

    async fn volume(&self, id: &str) -> Result<Option<Volume>, Error> {
        let (id, what) = (id.to_owned(), format!("read volume {id}"));
        let read = self.world.call(&self.life, Kind::Read, what, move |state, _| {
            state.machines.volumes.get(&id).map(|it| it.shown(true))
        });
        read.await.map_err(trouble)
    }

    async fn volumes(&self, deployment: &str) -> Result<Vec<Volume>, Error> {
        let deployment = deployment.to_owned();
        let read = self.world.call(&self.life, Kind::Read, "list volumes".into(), move |state, now| {
            state.list_volumes(&deployment, now)
        });
        read.await.map_err(trouble)
    }

    async fn delete_volume(&self, id: &str) -> Result<(), Error> {
        let (id, what) = (id.to_owned(), format!("delete volume {id}"));
        let gone = self.world.call(&self.life, Kind::Write, what, move |state, now| state.delete_volume(&id, now));
        gone.await.map_err(trouble)?
    }

    async fn start_machine(&self, spec: &MachineSpec) -> Result<Machine, Error> {
        let (wanted, world) = (spec.clone(), self.world.clone());
        let what = format!("start machine {} on {}", spec.name, spec.volume_id);
        let started =
            self.world.call(&self.life, Kind::Write, what, move |state, now| state.start_machine(&wanted, now, &world));
        started.await.map_err(trouble)?
    }

    async fn machine(&self, id: &str) -> Result<Option<Machine>, Error> {
        let (id, what) = (id.to_owned(), format!("read machine {id}"));
        let read =
            self.world.call(&self.life, Kind::Read, what, move |state, _| match state.machines.machines.get(&id) {
                Some(machine) if machine.away => {
                    Err(Error::Retryable { what: "its host cannot be reached".into(), retry_after: None })
                }
                found => Ok(found.map(Unit::shown)),
            });
        read.await.map_err(trouble)?
    }

    async fn machines(&self, deployment: &str) -> Result<Vec<Machine>, Error> {
        let deployment = deployment.to_owned();
        let read = self.world.call(&self.life, Kind::Read, "list machines".into(), move |state, now| {
            state.list_machines(&deployment, now)
        });
        read.await.map_err(trouble)
    }

    async fn holders(&self, volume: &str) -> Result<Vec<Machine>, Error> {
        let (volume, what) = (volume.to_owned(), format!("read who has volume {volume}"));
        let read = self.world.call(&self.life, Kind::Read, what, move |state, _| {
            let machines = state.machines.machines.values().filter(|it| it.volume_id == volume);
            machines.map(Unit::shown).collect()
        });
        read.await.map_err(trouble)
    }

    async fn destroy_machine(&self, id: &str) -> Result<(), Error> {
        let (id, what) = (id.to_owned(), format!("destroy machine {id}"));
        let gone = self.world.call(&self.life, Kind::Write, what, move |state, now| state.destroy_machine(&id, now));
        match gone.await {
            Ok(done) => done,
            Err(Trouble::Lost) => Err(Error::Unconfirmed { machine: String::new(), what: "no answer".into() }),
            Err(other) => Err(trouble(other)),
        }
    }

    async fn machine_log(&self, _: &str, _: usize) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }
}
