//! A node's own word, the renewal of what it owns, and the sight of all others, in one transaction on one connection.

use super::{PostgresShared, epoch_of, span, timed};
use crate::{
    OpenError,
    connect::Address,
    convert::{number, positive},
    error::store,
    ownership,
};
use engine::{
    StoreError,
    cluster::{Beat, ClusterLimits, Fence, PartitionRow},
};
use environment::Environment;
use sqlx::{Connection, PgConnection, PgPool};
use std::sync::PoisonError;
use tokio::sync::Mutex;

/// Nodes that were not heard for so long are forgotten.
const FORGOTTEN_MS: i64 = 3_600_000;

/// Where a node beats. While its session lasts, no supervisor can take the database for itself alone.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// JSON; empty: nothing was said.
    about: std::sync::Mutex<String>,
    connection: Mutex<Option<PgConnection>>,
}

impl Pulse {
    pub fn tell_about(&self, about: String) {
        *self.about.lock().unwrap_or_else(PoisonError::into_inner) = about;
    }

    fn about(&self) -> String {
        self.about.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub async fn begin(&self, address: &Address, environment: &Environment) -> Result<(), OpenError> {
        let connection = address.committing(environment).await;
        let mut connection = connection.map_err(|error| address.unreachable(&error))?;
        if !ownership::join(&mut connection).await.map_err(|error| address.failed(&error))? {
            let owner = ownership::owner(&mut connection).await.map_err(|error| address.failed(&error))?;
            return Err(OpenError::InUse { place: address.place.clone(), owner });
        }
        *self.connection.lock().await = Some(connection);
        Ok(())
    }

    pub async fn beat(
        &self,
        shared: &PostgresShared,
        node: &str,
        held: &[Fence],
        limits: &ClusterLimits,
    ) -> Result<Beat, StoreError> {
        let mut place = self.connection.lock().await;
        // Taken out: should this be given up in the middle, the connection goes with it.
        let mut connection = match place.take() {
            Some(connection) => connection,
            None => self.again(shared).await?,
        };
        let beat = beat(&mut connection, node, &self.about(), held, limits).await.map_err(store)?;
        *place = Some(connection);
        Ok(beat)
    }

    async fn again(&self, shared: &PostgresShared) -> Result<PgConnection, StoreError> {
        let mut connection = shared.address.committing(&shared.environment).await.map_err(store)?;
        if ownership::join(&mut connection).await.map_err(store)? {
            return Ok(connection);
        }
        Err(StoreError("another supervisor has taken this database for itself alone".to_owned()))
    }
}

async fn beat(
    connection: &mut PgConnection,
    node: &str,
    about: &str,
    held: &[Fence],
    limits: &ClusterLimits,
) -> Result<Beat, sqlx::Error> {
    let mut on = connection.begin().await?;
    let word = timed!(query:
        "INSERT INTO node (name, seen_at, about) VALUES ($1, " NOW ", $2) \
         ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, about = excluded.about",
        node,
        about
    );
    word.execute(&mut *on).await?;
    renew(&mut on, node, held, limits).await?;
    let forget = timed!(query: "DELETE FROM node WHERE seen_at < " NOW " - $1", FORGOTTEN_MS);
    forget.execute(&mut *on).await?;
    let alive = timed!(query_scalar:
        "SELECT name FROM node WHERE seen_at + $1 > " NOW " ORDER BY name",
        span(limits.lease_ms)
    );
    let nodes = alive.fetch_all(&mut *on).await?;
    let partitions = partitions(&mut on).await?;
    let inbox = sqlx::query_scalar!(
        "SELECT count(*) AS \"count!\" FROM (SELECT FROM inbox WHERE refusal IS NULL LIMIT $1) AS waiting",
        number(limits.inbox_max)
    );
    let inbox = inbox.fetch_one(&mut *on).await?;
    on.commit().await?;
    Ok(Beat { nodes, partitions, inbox: positive(inbox) })
}

async fn renew(on: &mut PgConnection, node: &str, held: &[Fence], limits: &ClusterLimits) -> Result<(), sqlx::Error> {
    let partitions: Vec<_> = held.iter().map(|fence| i32::from(fence.partition)).collect();
    let epochs: Vec<_> = held.iter().map(|fence| number(fence.epoch)).collect();
    let query = timed!(query:
        "UPDATE lease SET lease_until = " NOW " + $1, outside_until = " NOW " + $2 \
         FROM unnest($3::integer[], $4::bigint[]) AS held(partition, epoch) JOIN fence f USING (partition) \
         WHERE lease.partition = held.partition AND lease.owner = $5 AND f.epoch >> 32 = held.epoch",
        span(limits.lease_ms),
        span(limits.outside_ms),
        &partitions[..],
        &epochs[..],
        node
    );
    query.execute(on).await.map(|_| ())
}

async fn partitions(on: &mut PgConnection) -> Result<Vec<PartitionRow>, sqlx::Error> {
    let query = timed!(query:
        "SELECT l.partition, f.epoch, l.owner, l.owner IS NULL OR l.lease_until <= " NOW " AS \"free!\" \
         FROM lease l JOIN fence f USING (partition) ORDER BY l.partition"
    );
    let rows = query.fetch_all(on).await?.into_iter().map(|row| {
        let partition = u16::try_from(row.partition).unwrap_or(u16::MAX);
        PartitionRow { fence: Fence { partition, epoch: epoch_of(row.epoch) }, owner: row.owner, free: row.free }
    });
    Ok(rows.collect())
}

pub(super) async fn leave(on: &PgPool, node: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM node WHERE name = $1", node).execute(on).await.map(|_| ())
}

/// What those that are alive say about themselves.
pub(super) async fn nodes(on: &PgPool, lease_ms: u64) -> Result<Vec<serde_json::Value>, sqlx::Error> {
    let query =
        timed!(query_scalar: "SELECT about FROM node WHERE seen_at + $1 > " NOW " ORDER BY name", span(lease_ms));
    let about = query.fetch_all(on).await?;
    Ok(about.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
}
