//! Where things lie below the driver's root, and which names may become a path.
//!
//! Records lie beside a volume, never in it: what a machine can write is hostile.

use crate::Error;
use std::path::{Path, PathBuf};

/// Length of a volume's name; Fly's bound, kept on every backend so that a session can move.
pub const VOLUME_NAME_MAX: usize = 30;
/// Length of a machine's name: a DNS label, as containers and hosts want it.
pub const MACHINE_NAME_MAX: usize = 63;

/// Paths below one root.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Makes the folders, 0700.
    pub fn create(root: &Path) -> std::io::Result<Self> {
        let absolute = std::path::absolute(root)?;
        let layout = Self { root: absolute };
        for folder in [layout.root.clone(), layout.volumes(), layout.machines(), layout.trash()] {
            super::files::create_private_dir(&folder)?;
        }
        Ok(layout)
    }

    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }
    pub fn volumes(&self) -> PathBuf {
        self.root.join("volumes")
    }
    pub fn machines(&self) -> PathBuf {
        self.root.join("machines")
    }
    pub fn trash(&self) -> PathBuf {
        self.root.join("trash")
    }
    /// The folder a machine writes.
    pub fn volume(&self, name: &str) -> PathBuf {
        self.volumes().join(name)
    }
    pub fn volume_record(&self, name: &str) -> PathBuf {
        self.volumes().join(format!("{name}.json"))
    }
    pub fn machine(&self, name: &str) -> MachineDir {
        MachineDir(self.machines().join(name))
    }
}

/// One machine's folder; only the driver and the keeper write it.
#[derive(Debug, Clone)]
pub struct MachineDir(pub PathBuf);

impl MachineDir {
    /// The driver's intent, durable before the keeper is started.
    pub fn record(&self) -> PathBuf {
        self.0.join("record.json")
    }
    /// Who keeps it, durable before the program is started.
    pub fn keeper(&self) -> PathBuf {
        self.0.join("keeper.json")
    }
    /// How it ended, durable once nothing of it runs.
    pub fn ended(&self) -> PathBuf {
        self.0.join("ended.json")
    }
    pub fn log(&self) -> PathBuf {
        self.0.join("log")
    }
}

/// Whether `name` may be a volume's: also what keeps `..` and `/` out of a path.
pub fn is_volume_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=VOLUME_NAME_MAX).contains(&name.len()) && name.bytes().all(fits)
}

/// Whether `name` may be a machine's.
pub fn is_machine_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    (1..=MACHINE_NAME_MAX).contains(&name.len()) && name.bytes().all(fits)
}

/// Refuses a volume's name that may not be one.
pub fn check_volume_name(name: &str) -> Result<(), Error> {
    if is_volume_name(name) {
        return Ok(());
    }
    let what = format!("volume name {name:?} must be 1 to {VOLUME_NAME_MAX} characters of `[a-z0-9_]`");
    Err(Error::Permanent { what })
}

/// Refuses a machine's name that may not be one.
pub fn check_machine_name(name: &str) -> Result<(), Error> {
    if is_machine_name(name) {
        return Ok(());
    }
    let what = format!("machine name {name:?} must be 1 to {MACHINE_NAME_MAX} characters of `[a-z0-9_-]`");
    Err(Error::Permanent { what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_leave_the_folder_is_refused() {
        for name in ["", "..", "a/b", "a.json", "A", "ä", "a\0", &"a".repeat(31)] {
            assert!(!is_volume_name(name), "{name:?}");
        }
        for name in ["", "..", "a/b", "a.b", &"a".repeat(64)] {
            assert!(!is_machine_name(name), "{name:?}");
        }
        assert!(is_volume_name("pr_8c41f2") && is_machine_name("m-8c41f2-1"));
    }
}
