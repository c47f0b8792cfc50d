//! Volumes. Fly gives a name as often as it is asked to, so a creation is not idempotent by itself: what has the name is
//! looked for before, and again afterwards. Of several the one that has a machine is taken, else the oldest; what is deleted
//! is only ever what this very call has made and nobody was told of.

use super::{
    Inner,
    api::Call,
    failure::Failure,
    guest, look,
    name::{self, Said},
    pace::Action,
    refusal::Meaning,
    wire::FlyVolume,
};
use crate::{Error, Labels, Machine, Resources, Volume, VolumeSpec};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

/// How long a region without room is left alone.
const NO_ROOM_PAUSE: Duration = Duration::from_secs(60);
/// Looks for what a call made whose answer was lost, a second apart: a list lags.
const LOOKS: usize = 3;
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long a volume's machine may be gone and the volume not know it, as far as a deletion waits for it.
const DELETE_MAX: Duration = Duration::from_secs(25);

/// A volume of ours.
#[derive(Debug, Clone)]
pub struct Owned {
    pub said: Said,
    pub found: FlyVolume,
}

impl Inner {
    pub async fn create_volume(&self, spec: &VolumeSpec) -> Result<Volume, Error> {
        let full = name::write(&spec.name, &spec.labels)?;
        self.speak_of(&spec.labels.deployment);
        let before = self.named(spec).await?;
        if let Some(there) = choose(before) {
            return Ok(self.volume(there, true));
        }
        let mut full_regions = Vec::new();
        for region in &self.settings.regions {
            match self.make_volume(&full, spec, region).await {
                Ok(made) => return self.settle(spec, made).await,
                Err(failure) if failure.is_ambiguous() => return self.find_made(spec, failure).await,
                Err(failure) => match failure.meaning() {
                    Some(Meaning::RegionFull | Meaning::HostFull | Meaning::Quota) => {
                        full_regions.push((region, failure))
                    }
                    _ => return Err(failure.into()),
                },
            }
        }
        Err(no_room(full_regions))
    }

    pub async fn find_volume(&self, id: &str) -> Result<Option<Volume>, Error> {
        Ok(self.owned_volume(id).await?.map(|owned| self.volume(owned, true)))
    }

    /// The volume of that id, if it is ours and certainly there. One that is deleted is shown for days, and is not there.
    pub async fn owned_volume(&self, id: &str) -> Result<Option<Owned>, Error> {
        if self.lost.has(id) {
            return Ok(None);
        }
        let path = format!("{}/volumes/{id}", self.app_path());
        let call = Call::new(Method::GET, path, Action::LookAtVolume, self.app(), format!("show volume `{id}`"));
        match self.api.call(call).await.and_then(|answer| answer.json::<FlyVolume>()) {
            Ok(found) if found.state.is_going() => Ok(None),
            Ok(found) => Ok(name::read(&found.name).map(|said| Owned { said, found })),
            Err(failure) if matches!(failure.meaning(), Some(Meaning::Missing | Meaning::VolumeGone)) => {
                self.believe(&format!("volume `{id}`"))?;
                Ok(None)
            }
            Err(failure) => Err(failure.into()),
        }
    }

    pub async fn list_volumes(&self, deployment: &str) -> Result<Vec<Volume>, Error> {
        self.speak_of(deployment);
        let mark = name::mark(deployment);
        let listed = self.owned_volumes().await?.into_iter().filter(|owned| owned.said.mark == mark);
        let mut volumes: Vec<_> = listed.map(|owned| self.volume(owned, true)).collect();
        volumes.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(volumes)
    }

    /// Ids of the machines that have the deployment's volumes.
    pub async fn attached(&self, deployment: &str) -> Result<Vec<String>, Error> {
        let mark = name::mark(deployment);
        let ours = self.owned_volumes().await?.into_iter().filter(|owned| owned.said.mark == mark);
        let ids = ours.map(|owned| owned.found.attached_machine_id);
        Ok(ids.filter(|id| !id.is_empty()).collect())
    }

