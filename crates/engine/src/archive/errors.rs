/// What is wrong with a file that should be a backup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Something else.
    #[error("this is not a backup that `longshore backup` made")]
    NotABackup,
    /// Of a newer program.
    #[error("the backup has format {found}, this program knows {known}; restore it with the program that made it")]
    NewerFormat {
        /// Its format.
        found: u32,
        /// The newest known here.
        known: u32,
    },
    /// A line is not what it should be.
    #[error("the backup is damaged in line {line}; nothing was restored")]
    Damaged {
        /// Which, from 1.
        line: u64,
    },
    /// Its end is missing.
    #[error("the backup ends in the middle; nothing was restored")]
    Cut,
    /// Its last line counts other rows, or another digest.
    #[error("the backup is not as it was written: rows or digest differ from its last line; nothing was restored")]
    Changed,
    /// The file cannot be read.
    #[error("the backup cannot be read: {0}")]
    Unreadable(String),
}

/// Why no backup was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackUpError {
    /// Nothing is there.
    #[error("there is nothing to back up: {place} holds no database of this program")]
    NoDatabase {
        /// Where.
        place: String,
    },
    /// A newer program wrote it.
    #[error("{place} has schema version {found}, this program knows {known}; take the backup with the newer program")]
    Newer {
        /// Where.
        place: String,
        /// Its version.
        found: i64,
        /// The newest known here.
        known: i64,
    },
    /// The database failed.
    #[error("{place} cannot be read: {why}")]
    Database {
        /// Where.
        place: String,
        /// Why.
        why: String,
    },
    /// The file failed.
    #[error("the backup cannot be written: {0}")]
    Write(String),
}

/// Why nothing was restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The file.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The backup is of a newer schema.
    #[error("the backup has schema version {found}, this program knows {known}; restore it with the newer program")]
    Newer {
        /// Its version.
        found: i64,
        /// The newest known here.
        known: i64,
    },
    /// Something is there already.
    #[error("{place} is not empty; restore into a new one: {hint}")]
    NotEmpty {
        /// Where.
        place: String,
        /// How to get a new one.
        hint: &'static str,
    },
    /// It cannot be opened.
    #[error("{0}")]
    Open(String),
    /// The backup has rows that this database has no place for.
    #[error("the backup holds rows of `{table}` that {place} has no place for: {why}")]
    NoPlace {
        /// Table.
        table: String,
        /// Where.
        place: String,
        /// What is missing.
        why: String,
    },
    /// The database failed.
    #[error("{place} cannot be written: {why}; nothing was restored")]
    Database {
        /// Where.
        place: String,
        /// Why.
        why: String,
    },
}
