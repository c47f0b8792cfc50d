//! Where things lie below the driver's root.
//!
//! Records lie beside a volume, never in it: what a machine can write is hostile.

use std::path::{Path, PathBuf};

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