    /// Fly lets one machine at a time have a volume, and says which with the volume itself; its list of machines lags.
    pub async fn machines_on(&self, id: &str) -> Result<Vec<Machine>, Error> {
        let Some(owned) = self.owned_volume(id).await? else { return Ok(Vec::new()) };
        self.believe(&format!("what uses volume `{id}`"))?;
        let holder = match owned.found.attached_machine_id.as_str() {
            "" => None,
            machine => self.fly_machine(machine).await?,
        };
        let Some(found) = holder else { return Ok(Vec::new()) };
        let in_use = || Error::InUse { volume: id.to_owned(), machine: found.name.clone() };
        Ok(vec![look::machine(&found).ok_or_else(in_use)?])
    }

    pub async fn delete_volume(&self, id: &str) -> Result<(), Error> {
        let deadline = self.deadline(DELETE_MAX);
        loop {
            // One that is not ours was never ours, or is gone.
            let Some(owned) = self.owned_volume(id).await? else { return Ok(()) };
            self.believe(&format!("what uses volume `{id}`"))?;
            let holder = match owned.found.attached_machine_id.as_str() {
                "" => None,
                machine => self.fly_machine(machine).await?,
            };
            if let Some(holder) = holder {
                return Err(Error::InUse { volume: id.to_owned(), machine: holder.name });
            }
            let failure = match self.remove_volume(id).await {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            // Still bound to a machine that is gone; or deleted, and the answer was lost: the next look says.
            let again = failure.is_ambiguous() || matches!(failure.meaning(), Some(Meaning::Claimed(_)));
            if !again || self.left(deadline).is_zero() {
                return Err(failure.into());
            }
            self.environment.sleep(LOOK_AGAIN).await;
        }
    }

    async fn remove_volume(&self, id: &str) -> Result<(), Failure> {
        let path = format!("{}/volumes/{id}", self.app_path());
        let call = Call::new(Method::DELETE, path, Action::DeleteVolume, self.app(), format!("delete volume `{id}`"));
        match self.api.call(call).await {
            Err(failure) if failure.meaning() != Some(&Meaning::Missing) => Err(failure),
            _gone => {
                self.lost.add(id);
                Ok(())
            }
        }
    }

    /// With `compute` Fly picks a host that has room for the machine, too. No backups: a lost volume is seeded from the last
    /// checkpoint, which is newer than a daily snapshot.
    async fn make_volume(&self, full: &str, spec: &VolumeSpec, region: &str) -> Result<Owned, Failure> {
        let path = format!("{}/volumes", self.app_path());
        let mut call =
            Call::new(Method::POST, path, Action::MakeVolume, self.app(), format!("make a volume in {region}"));
        call.body = Some(json!({
            "name": full,
            "region": region,
            "size_gb": spec.size_gib,
            "encrypted": true,
            "fstype": "ext4",
            "require_unique_zone": false,
            "auto_backup_enabled": false,
            "compute": guest::of(&Resources::default(), self.settings.processors),
            "compute_image": self.settings.image,
        }));
        let found: FlyVolume = self.api.call(call).await?.json()?;
        let said = name::read(&found.name).filter(|_| found.name == full);
        said.map(|said| Owned { said, found }).ok_or_else(|| Failure::Lost {
            what: format!("Fly was asked for a volume `{full}` and answered with another one"),
            maybe_done: true,
        })
    }

    /// After a creation: an attempt before this one may have made one, too, or a list may have kept one from us.
    async fn settle(&self, spec: &VolumeSpec, made: Owned) -> Result<Volume, Error> {
        let id = made.found.id.clone();
        let mut all = self.named(spec).await.unwrap_or_default();
        if !all.iter().any(|owned| owned.found.id == id) {
            all.push(made.clone());
        }
        let chosen = choose(all).unwrap_or(made);
        if chosen.found.id == id {
            return Ok(self.volume(chosen, false));
        }
        tracing::warn!(volume = chosen.found.id, surplus = id, "a volume of that name was there before: it is used");
        if let Err(failure) = self.remove_volume(&id).await {
            tracing::warn!(volume = id, error = %Error::from(failure), "a volume too many was not deleted");
        }
        Ok(self.volume(chosen, true))
    }

    /// After a creation whose answer was lost.
    async fn find_made(&self, spec: &VolumeSpec, failure: Failure) -> Result<Volume, Error> {
        for _ in 0..LOOKS {
            self.environment.sleep(LOOK_AGAIN).await;
            if let Some(there) = choose(self.named(spec).await?) {
                return Ok(self.volume(there, false));
            }
        }
        Err(failure.into())
    }

    /// Those of that name, if they are of that owner.
    async fn named(&self, spec: &VolumeSpec) -> Result<Vec<Owned>, Error> {
        let mut named = self.owned_volumes().await?;
        named.retain(|owned| owned.said.name == spec.name);
        if named.iter().all(|owned| owned.said.is_of(&spec.labels)) {
            return Ok(named);
        }
        Err(Error::Permanent { what: format!("volume `{}` belongs to another workflow or deployment", spec.name) })
    }

    async fn owned_volumes(&self) -> Result<Vec<Owned>, Error> {
        let path = format!("{}/volumes", self.app_path());
        let call = Call::new(Method::GET, path, Action::ListVolumes, self.app(), "list volumes");
        let listed: Vec<FlyVolume> = self.list(call).await?;
        self.believe("what is not in a list of volumes")?;
        let there = listed.into_iter().filter(|found| !found.state.is_going() && !self.lost.has(&found.id));
        Ok(there.filter_map(|found| Some(Owned { said: name::read(&found.name)?, found })).collect())
    }

    fn volume(&self, Owned { said, found }: Owned, adopted: bool) -> Volume {
        let labels = Labels {
            deployment: self.deployments.of(&said.mark),
            workflow: said.workflow,
            run: 0,
            operation: String::new(),
        };
        let created_at_ms = millis(&found.created_at);
        Volume { id: found.id, name: said.name, labels, created_at_ms, adopted }
    }

    fn speak_of(&self, deployment: &str) {
        self.deployments.spoken_of(name::mark(deployment), deployment);
    }
}

/// Which of several of one name and owner: the same whoever asks.
fn choose(all: Vec<Owned>) -> Option<Owned> {
    all.into_iter().min_by_key(|Owned { found, .. }| {
        (found.attached_machine_id.is_empty(), millis(&found.created_at), found.id.clone())
    })
}

/// Unix milliseconds. A volume whose age cannot be read has none yet, so that no janitor takes it for old.
fn millis(created_at: &str) -> u64 {
    let time = created_at.parse::<jiff::Timestamp>().ok();
    time.and_then(|time| u64::try_from(time.as_millisecond()).ok()).unwrap_or(u64::MAX)
}

fn no_room(regions: Vec<(&String, Failure)>) -> Error {
    let names = regions.iter().map(|(region, _)| region.as_str()).collect::<Vec<_>>().join(", ");
    match regions.into_iter().next_back() {
        // What Fly says of a quota says what to do.
        Some((_, failure)) if failure.meaning() == Some(&Meaning::Quota) => failure.into(),
        Some((_, failure)) => Error::Retryable {
            what: format!(
                "no Fly region has room for a volume ({names}): name more in `machines.region`: {}",
                Error::from(failure)
            ),
            retry_after: Some(NO_ROOM_PAUSE),
        },
        None => look::retryable("no Fly region is named".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(id: &str, created_at: &str, machine: &str) -> Owned {
        let labels = Labels { deployment: "d".into(), workflow: "wf_1".into(), run: 0, operation: String::new() };
        let full = name::write("x", &labels).unwrap();
        let found = FlyVolume {
            id: id.into(),
            name: full.clone(),
            created_at: created_at.into(),
            attached_machine_id: machine.into(),
            ..FlyVolume::default()
        };
        Owned { said: name::read(&full).unwrap(), found }
    }

    #[test]
    fn of_two_the_one_with_a_machine_is_taken_and_else_the_oldest() {
        let (old, new) = (owned("vol_b", "2026-11-20T10:00:00Z", ""), owned("vol_a", "2026-11-20T10:00:00.5Z", ""));
        let chosen = |all: &[&Owned]| choose(all.iter().map(|owned| (*owned).clone()).collect()).unwrap().found.id;
        assert_eq!(chosen(&[&new, &old]), "vol_b");
        assert_eq!(chosen(&[&old, &new]), "vol_b");
        let used = owned("vol_c", "2026-11-20T11:00:00Z", "148e");
        assert_eq!(chosen(&[&old, &used, &new]), "vol_c");
        assert!(choose(vec![]).is_none());
    }

    #[test]
    fn an_age_that_cannot_be_read_is_none() {
        assert_eq!(millis("2026-11-20T10:00:00Z"), 1_795_168_800_000);
        assert_eq!(millis("yesterday"), u64::MAX);
    }
}
