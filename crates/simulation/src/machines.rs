//! Machines and volumes of a backend that keeps its promises and no more: it answers by id with certainty, its lists may
//! lag, its calls may land late, its hosts may be out of reach while what is on them goes on. It refuses a second machine
//! on a volume; but to be asked for one is what P2 forbids, and is noted.

use crate::{
    faults::Fault,
    life::Life,
    production::{GIT_TOKEN, PRIVATE_KEY, WEBHOOK_SECRET},
    worker,
    world::{Kind, State, Trouble, World},
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
    made: u64,
    /// For each workflow, when a volume of it was last made.
    newest: BTreeMap<String, String>,
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
    pub(crate) fn can_write(&self) -> bool {
        self.state != MachineState::Stopped
    }

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

fn unreachable(machine: &str) -> Error {
    Error::Unconfirmed { machine: machine.to_owned(), what: "its host cannot be reached".into() }
}

impl State {
    fn create_volume(&mut self, spec: &VolumeSpec, now: u64) -> Result<Volume, Error> {
        if let Some(there) = self.machines.volumes.values().find(|it| it.name == spec.name) {
            if there.labels.deployment != spec.labels.deployment || there.labels.workflow != spec.labels.workflow {
                return Err(Error::Permanent { what: "the volume is another's".into() });
            }
            return Ok(there.shown(true));
        }
        self.machines.made += 1;
        let id = format!("vol-{}", self.machines.made);
        let (name, labels) = (spec.name.clone(), spec.labels.clone());
        self.machines.newest.insert(labels.workflow.clone(), id.clone());
        let disk = Disk { id: id.clone(), name, labels, created_at_ms: now, outbox: None, session: false };
        let shown = disk.shown(false);
        self.machines.volumes.insert(id, disk);
        Ok(shown)
    }

    /// P6: the last volume of a pull request goes only after a reading said that it is closed, and not while it has been
    /// open again for long.
    fn delete_volume(&mut self, id: &str, now: u64) -> Result<(), Error> {
        let Some(disk) = self.machines.volumes.get(id) else { return Ok(()) };
        if let Some(user) = self.machines.machines.values().find(|it| it.volume_id == id) {
            return Err(Error::InUse { volume: id.to_owned(), machine: user.id.clone() });
        }
        let newest = self.machines.newest.get(&disk.labels.workflow).is_some_and(|newest| newest == id);
        let number = self.workflows.get(&disk.labels.workflow).copied();
        let made = disk.created_at_ms;
        if let Some(pull) = number.and_then(|number| self.github.pull(number)).filter(|pull| newest && pull.open) {
            let told = pull.told_closed_ms.is_some_and(|at| at >= made);
            let (number, since) = (pull.number, now.saturating_sub(pull.since_ms));
            if !told || since > OPEN_FOR_LONG_MS {
                self.violated("P6", format!("{id} is deleted, and pull request {number} has been open for {since} ms"));
            }
        }
        self.machines.volumes.remove(id);
        Ok(())
    }

    /// P2 and P9.
    fn start_machine(&mut self, spec: &MachineSpec, now: u64, world: &World) -> Result<Machine, Error> {
        if let Some(there) = self.machines.machines.values().find(|it| it.name == spec.name) {
            if there.labels.run != spec.labels.run || there.labels.workflow != spec.labels.workflow {
                return Err(Error::Permanent { what: "the machine is another's".into() });
            }
            return Ok(there.shown());
        }
        if !self.machines.volumes.contains_key(&spec.volume_id) {
            return Err(Error::Permanent { what: format!("there is no volume {}", spec.volume_id) });
        }
        let late = self.late;
        let other = self.machines.machines.values().find(|it| it.volume_id == spec.volume_id && it.can_write());
        if let Some(other) = other {
            let refused = Error::InUse { volume: spec.volume_id.clone(), machine: other.id.clone() };
            if !late && !other.late {
                let what = format!("{} is to write {}, which {} still can", spec.name, spec.volume_id, other.name);
                self.violated("P2", what);
            }
            return Err(refused);
        }
        for value in spec.environment.values() {
            if [WEBHOOK_SECRET, PRIVATE_KEY, GIT_TOKEN].iter().any(|secret| value.contains(secret)) {
                self.violated("P9", format!("the environment of {} holds a secret", spec.name));
            }
        }
        self.tokens.extend(spec.environment.get(protocol::boot::TOKEN).cloned());
        self.machines.made += 1;
        let id = format!("m-{}", self.machines.made);
        let machine = Unit {
            id: id.clone(),
            name: spec.name.clone(),
            labels: spec.labels.clone(),
            volume_id: spec.volume_id.clone(),
            state: MachineState::Running,
            created_at_ms: now,
            environment: spec.environment.clone(),
            worker: Some(world.spawn(worker::boot(world.clone(), id.clone()))),
            away: false,
            late,
        };
        let shown = machine.shown();
        self.machines.machines.insert(id, machine);
        Ok(shown)
    }

    fn destroy_machine(&mut self, id: &str) -> Result<(), Error> {
        let Some(machine) = self.machines.machines.get(id) else { return Ok(()) };
        if machine.away {
            return Err(unreachable(id));
        }
        if let Some(worker) = &machine.worker {
            worker.abort();
        }
        let volume = machine.volume_id.clone();
        self.machines.machines.remove(id);
        if self.happens(Fault::VolumeLost) {
            self.machines.volumes.remove(&volume);
        }
        Ok(())
    }
}

/// From then on an open pull request counts as open, whatever the supervisor has begun before.
const OPEN_FOR_LONG_MS: u64 = 2 * 3_600_000;

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
        let read = self.world.call(&self.life, Kind::Read, "list volumes".into(), move |state, _| {
            if state.happens(Fault::EmptyList) {
                return Vec::new();
            }
            let volumes = state.machines.volumes.values().filter(|it| it.labels.deployment == deployment);
            volumes.map(|it| it.shown(true)).collect()
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
        let read = self.world.call(&self.life, Kind::Read, "list machines".into(), move |state, _| {
            if state.happens(Fault::EmptyList) {
                return Vec::new();
            }
            let machines = state.machines.machines.values();
            machines.filter(|it| it.labels.deployment == deployment && !it.away).map(Unit::shown).collect()
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
        let gone = self.world.call(&self.life, Kind::Write, what, move |state, _| state.destroy_machine(&id));
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
