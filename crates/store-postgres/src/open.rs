use crate::{OpenError, committer::Committer, connect::Address, migrate, server, share::Share};
use environment::Environment;
use sqlx::{Connection, PgConnection, PgPool};

/// The engine's reads: loads and what people ask.
pub(crate) const READERS: u32 = 4;
/// What lies beside the workflows: read and written by webhooks, workers and pages at once.
pub(crate) const BESIDE: u32 = 6;

/// The store on one PostgreSQL database. Dropping it gives the database free for another supervisor.
#[derive(Debug)]
pub struct PostgresStore {
    /// `None`: it only reads; commits are refused.
    pub(crate) committer: Option<Committer>,
    /// The rows that it is about.
    pub(crate) share: Share,
    pub(crate) readers: PgPool,
    pub(crate) beside: PgPool,
    pub(crate) environment: Environment,
}

impl PostgresStore {
    /// Connects to `postgres://…`, makes or migrates the tables, and takes the database for this supervisor.
    ///
    /// # Errors
    /// [`OpenError`]: not reachable, not fit for what is kept in it, in use by another supervisor, or written by a newer
    /// program.
    pub async fn open(url: &str, environment: Environment) -> Result<Self, OpenError> {
        let who = who();
        let address = Address::parse(url, &format!("longshore, {who}"))?;
        let _ = prepared(&address, &environment).await?.close().await;
        let committer = Committer::take(&address, &environment, &who).await?;
        let (readers, beside) = (address.pool(READERS), address.pool(BESIDE));
        Ok(Self { committer: Some(committer), share: Share::ALL, readers, beside, environment })
    }

    /// Closes all connections; what was committed is durable with or without it.
    pub async fn close(self) {
        self.readers.close().await;
        self.beside.close().await;
        if let Some(committer) = self.committer {
            committer.close().await;
        }
    }
}

/// A connection to a database that is fit and has the newest schema.
pub(crate) async fn prepared(address: &Address, environment: &Environment) -> Result<PgConnection, OpenError> {
    let mut connection = address.plain(environment).await.map_err(|error| address.unreachable(&error))?;
    server::check(&mut connection, address).await?;
    prepare(&mut connection, address, environment).await?;
    Ok(connection)
}

async fn prepare(connection: &mut PgConnection, address: &Address, environment: &Environment) -> Result<(), OpenError> {
    match migrate::run(connection, environment.now()).await {
        Ok(()) => Ok(()),
        Err(migrate::Fault::Newer { found, known }) => {
            Err(OpenError::Newer { place: address.place.clone(), found, known })
        }
        Err(migrate::Fault::Database(error)) => Err(address.failed(&error)),
    }
}

/// This process, for the sentence that another one is refused with.
pub(crate) fn who() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = if host.trim().is_empty() { "unknown host" } else { host.trim() };
    format!("pid {} on {host}", std::process::id())
}
