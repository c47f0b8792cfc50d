use super::beat::Pulse;
use crate::{
    OpenError, PostgresStore,
    code::Codes,
    connect::Address,
    open::{BESIDE, READERS, prepared, who},
    ownership::partitions,
    share::Share,
};
use environment::Environment;
use sqlx::{Connection, PgConnection, PgPool};
use std::sync::Arc;

/// Partitions of a new database: two, three, four and six nodes have equal shares.
const PARTITIONS: u16 = 12;
/// What a node asks beside commits and reads: its inbox, grants, claims.
const CALLS: u32 = 4;

/// A database that several supervisors share; clones are the same node.
#[derive(Debug, Clone)]
pub struct PostgresShared {
    pub(super) address: Address,
    pub(super) environment: Environment,
    pub(super) partitions: u16,
    pub(super) codes: Arc<Codes>,
    pub(super) calls: PgPool,
    pub(super) pulse: Arc<Pulse>,
    readers: PgPool,
    beside: PgPool,
}

impl PostgresShared {
    /// Connects to `postgres://…` and makes or migrates the tables.
    /// A database that one supervisor has written alone stays whole: it has one partition, which one node at a time owns.
    ///
    /// # Errors
    /// [`OpenError`]: not reachable, not fit for what is kept in it, owned by one supervisor alone, or written by a newer
    /// program.
    pub async fn open(url: &str, environment: Environment) -> Result<Self, OpenError> {
        Self::open_divided(url, environment, PARTITIONS).await
    }

    /// The same; a new database is divided into so many partitions, each of which commits on a connection of its own.
    /// With few of them batches are larger, with many of them many nodes have equal shares. One that is divided stays as
    /// it is.
    ///
    /// # Errors
    /// As [`PostgresShared::open`].
    pub async fn open_divided(url: &str, environment: Environment, partitions: u16) -> Result<Self, OpenError> {
        let address = Address::parse(url, &format!("longshore, {}", who()))?;
        let mut connection = prepared(&address, &environment).await?;
        // Before anything is divided: one that owns the database alone would not know of it.
        let pulse = Arc::new(Pulse::default());
        pulse.begin(&address, &environment).await?;
        let failed = |error| address.failed(&error);
        let partitions = divide(&mut connection, partitions).await.map_err(failed)?;
        let codes = Arc::new(Codes::read(&mut connection).await.map_err(failed)?);
        let _ = connection.close().await;
        let (calls, readers, beside) = (address.pool(CALLS), address.pool(READERS), address.pool(BESIDE));
        Ok(Self { partitions, codes, calls, pulse, readers, beside, address, environment })
    }

    /// Reads of all workflows, and everything that lies beside them; it commits nothing.
    pub fn everything(&self) -> PostgresStore {
        let (readers, beside) = (self.readers.clone(), self.beside.clone());
        PostgresStore { committer: None, share: Share::ALL, readers, beside, environment: self.environment.clone() }
    }

    /// What the other nodes may know of this one, from the next beat on.
    pub fn tell_about(&self, about: &serde_json::Value) {
        self.pulse.tell_about(about.to_string());
    }

    /// What the nodes that are alive say about themselves; this one is among them once it has joined.
    ///
    /// # Errors
    /// The database failed.
    pub async fn nodes(&self, lease_ms: u64) -> Result<Vec<serde_json::Value>, engine::StoreError> {
        super::beat::nodes(&self.calls, lease_ms).await.map_err(crate::error::store)
    }
}

/// Names the lock of dividing among all advisory locks of this database: "divide it" read as a number.
const DIVIDING: i64 = 0x6469_7669_6465_2069;

/// Makes the partitions if there are none, and counts them.
async fn divide(connection: &mut PgConnection, into: u16) -> Result<u16, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    // Nodes that begin at once take turns. Not by a lock on a table, for which those that work already would wait.
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", DIVIDING).execute(&mut *transaction).await?;
    let mut count = partitions(&mut transaction).await?;
    if count == 0 {
        let leases = sqlx::query!(
            "INSERT INTO lease (partition, lease_until, outside_until) SELECT n, 0, 0 FROM generate_series(0, \
             CASE WHEN EXISTS (SELECT FROM workflow) THEN 0 ELSE $1::integer - 1 END) AS n",
            i32::from(into.max(1))
        );
        leases.execute(&mut *transaction).await?;
        let fences = sqlx::query!(
            "INSERT INTO fence (partition, epoch, owner, taken_at) SELECT partition, 0, '', 0 FROM lease \
             ON CONFLICT (partition) DO NOTHING"
        );
        fences.execute(&mut *transaction).await?;
        count = partitions(&mut transaction).await?;
    }
    transaction.commit().await?;
    u16::try_from(count).map_err(|_| sqlx::Error::Protocol(format!("{count} partitions are too many")))
}
