//! `meta.json`: whose volume this is, and which run was on it last.

use super::{Error, read_bounded, write_durably};
use serde::{Deserialize, Serialize};
use std::{io, path::Path};

/// Name of the file at the root of the volume.
const NAME: &str = "meta.json";
/// It holds three short values.
const BYTES_MAX: u64 = 4 * 1024;

/// What `meta.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) deployment: String,
    pub(crate) workflow: String,
    pub(crate) last_run: u32,
}

impl Meta {
    /// What the volume says of itself; none for a new one.
    pub(crate) fn read(root: &Path) -> Result<Option<Self>, Error> {
        match read_bounded(&root.join(NAME), BYTES_MAX) {
            Ok(None) => Ok(None),
            Ok(Some(text)) => serde_json::from_slice(&text).map(Some).map_err(|error| Error::Meta(error.to_string())),
            Err(error) => Err(Error::Meta(error.to_string())),
        }
    }

    pub(crate) fn write(&self, root: &Path) -> io::Result<()> {
        write_durably(root, NAME, &serde_json::to_vec(self)?)
    }
}
