//! Volumes: a folder that machines write, and a record beside it that they do not.

use super::{
    failed,
    files::{self, RootLock},
    layout::Layout,
    record::{MachineRecord, VolumeRecord},
};
use crate::{Error, Volume, VolumeSpec, names::check_volume_name};
use environment::Timestamp;
use std::{ffi::OsStr, io::ErrorKind};

/// Makes the volume or adopts the one of that name, if it is the same owner's.
pub fn create(layout: &Layout, spec: &VolumeSpec, now: Timestamp) -> Result<Volume, Error> {
    check_volume_name(&spec.name)?;
    let _lock = RootLock::take(&layout.lock()).map_err(failed("the root cannot be locked"))?;
    let path = layout.volume(&spec.name);
    let there = match std::fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_dir() => true,
        Ok(_) => return refused(format!("`{}` is not a folder; move it away", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => return Err(failed("the volume cannot be looked up")(error)),
    };
    match read(layout, &spec.name)? {
        Some(record) if !same_owner(&record, spec) => {
            return refused(format!("volume `{}` belongs to another workflow or deployment", spec.name));
        }
        Some(record) if there => return Ok(record.volume(true)),
        // A folder without a record is left from a creation that was cut short, and then it is empty.
        None if there && !is_empty(layout, &spec.name)? => {
            return refused(format!("`{}` holds data but nothing says whose; move it away", path.display()));
        }
        Some(_) | None => {}
    }
    if !there {
        files::create_private_dir(&path).map_err(failed("the volume cannot be made"))?;
    }
    let record = VolumeRecord { name: spec.name.clone(), labels: spec.labels.clone(), created_at_ms: now.as_millis() };
    files::write_durably(&layout.volume_record(&spec.name), &record)
        .map_err(failed("the volume cannot be recorded"))?;
    Ok(record.volume(false))
}

/// The volume of that name.
pub fn find(layout: &Layout, name: &str) -> Result<Option<Volume>, Error> {
    Ok(read(layout, name)?.map(|record| record.volume(true)))
}

/// The volumes of a deployment, by name.
pub fn list(layout: &Layout, deployment: &str) -> Result<Vec<Volume>, Error> {
    let unreadable = failed("the volumes cannot be listed");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(layout.volumes()).map_err(&unreadable)? {
        let path = entry.map_err(&unreadable)?.path();
        if path.extension() != Some(OsStr::new("json")) {
            continue;
        }
        // It may have been deleted meanwhile.
        let record: Option<VolumeRecord> = files::read(&path).map_err(&unreadable)?;
        found.extend(record.filter(|record| record.labels.deployment == deployment).map(|record| record.volume(true)));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Moves the volume into the trash under `trash_name` and forgets it, unless a machine has it.
pub fn delete(layout: &Layout, name: &str, trash_name: &str) -> Result<(), Error> {
    let _lock = RootLock::take(&layout.lock()).map_err(failed("the root cannot be locked"))?;
    // Without a record it was never ours, or is gone.
    if read(layout, name)?.is_none() {
        return Ok(());
    }
    if let Some(machine) = machine_records(layout)?.into_iter().find(|machine| machine.volume == name) {
        return Err(Error::InUse { volume: name.to_owned(), machine: machine.name });
    }
    let undone = failed("the volume cannot be deleted");
    files::missing_is_fine(std::fs::rename(layout.volume(name), layout.trash().join(trash_name))).map_err(&undone)?;
    let record = layout.volume_record(name);
    files::missing_is_fine(std::fs::remove_file(&record)).map_err(&undone)?;
    files::sync_parent(&record).map_err(&undone)
}

/// All machines on this root, whoever's they are: a volume is in use whichever deployment uses it.
pub fn machine_records(layout: &Layout) -> Result<Vec<MachineRecord>, Error> {
    let unreadable = failed("the machines cannot be listed");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(layout.machines()).map_err(&unreadable)? {
        let name = entry.map_err(&unreadable)?.file_name();
        if let Some(name) = name.to_str() {
            let record: Option<MachineRecord> = files::read(&layout.machine(name).record()).map_err(&unreadable)?;
            found.extend(record);
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// The record of a volume.
pub fn read(layout: &Layout, name: &str) -> Result<Option<VolumeRecord>, Error> {
    files::read(&layout.volume_record(name)).map_err(failed("the volume's record cannot be read"))
}

/// The operation is not compared: a repeated creation may come from another action of the same workflow.
fn same_owner(record: &VolumeRecord, spec: &VolumeSpec) -> bool {
    record.labels.deployment == spec.labels.deployment && record.labels.workflow == spec.labels.workflow
}

fn is_empty(layout: &Layout, name: &str) -> Result<bool, Error> {
    let mut entries = std::fs::read_dir(layout.volume(name)).map_err(failed("the volume cannot be read"))?;
    Ok(entries.next().is_none())
}

fn refused<T>(what: String) -> Result<T, Error> {
    Err(Error::Permanent { what })
}
