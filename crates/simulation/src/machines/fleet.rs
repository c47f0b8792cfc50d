//! What the backend does when it is asked, in the moment in which it happens; and what must never be seen then.

use super::{Claim, Disk, Gone, Unit};
use crate::{
    faults::Fault,
    production::{GIT_TOKEN, PRIVATE_KEY, WEBHOOK_SECRET},
    worker,
    world::{State, World},
};
use machines::{Error, Machine, MachineSpec, MachineState, Volume, VolumeSpec};

/// From then on an open pull request counts as open, whatever the supervisor has begun before.
const OPEN_FOR_LONG_MS: u64 = 2 * 3_600_000;
/// How far the wall clock may be wrong while a retention is measured: an hour either way.
const CLOCK_WRONG_MS: u64 = 2 * 3_600_000;
/// For how long a machine that is gone may still be said to have its volume.
const LINGERS_MS: u64 = 15 * 60_000;
/// For how long a volume that was deleted may still be listed.
const SOFT_MS: u64 = 8 * 3_600_000;

fn unreachable(machine: &str) -> Error {
    Error::Unconfirmed { machine: machine.to_owned(), what: "its host cannot be reached".into() }
}

fn host_away() -> Error {
    Error::Retryable { what: "its host cannot be reached".into(), retry_after: None }
}

impl State {
    pub(super) fn create_volume(&mut self, spec: &VolumeSpec, now: u64) -> Result<Volume, Error> {
        if let Some(there) = self.machines.volumes.values().find(|it| it.name == spec.name) {
            if there.labels.deployment != spec.labels.deployment || there.labels.workflow != spec.labels.workflow {
                return Err(Error::Permanent { what: "the volume is another's".into() });
            }
            return Ok(there.shown(true));
        }
        let id = format!("vol-{}", self.machines.next());
        let (name, labels) = (spec.name.clone(), spec.labels.clone());
        self.machines.volumes_made += 1;
        self.machines.newest.insert(labels.workflow.clone(), id.clone());
        let disk = Disk { id: id.clone(), name, labels, created_at_ms: now, outbox: None, session: false, away: false };
        let shown = disk.shown(false);
        self.machines.volumes.insert(id, disk);
        Ok(shown)
    }

    pub(super) fn delete_volume(&mut self, id: &str, now: u64) -> Result<(), Error> {
        let Some(disk) = self.machines.volumes.get(id) else { return Ok(()) };
        if disk.away {
            return Err(host_away());
        }
        let user = self.machines.machines.values().find(|it| it.volume_id == id).map(|it| it.id.clone());
        if let Some(machine) = user.or_else(|| self.machines.claimed(id, now)) {
            return Err(Error::InUse { volume: id.to_owned(), machine });
        }
        self.may_go(&disk.clone(), now);
        let soft = self.happens(Fault::SoftDelete);
        let listed_until = if soft { now + self.chance.between(60_000, SOFT_MS) } else { now };
        if let Some(disk) = self.machines.volumes.remove(id) {
            self.machines.gone_volumes.push(Gone { at: now, listed_until, what: disk.shown(true) });
        }
        Ok(())
    }

    /// P6: the last volume of a pull request goes only after a reading said that it is closed, a reading that was made when
    /// its time was over; and not while the pull request has been open again for long.
    fn may_go(&mut self, disk: &Disk, now: u64) {
        let newest = self.machines.newest.get(&disk.labels.workflow).is_some_and(|newest| *newest == disk.id);
        let number = self.workflows.get(&disk.labels.workflow).copied();
        let Some(pull) = number.and_then(|number| self.github.pull(number)).filter(|_| newest) else { return };
        let number = pull.number;
        let mut told = pull.told_closed_ms.iter().copied().filter(|at| *at >= disk.created_at_ms);
        let (first, last) = (told.next(), told.next_back());
        let known_for = first.map_or(0, |first| last.unwrap_or(first) - first);
        let mut wrong = Vec::new();
        let since = now.saturating_sub(pull.since_ms);
        if pull.open && (first.is_none() || since > OPEN_FOR_LONG_MS) {
            wrong.push(format!("{} is deleted, and pull request {number} has been open for {since} ms", disk.id));
        }
        // One in which nothing ran is worth nothing, and may have been made late.
        let slack = if self.clock_was_set { CLOCK_WRONG_MS } else { 0 };
        let wanted = self.settings.retention_ms.saturating_sub(slack);
        if disk.session && known_for < wanted {
            let what = "and no reading says that its pull request is closed after its time was over";
            wrong.push(format!("{} is deleted {what}: {known_for} of {wanted} ms ({number})", disk.id));
        }
        for what in wrong {
            self.violated("P6", what);
        }
    }

