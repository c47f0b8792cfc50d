//! Why a benchmark gives no figure.

/// No figure is printed; the sentence says why.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The outcome is not what it must be, so its speed means nothing.
    #[error("no figure, because the outcome is wrong: {0}")]
    Check(String),
    /// The words of the command line do not fit.
    #[error("{0}")]
    Usage(String),
    /// The store does not open.
    #[error(transparent)]
    Open(#[from] store_sqlite::OpenError),
    /// The store on a server does not open.
    #[error(transparent)]
    OpenServer(#[from] store_postgres::OpenError),
    /// The engine does not start.
    #[error(transparent)]
    Start(#[from] engine::StartError),
    /// An event was not accepted.
    #[error("no figure, because an event was not accepted: {0}")]
    Submit(#[from] engine::SubmitError),
    /// A batch was not written.
    #[error("no figure, because a batch was not written: {0}")]
    Commit(#[from] engine::CommitError),
    /// SQLite, asked directly.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL, asked directly.
    #[error("PostgreSQL: {0}")]
    Postgres(#[from] tokio_postgres::Error),
    /// The Docker daemon, asked directly.
    #[error("Docker: {0}")]
    Docker(#[from] bollard::errors::Error),
    /// A file or process.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}
