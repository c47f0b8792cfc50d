//! What SQLite reports, as what the engine can act on.

use engine::{CommitError, StoreError};
use rusqlite::{
    ErrorCode,
    ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE},
};
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
        source: Cause,
    },
}

/// What a library over SQLite said.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

pub(crate) fn store(error: sqlx::Error) -> StoreError {
    StoreError(error.to_string())
}

pub(crate) fn commit(error: &rusqlite::Error) -> CommitError {
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        return CommitError::Failed(error.to_string());
    };
    let message = message.clone().unwrap_or_else(|| failure.to_string());
    match (failure.code, failure.extended_code) {
        (_, SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY) => CommitError::Conflict(message),
        (ErrorCode::DiskFull, _) => CommitError::Full(message),
        (_, code) => CommitError::Failed(format!("{message} (SQLite code {code})")),
    }
}
