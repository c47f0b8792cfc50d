//! What really happened, whatever was answered: the evidence for "never two machines that can write one volume" and
//! "nothing is left".

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Unix milliseconds, of the stand-in's clock.
    pub at_ms: u64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened. `machine` and `volume` are ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// An app was made.
    AppCreated { app: String },
    /// An app was deleted, with all that was in it.
    AppDeleted { app: String },
    /// A volume was made.
    VolumeCreated { volume: String, name: String, app: String },
    /// A volume was deleted; its data is gone.
    VolumeDeleted { volume: String },
    /// A machine was made; nothing of it runs yet.
    MachineCreated { machine: String, name: String, app: String, volume: Option<String> },
    /// Its program began: from here on it can write its volume.
    ProgramStarted { machine: String, volume: Option<String> },
    /// Its program ended: from here on it cannot.
    ProgramEnded { machine: String, exit_code: Option<i32>, requested: bool },
    /// A machine was destroyed.
    MachineDestroyed { machine: String },
    /// A host was lost or came back.
    HostChanged { host: String, reachable: bool },
}

/// Each moment at which two programs could write one volume, or one could write a volume that is deleted, as a sentence.
pub fn violations(audit: &[Entry]) -> Vec<String> {
    let mut writers: BTreeMap<&str, &str> = BTreeMap::new();
    let mut deleted: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for entry in audit {
        match &entry.what {
            What::ProgramStarted { machine, volume: Some(volume) } => {
                if let Some(other) = writers.insert(volume, machine) {
                    found.push(format!("{}: machine {machine} started on {volume}, which {other} writes", entry.at_ms));
                }
                if deleted.contains(&volume.as_str()) {
                    found.push(format!("{}: machine {machine} started on {volume}, which is deleted", entry.at_ms));
                }
            }
            What::ProgramEnded { machine, .. } => writers.retain(|_, writer| writer != machine),
            What::VolumeDeleted { volume } => {
                if let Some(writer) = writers.get(volume.as_str()) {
                    found.push(format!("{}: {volume} was deleted while {writer} wrote it", entry.at_ms));
                }
                deleted.push(volume);
            }
            _ => {}
        }
    }
    found
}

/// Ids of machines and volumes that are there after all of it.
pub fn left(audit: &[Entry]) -> Vec<String> {
    let mut left: Vec<&str> = Vec::new();
    for entry in audit {
        match &entry.what {
            What::MachineCreated { machine, .. } => left.push(machine),
            What::VolumeCreated { volume, .. } => left.push(volume),
            What::MachineDestroyed { machine: gone } | What::VolumeDeleted { volume: gone } => {
                left.retain(|id| id != gone);
            }
            _ => {}
        }
    }
    left.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(at_ms: u64, what: What) -> Entry {
        Entry { at_ms, what }
    }

    fn started(machine: &str) -> What {
        What::ProgramStarted { machine: machine.into(), volume: Some("vol_1".into()) }
    }

    fn ended(machine: &str) -> What {
        What::ProgramEnded { machine: machine.into(), exit_code: None, requested: true }
    }

    #[test]
    fn two_writers_of_one_volume_are_found_and_one_after_the_other_is_none() {
        let well = [at(1, started("a")), at(2, ended("a")), at(3, started("b")), at(4, ended("b"))];
        assert_eq!(violations(&well), Vec::<String>::new());
        let badly = [at(1, started("a")), at(2, started("b")), at(3, ended("a"))];
        assert_eq!(violations(&badly), ["2: machine b started on vol_1, which a writes"]);
    }

    #[test]
    fn a_volume_that_is_deleted_under_its_writer_or_written_afterwards_is_found() {
        let deleted = || What::VolumeDeleted { volume: "vol_1".into() };
        let badly = [at(1, started("a")), at(2, deleted()), at(3, ended("a")), at(4, started("b"))];
        assert_eq!(
            violations(&badly),
            ["2: vol_1 was deleted while a wrote it", "4: machine b started on vol_1, which is deleted"]
        );
    }

    #[test]
    fn what_was_made_and_not_removed_is_left() {
        let volume = What::VolumeCreated { volume: "vol_1".into(), name: "s".into(), app: "w".into() };
        let machine = What::MachineCreated {
            machine: "a".into(),
            name: "m".into(),
            app: "w".into(),
            volume: Some("vol_1".into()),
        };
        let audit = [at(1, volume), at(2, machine), at(3, What::MachineDestroyed { machine: "a".into() })];
        assert_eq!(left(&audit), ["vol_1"]);
    }
}
