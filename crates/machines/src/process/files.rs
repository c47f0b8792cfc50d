//! Small durable files: written whole, renamed into place, synced with their folder.

use serde::{Serialize, de::DeserializeOwned};
use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{ErrorKind, Result, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// Makes `path` and what is above it, for this user alone.
pub fn create_private_dir(path: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes `value` the content of `path`, durably: a reader sees the old content or the new one.
pub fn write_durably<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let temporary = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(&serde_json::to_vec_pretty(value)?)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    sync_parent(path)
}

/// The content of `path`; `None` if there is no such file.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes what happened in the folder of `path` durable.
pub fn sync_parent(path: &Path) -> Result<()> {
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

/// Whether the result says "it is not there".
pub fn missing_is_fine(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The lock of a root: whoever reads records in order to change them holds it. Dropping it unlocks.
///
/// A lock on a file and not in memory, because keepers and a second driver on the same root take it too.
#[derive(Debug)]
pub struct RootLock(#[expect(dead_code, reason = "held for its drop")] File);

impl RootLock {
    /// Waits for the lock. It is held for a few file operations only.
    pub fn take(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)?;
        Ok(Self(file))
    }
}
