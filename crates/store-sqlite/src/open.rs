use crate::{OpenError, chunks::Statements, code::Codes, lock::OwnerLock, lock::private, migrate, writer::Writer};
use environment::Environment;
use sqlx::{
    ConnectOptions, Connection, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::Mutex;

/// Readers: pages, loads and checks beside the writer.
const READERS: u32 = 4;
/// Pages in the WAL before a commit checkpoints it; 4,000 (16 MB) measured as fast as more.
const CHECKPOINT_PAGES: &str = "4000";
/// Page cache per connection in KiB (negative: SQLite's way to say KiB). 2 MB measured enough.
const CACHE_KIB: &str = "-2048";
/// A reader never waits for the writer in WAL mode, nor the other way; this covers checkpoints.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The store on one SQLite file. Dropping it gives the file free for another supervisor.
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) writer: Mutex<Writer>,
    pub(crate) readers: SqlitePool,
    pub(crate) statements: Statements,
    pub(crate) codes: Codes,
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
        let failed = |source| OpenError::Sqlite { path: path.to_owned(), source };
        let mut connection = options(path).connect().await.map_err(failed)?;
        prepare(&mut connection, path, &environment).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options(path).read_only(true))
            .await
            .map_err(failed)?;
        let codes = Codes::read(&mut connection).await.map_err(failed)?;
        Ok(Self {
            writer: Mutex::new(Writer::new(connection)),
            readers,
            statements: Statements::new(),
            codes,
            environment,
            _lock: lock,
        })
    }

    /// Closes all connections; what was committed is durable with or without it.
    pub async fn close(self) {
        self.readers.close().await;
        let _ = self.writer.into_inner().into_connection().close().await;
    }
}

pub(crate) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .page_size(4096)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("cache_size", CACHE_KIB)
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

async fn prepare(connection: &mut SqliteConnection, path: &Path, environment: &Environment) -> Result<(), OpenError> {
    let path: PathBuf = path.to_owned();
    match migrate::run(connection, environment.now()).await {
        Ok(()) => Ok(()),
        Err(migrate::Fault::Newer { found, known }) => Err(OpenError::Newer { path, found, known }),
        Err(migrate::Fault::Sqlite(source)) => Err(OpenError::Sqlite { path, source }),
    }
}
