//! What SQLite reports, as what the engine can act on.

use engine::{CommitError, StoreError};
use std::path::PathBuf;

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process owns it (E8).
    #[error("`{}` is in use by another supervisor (pid {pid}); stop it first, or give this one its own database", path.display())]
    InUse {
        /// The database.
        path: PathBuf,
        /// Whose; `?` if it does not say.
        pid: String,
    },
    /// A file cannot be opened or locked.
    #[error("cannot open `{}`: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A newer program wrote it.
    #[error("`{}` has schema version {found}, this program knows {known}; start the newer program, or restore a backup", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// SQLite failed.
    #[error("cannot open `{}`: {source}", path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// Why.
        source: sqlx::Error,
    },
}

/// Primary result code for a full disk or database.
const FULL: u32 = 13;

pub(crate) fn store(error: sqlx::Error) -> StoreError {
    StoreError(error.to_string())
}

pub(crate) fn commit(error: sqlx::Error) -> CommitError {
    let Some(database) = error.as_database_error() else { return CommitError::Failed(error.to_string()) };
    if database.is_unique_violation() {
        return CommitError::Conflict(database.message().to_owned());
    }
    let code: u32 = database.code().and_then(|code| code.parse().ok()).unwrap_or(0);
    // Extended codes carry the primary one in their lowest byte.
    if code & 0xff == FULL {
        return CommitError::Full(database.message().to_owned());
    }
    CommitError::Failed(format!("{} (SQLite code {code})", database.message()))
}
