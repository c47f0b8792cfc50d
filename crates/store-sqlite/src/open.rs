use crate::{OpenError, committer::Committer, lock::OwnerLock, lock::private, migrate};
use environment::Environment;
use sqlx::{
    ConnectOptions, Connection, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::Mutex;

/// Readers: pages, loads and checks beside the writer.
const READERS: u32 = 4;
/// Of every connection: pages in the WAL before a commit checkpoints it (4,000, or 16 MB, measured as fast as more); page
/// cache in KiB (negative: SQLite's way to say KiB; 2 MB measured enough).
pub(crate) const PRAGMAS: [(&str, &str); 3] =
    [("wal_autocheckpoint", "4000"), ("cache_size", "-2048"), ("temp_store", "MEMORY")];
/// A reader never waits for the writer in WAL mode, nor the other way; this covers checkpoints.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The store on one SQLite file. Dropping it gives the file free for another supervisor.
#[derive(Debug)]
pub struct SqliteStore {
    /// Writes what lies beside the workflows.
    pub(crate) writer: Arc<Mutex<SqliteConnection>>,
    pub(crate) readers: SqlitePool,
    pub(crate) committer: Committer,
    pub(crate) environment: Environment,
    _lock: OwnerLock,
}

impl SqliteStore {
    /// Opens the database, and makes or migrates it.
    ///
    /// # Errors
    /// [`OpenError`]: in use by another supervisor, written by a newer program, or SQLite failed.
    pub async fn open(path: impl AsRef<Path>, environment: Environment) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let lock = OwnerLock::take(path)?;
        private().open(path).map_err(|source| OpenError::File { path: path.to_owned(), source })?;
        let failed = |source: sqlx::Error| OpenError::Sqlite { path: path.to_owned(), source: source.into() };
        let mut connection = options(path).connect().await.map_err(failed)?;
        prepare(&mut connection, path, &environment).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options(path).read_only(true))
            .await
            .map_err(failed)?;
        let writer = Arc::new(Mutex::new(connection));
        let committer = Committer::start(path, Arc::clone(&writer))
            .map_err(|source| OpenError::Sqlite { path: path.to_owned(), source })?;
        Ok(Self { writer, readers, committer, environment, _lock: lock })
    }

    /// Closes all connections; what was committed is durable with or without it.
    pub async fn close(self) {
        self.readers.close().await;
        drop(self.committer);
        // The thread held the other one, and is over.
        if let Some(writer) = Arc::into_inner(self.writer) {
            let _ = writer.into_inner().close().await;
        }
    }
}

pub(crate) fn options(path: &Path) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .page_size(4096)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging();
    PRAGMAS.into_iter().fold(options, |options, (name, value)| options.pragma(name, value))
}

async fn prepare(connection: &mut SqliteConnection, path: &Path, environment: &Environment) -> Result<(), OpenError> {
    let path: PathBuf = path.to_owned();
    match migrate::run(connection, environment.now()).await {
        Ok(()) => Ok(()),
        Err(migrate::Fault::Newer { found, known }) => Err(OpenError::Newer { path, found, known }),
        Err(migrate::Fault::Sqlite(source)) => Err(OpenError::Sqlite { path, source: source.into() }),
    }
}