    /// P2 and P9.
    pub(super) fn start_machine(&mut self, spec: &MachineSpec, now: u64, world: &World) -> Result<Machine, Error> {
        if let Some(there) = self.machines.machines.values().find(|it| it.name == spec.name) {
            if there.labels.run != spec.labels.run || there.labels.workflow != spec.labels.workflow {
                return Err(Error::Permanent { what: "the machine is another's".into() });
            }
            return Ok(there.shown());
        }
        match self.machines.volumes.get(&spec.volume_id) {
            None => return Err(Error::Permanent { what: format!("there is no volume {}", spec.volume_id) }),
            Some(disk) if disk.away => {
                let what = "its host cannot be reached".into();
                return Err(Error::VolumeStuck { volume: disk.id.clone(), what });
            }
            Some(_) => {}
        }
        if let Some(other) = self.in_the_way(spec) {
            return Err(other);
        }
        if let Some(machine) = self.machines.claimed(&spec.volume_id, now) {
            return Err(Error::InUse { volume: spec.volume_id.clone(), machine });
        }
        for value in spec.environment.values() {
            if [WEBHOOK_SECRET, PRIVATE_KEY, GIT_TOKEN].iter().any(|secret| value.contains(secret)) {
                self.violated("P9", format!("the environment of {} holds a secret", spec.name));
            }
        }
        self.tokens.extend(spec.environment.get(protocol::boot::TOKEN).cloned());
        let id = format!("m-{}", self.machines.next());
        self.machines.machines_made += 1;
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
            late: self.late,
        };
        let shown = machine.shown();
        self.machines.machines.insert(id, machine);
        Ok(shown)
    }

    /// Another machine of the volume, also one that has stopped: it may come back. A caller who waits for an answer must
    /// never ask for a second one.
    fn in_the_way(&mut self, spec: &MachineSpec) -> Option<Error> {
        let other = self.machines.machines.values().find(|it| it.volume_id == spec.volume_id)?;
        let refused = Error::InUse { volume: spec.volume_id.clone(), machine: other.id.clone() };
        if !self.late && !other.late {
            let what = format!("{} is to write {}, which {} still can", spec.name, spec.volume_id, other.name);
            self.violated("P2", what);
        }
        Some(refused)
    }

    pub(super) fn destroy_machine(&mut self, id: &str, now: u64) -> Result<(), Error> {
        let Some(machine) = self.machines.machines.get(id) else { return Ok(()) };
        if machine.away {
            return Err(unreachable(id));
        }
        if let Some(worker) = &machine.worker {
            worker.abort();
        }
        let (volume, shown) = (machine.volume_id.clone(), machine.shown());
        self.machines.machines.remove(id);
        self.machines.gone_machines.push(Gone { at: now, listed_until: now, what: shown });
        if self.happens(Fault::ClaimLingers) {
            let until = now + self.chance.between(1_000, LINGERS_MS);
            self.machines.claims.insert(volume.clone(), Claim { until, machine: id.to_owned() });
        }
        if self.happens(Fault::VolumeLost) {
            self.machines.volumes.remove(&volume);
        }
        Ok(())
    }
}
