//! Backups of the configured database, and what a restore makes of one. Both need no supervisor: a backup is taken beside a
//! running one, and what is restored into is used by none.

use crate::{
    config::Config,
    database::{POSTGRES, SQLITE},
    deployment::new_private,
    recovery,
};
use engine::archive::{BackUpError, Counts, Mark, Reader, RestoreError, Restored};
use environment::Environment;
use std::{
    fs::File,
    io::{BufReader, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
};

/// Version of the program, which a backup names.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// Why a backup or restore did not happen; a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration.
    #[error("`database.url` must begin with `sqlite://` or `postgres://`")]
    Address,
    /// The file to write is there.
    #[error("`{0}` is there already; a backup replaces nothing")]
    There(String),
    /// The file failed.
    #[error("`{path}`: {why}")]
    File {
        /// Which.
        path: String,
        /// Why.
        why: std::io::Error,
    },
    /// No backup.
    #[error(transparent)]
    BackUp(#[from] BackUpError),
    /// No restore.
    #[error(transparent)]
    Restore(#[from] RestoreError),
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Rows by table.
    pub rows: Counts,
    /// Bytes of the file.
    pub bytes: u64,
}

enum Place<'a> {
    Sqlite(&'a Path),
    Postgres(&'a str),
}

fn place(config: &Config) -> Result<Place<'_>, Error> {
    let url = config.database.url.reveal();
    if let Some(path) = url.strip_prefix(SQLITE) {
        return Ok(Place::Sqlite(Path::new(path)));
    }
    let postgres = POSTGRES.iter().any(|scheme| url.starts_with(scheme));
    postgres.then_some(Place::Postgres(url)).ok_or(Error::Address)
}

/// Writes a backup to the new file `to`, for its owner alone: it is there whole and durable, or not at all.
///
/// # Errors
/// [`Error`].
pub async fn back_up(config: &Config, environment: &Environment, to: &Path) -> Result<Written, Error> {
    let place = place(config)?;
    if to.exists() {
        return Err(Error::There(to.display().to_string()));
    }
    let part = PathBuf::from(format!("{}.part", to.display()));
    let written = write(place, environment, &part, to).await;
    if written.is_err() {
        let _gone = std::fs::remove_file(&part);
    }
    written
}

async fn write(place: Place<'_>, environment: &Environment, part: &Path, to: &Path) -> Result<Written, Error> {
    let failed = |why| Error::File { path: to.display().to_string(), why };
    let mut file = BufWriter::new(new_private(part).map_err(failed)?);
    let rows = match place {
        Place::Sqlite(path) => store_sqlite::back_up(path, PROGRAM, environment, &mut file).await?,
        Place::Postgres(url) => store_postgres::back_up(url, PROGRAM, environment, &mut file).await?,
    };
    file.flush().map_err(failed)?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    // Nothing is replaced: whoever made a file of that name meanwhile keeps it.
    std::fs::hard_link(part, to).map_err(|why| match why.kind() {
        ErrorKind::AlreadyExists => Error::There(to.display().to_string()),
        _ => failed(why),
    })?;
    std::fs::remove_file(part).map_err(failed)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(Written { rows, bytes })
}

/// Puts the backup `from` into the configured database, which must be empty, and leaves it in recovery.
///
/// # Errors
/// [`Error`]; nothing was restored.
pub async fn restore(config: &Config, environment: &Environment, from: &Path) -> Result<Restored, Error> {
    let place = place(config)?;
    let file = File::open(from).map_err(|why| Error::File { path: from.display().to_string(), why })?;
    let reader = Reader::begin(BufReader::new(file)).map_err(RestoreError::from)?;
    let marks: [Mark; 1] = [recovery::mark(reader.head().taken_at, environment.now())];
    Ok(match place {
        Place::Sqlite(path) => store_sqlite::restore(path, reader, &marks, environment).await?,
        Place::Postgres(url) => store_postgres::restore(url, reader, &marks, environment).await?,
    })
}
