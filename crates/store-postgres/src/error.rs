//! What PostgreSQL reports, as what the engine can act on.

use engine::{CommitError, StoreError};

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address cannot be read.
    #[error(
        "`database.url` is not an address of a PostgreSQL database: {0}; one looks like `postgres://user@host/database`"
    )]
    Address(String),
    /// Nobody answers, or not to us.
    #[error("cannot reach {place}: {why}")]
    Unreachable {
        /// Host and database.
        place: String,
        /// Why.
        why: String,
    },
    /// It answers, but what was acknowledged would not be safe with it, or it does not know what we say.
    #[error("{place} cannot be used: {why}")]
    Unfit {
        /// Host and database.
        place: String,
        /// Why, and what to do.
        why: String,
    },
    /// Another supervisor owns it (E8).
    #[error("{place} is in use by another supervisor ({owner}); stop it first, or give this one its own database")]
    InUse {
        /// Host and database.
        place: String,
        /// Who.
        owner: String,
    },
    /// Several supervisors share it.
    #[error("{place} is divided into {partitions} partitions for several supervisors; none can own it alone any more")]
    Divided {
        /// Host and database.
        place: String,
        /// How many.
        partitions: i64,
    },
    /// A newer program wrote it.
    #[error(
        "{place} has schema version {found}, this program knows {known}; start the newer program, or restore a backup"
    )]
    Newer {
        /// Host and database.
        place: String,
        /// Its version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// A statement failed.
    #[error("cannot open {place}: {why}")]
    Failed {
        /// Host and database.
        place: String,
        /// Why.
        why: String,
    },
}

/// What an owner is told whose place another one took.
pub(crate) const FENCED: &str =
    "another supervisor has taken this database over; this one writes nothing any more and must be stopped";

/// SQLSTATE of a full disk.
const DISK_FULL: &str = "53100";

pub(crate) fn store(error: sqlx::Error) -> StoreError {
    StoreError(words(&error))
}

pub(crate) fn commit(error: &sqlx::Error) -> CommitError {
    let Some(database) = error.as_database_error() else { return CommitError::Failed(words(error)) };
    if database.is_unique_violation() {
        return CommitError::Conflict(words(error));
    }
    if database.code().as_deref() == Some(DISK_FULL) {
        return CommitError::Full(words(error));
    }
    CommitError::Failed(words(error))
}

/// The message with its SQLSTATE, by which an operator finds it in the manual.
pub(crate) fn words(error: &sqlx::Error) -> String {
    match error.as_database_error() {
        Some(database) => match database.code() {
            Some(code) => format!("{} (PostgreSQL {code})", database.message()),
            None => database.message().to_owned(),
        },
        None => error.to_string(),
    }
}

/// Whether the statement is known to have written nothing: the server itself refused it. After anything else (a lost
/// connection, no answer in time) it may have been carried out, or may still be.
pub(crate) fn nothing_was_written(error: &sqlx::Error) -> bool {
    // Class 57P: the server ends our session; 08: the connection failed. A commit may have come before.
    let ends = |code: &str| code.starts_with("57P") || code.starts_with("08");
    error.as_database_error().is_some_and(|database| database.code().is_some_and(|code| !ends(&code)))
}
