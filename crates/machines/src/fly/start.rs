//! Starting a machine.
//!
//! A volume has one machine at most, and a name is given once in an app: Fly itself keeps two machines off one volume, and
//! a repeated start finds the first. A machine that has ended still has the volume, and goes first.

use super::{
    Inner,
    api::Call,
    failure::Failure,
    guest, labels,
    look::{self, retryable},
    pace::Action,
    refusal::Meaning,
    volume::Owned,
    wait::Deadline,
    wire::{Config, Dns, FlyMachine, MountedVolume, Restart, StopConfig},
    words::MachineWord,
};
use crate::{
    Error, Machine, MachineSpec, MachineState,
    process::{MACHINE, SESSION_DIR},
};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

/// Where a machine sees its volume.
pub const SESSION_MOUNT: &str = "/session";
/// For all of a start, the pull of an image included (measured: 70 s); within the time that the supervisor gives one attempt.
const START_MAX: Duration = Duration::from_secs(100);
/// Between two tries for a volume whose last machine has just gone.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// After so long in `created` a machine is told to start; it should have been by itself.
const NUDGE_AFTER: Duration = Duration::from_secs(10);
/// Between the request to end and the end by force.
pub const GRACE: Duration = Duration::from_secs(2);
/// States in which a start is over, for Fly's own waiting.
const SETTLED: &str = "started,stopped,failed,destroyed";

impl Inner {
    pub async fn start(&self, spec: &MachineSpec) -> Result<Machine, Error> {
        if spec.sockets.is_some() {
            let what = "a machine on Fly has no folder of the supervisor's: it reaches it by `server.machine_url`";
            return Err(Error::Permanent { what: what.into() });
        }
        let deadline = self.deadline(START_MAX);
        self.check_policy().await?;
        let mut why_not = None;
        loop {
            let volume = self.usable(spec).await?;
            if let Some(there) = self.holder(spec, &volume.found.attached_machine_id).await? {
                return self.adopt(spec, there, deadline).await;
            }
            match self.make_machine(spec, &volume).await {
                Ok(made) => {
                    self.young.made(&made.id, self.environment.monotonic());
                    return self.see_started(spec, &made.id, deadline).await;
                }
                Err(failure) => match self.judge(spec, failure)? {
                    Next::Adopt(id) => {
                        if let Some(there) = self.fly_machine(&id).await? {
                            return self.adopt(spec, there, deadline).await;
                        }
                    }
                    Next::Again(why) => why_not = Some(why),
                    Next::Look(id, why) => {
                        if let Some(there) = self.holder(spec, &id).await? {
                            return self.adopt(spec, there, deadline).await;
                        }
                        why_not = Some(why);
                    }
                },
            }
            if self.left(deadline) < TRY_AGAIN {
                return Err(
                    why_not.unwrap_or_else(|| retryable(format!("machine `{}` changes hands; try again", spec.name)))
                );
            }
            self.environment.sleep(TRY_AGAIN).await;
        }
    }

    /// The volume is there, ours, and its host answers.
    async fn usable(&self, spec: &MachineSpec) -> Result<Owned, Error> {
        let id = &spec.volume_id;
        let ours = |owned: &Owned| owned.said.mark == super::name::mark(&spec.labels.deployment);
        let Some(owned) = self.owned_volume(id).await?.filter(ours) else {
            return Err(Error::Permanent { what: format!("volume `{id}` is not there; create it first") });
        };
        if owned.found.host_status.is_ok() {
            return Ok(owned);
        }
        let what = format!("Fly's host of it does not answer ({})", owned.found.host_status);
        Err(Error::VolumeStuck { volume: id.clone(), what })
    }

    /// The machine that has the volume, if it is to be adopted. One that has ended is removed; another one is in the way.
    async fn holder(&self, spec: &MachineSpec, id: &str) -> Result<Option<FlyMachine>, Error> {
        if id.is_empty() {
            return Ok(None);
        }
        // Gone, and the volume does not know it yet: Fly will say so, or not.
        let Some(holder) = self.fly_machine(id).await? else { return Ok(None) };
        if holder.name == spec.name {
            return Ok(Some(holder));
        }
        let in_use = Error::InUse { volume: spec.volume_id.clone(), machine: holder.name.clone() };
        let ours = look::machine(&holder).filter(|machine| machine.labels.deployment == spec.labels.deployment);
        if ours.is_none_or(|machine| machine.state != MachineState::Stopped) {
            return Err(in_use);
        }
        self.destroy(id).await?;
        Ok(None)
    }

    /// One that is there under the name: never started twice, and seen to its start if a crash came before that.
    async fn adopt(&self, spec: &MachineSpec, there: FlyMachine, deadline: Deadline) -> Result<Machine, Error> {
        let taken = || Error::Permanent { what: format!("machine name `{}` is taken by another run", spec.name) };
        let machine = look::machine(&there).ok_or_else(taken)?;
        if !labels::same_owner(&machine.labels, &spec.labels) || machine.volume_id != spec.volume_id {
            return Err(taken());
        }
        match machine.state {
            MachineState::Starting => self.see_started(spec, &there.id, deadline).await,
            MachineState::Running | MachineState::Stopped => Ok(machine),
        }
    }

