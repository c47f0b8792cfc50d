//! Starting a machine: decide and record under the lock, then spawn.

use super::{
    Inner, blocking, cgroup, failed,
    files::{self, RootLock},
    layout::Layout,
    record::MachineRecord,
    volume,
};
use crate::{
    Error, Machine, MachineSpec,
    names::{check_machine_name, check_volume_name},
};

/// What was found under the name.
pub enum Prepared {
    /// It was begun already: adopted, never started twice.
    There(MachineRecord),
    /// Its intent is durable now.
    Fresh(MachineRecord),
}

impl Inner {
    pub async fn start(&self, spec: &MachineSpec) -> Result<Machine, Error> {
        check_machine_name(&spec.name)?;
        check_volume_name(&spec.volume_id)?;
        let _alone = self.starting.lock().await;
        self.settle_others(spec).await?;
        let mark = self.environment.random_id();
        let fresh = MachineRecord {
            name: spec.name.clone(),
            labels: spec.labels.clone(),
            volume: spec.volume_id.clone(),
            resources: spec.resources,
            created_at_ms: self.environment.now().as_millis(),
            cgroups: self.host.groups(&format!("longshore-{mark}")),
            mark,
            revoked: false,
        };
        let layout = self.layout.clone();
        let record = match blocking(move || prepare(&layout, fresh)).await? {
            Prepared::There(record) => record,
            Prepared::Fresh(record) => {
                self.spawn(spec, &record).await?;
                record
            }
        };
        let state = self.state(&record).await?;
        Ok(record.machine(state))
    }

    /// A machine whose keeper was killed does not hold its volume for ever: it is ended here, if it can be.
    async fn settle_others(&self, spec: &MachineSpec) -> Result<(), Error> {
        let layout = self.layout.clone();
        for other in blocking(move || volume::machine_records(&layout)).await? {
            if other.volume == spec.volume_id && other.name != spec.name {
                match self.state(&other).await {
                    // Not ended: what follows will refuse.
                    Ok(_) | Err(Error::Unconfirmed { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }
}

/// Records the intent, unless the name is taken or the volume is.
fn prepare(layout: &Layout, fresh: MachineRecord) -> Result<Prepared, Error> {
    let _lock = RootLock::take(&layout.lock()).map_err(failed("the root cannot be locked"))?;
    let dir = layout.machine(&fresh.name);
    let unreadable = failed("the machine's record cannot be read");
    if let Some(record) = files::read::<MachineRecord>(&dir.record()).map_err(&unreadable)? {
        adoptable(&record, &fresh)?;
        // Without a keeper it never began: an earlier supervisor was killed in the middle of this. The new mark makes
        // that one's keeper, should it still come, find its order stale.
        if record.revoked || dir.keeper().exists() || dir.ended().exists() {
            return Ok(Prepared::There(record));
        }
        cgroup::remove(&record.cgroups);
    }
    let volume = volume::read(layout, &fresh.volume)?;
    if volume.is_none_or(|volume| volume.labels.deployment != fresh.labels.deployment) {
        return Err(Error::Permanent { what: format!("volume `{}` is not there; create it first", fresh.volume) });
    }
    for other in volume::machine_records(layout)? {
        if other.volume == fresh.volume && other.name != fresh.name && !layout.machine(&other.name).ended().exists() {
            return Err(Error::InUse { volume: fresh.volume, machine: other.name });
        }
    }
    let unwritten = failed("the machine cannot be recorded");
    files::create_private_dir(&dir.0).map_err(&unwritten)?;
    files::sync_parent(&dir.0).map_err(&unwritten)?;
    files::write_durably(&dir.record(), &fresh).map_err(&unwritten)?;
    Ok(Prepared::Fresh(fresh))
}

/// The operation is not compared: a repeated start may come from another action of the same run.
fn adoptable(there: &MachineRecord, wanted: &MachineRecord) -> Result<(), Error> {
    let owner = |record: &MachineRecord| {
        (record.labels.deployment.clone(), record.labels.workflow.clone(), record.labels.run, record.volume.clone())
    };
    if owner(there) == owner(wanted) {
        return Ok(());
    }
    Err(Error::Permanent { what: format!("machine name `{}` is taken by another run", wanted.name) })
}