    async fn make_machine(&self, spec: &MachineSpec, volume: &Owned) -> Result<FlyMachine, Failure> {
        let path = format!("{}/machines", self.app_path());
        let mut call = Call::new(Method::POST, path, Action::MakeMachine, self.app(), "make a machine");
        call.body = Some(json!({
            "name": spec.name,
            "region": volume.found.region,
            "config": self.config(spec),
            "skip_secrets": true,
            "skip_service_registration": true,
        }));
        self.api.call(call).await?.json()
    }

    /// Everything that a machine is: what is not here, it does not have.
    fn config(&self, spec: &MachineSpec) -> Config {
        let mut env = spec.environment.clone();
        env.insert(MACHINE.into(), spec.name.clone());
        env.insert(SESSION_DIR.into(), SESSION_MOUNT.into());
        Config {
            image: self.settings.image.clone(),
            env,
            metadata: labels::of(spec, self.environment.now().as_millis()),
            mounts: vec![MountedVolume { volume: spec.volume_id.clone(), path: SESSION_MOUNT.into() }],
            guest: Some(guest::of(&spec.resources, self.settings.processors)),
            // A token is for one run: what has ended stays so, until we have read how.
            restart: Some(Restart { policy: "no".into() }),
            auto_destroy: false,
            stop_config: Some(StopConfig { signal: "SIGTERM".into(), timeout: format!("{}s", GRACE.as_secs()) }),
            dns: Some(Dns { skip_registration: true }),
        }
    }

    /// What a failed creation leads to.
    fn judge(&self, spec: &MachineSpec, failure: Failure) -> Result<Next, Error> {
        let volume = spec.volume_id.clone();
        // The name is given once: to repeat it finds what was made, or makes it.
        if failure.is_ambiguous() {
            return Ok(Next::Again(failure.into()));
        }
        match failure.meaning() {
            Some(Meaning::NameTaken(Some(id))) => Ok(Next::Adopt(id.clone())),
            Some(Meaning::Claimed(Some(id))) => Ok(Next::Look(id.clone(), failure.clone().into())),
            Some(Meaning::Claimed(None) | Meaning::NotSettled | Meaning::Conflict) => Ok(Next::Again(failure.into())),
            Some(Meaning::VolumeGone) => {
                self.lost.add(&volume);
                Err(Error::VolumeLost { volume, what: "Fly has deleted it, though it still shows it".into() })
            }
            Some(Meaning::HostFull | Meaning::RegionFull) => {
                Err(Error::VolumeStuck { volume, what: Error::from(failure).to_string() })
            }
            _ => Err(failure.into()),
        }
    }

    /// Until its program runs, or has ended. One that never gets so far is removed, so that the next attempt has a chance.
    async fn see_started(&self, spec: &MachineSpec, id: &str, deadline: Deadline) -> Result<Machine, Error> {
        let begun = |found: &FlyMachine| !is_on_its_way(found);
        let nudge = self.deadline(NUDGE_AFTER.min(self.left(deadline)));
        let mut found = self.wait_for(id, SETTLED, nudge, begun).await?;
        while let Some(waiting) = found.as_ref().filter(|found| is_on_its_way(found)) {
            if self.left(deadline).is_zero() {
                return self.give_up(spec, waiting).await;
            }
            if waiting.state == MachineWord::Created {
                self.tell_to_start(id).await?;
            }
            let next = self.deadline(NUDGE_AFTER.min(self.left(deadline)));
            found = self.wait_for(id, SETTLED, next, begun).await?;
        }
        let gone =
            || retryable(format!("machine `{}` was made on Fly, and is gone: it could not be launched", spec.name));
        found.as_ref().and_then(look::machine).ok_or_else(gone)
    }

    /// While it settles Fly refuses that, which is no failure.
    async fn tell_to_start(&self, id: &str) -> Result<(), Error> {
        let path = format!("{}/machines/{id}/start", self.app_path());
        let call = Call::new(Method::POST, path, Action::StartMachine, id, format!("start machine `{id}`"));
        match self.api.call(call).await {
            Err(failure) if !failure.is_ambiguous() => match failure.meaning() {
                Some(
                    Meaning::NotSettled | Meaning::Conflict | Meaning::Leased | Meaning::Missing | Meaning::HostFull,
                )
                | None => Ok(()),
                Some(_) => Err(failure.into()),
            },
            _told => Ok(()),
        }
    }

    async fn give_up(&self, spec: &MachineSpec, found: &FlyMachine) -> Result<Machine, Error> {
        let state = found.state.to_string();
        if found.state == MachineWord::Starting {
            // It may well get there; the supervisor waits for its worker.
            return look::machine(found).ok_or_else(|| retryable(format!("machine `{}` cannot be read", spec.name)));
        }
        self.destroy(&found.id).await?;
        let seconds = START_MAX.as_secs();
        Err(retryable(format!(
            "machine `{}` was stuck as `{state}` on Fly for {seconds} s, and was removed",
            spec.name
        )))
    }
}

/// What follows a creation that failed.
enum Next {
    /// The machine of that id has the name.
    Adopt(String),
    /// The machine of that id may have the volume still.
    Look(String, Error),
    /// Try again, unless there is no time left.
    Again(Error),
}

fn is_on_its_way(found: &FlyMachine) -> bool {
    look::machine(found).is_none_or(|machine| machine.state == MachineState::Starting)
        && found.state != MachineWord::Destroyed
}
