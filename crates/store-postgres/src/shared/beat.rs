//! A node's own word, the renewal of what it owns, and the sight of all others, in one transaction on one connection.

use super::{PostgresShared, clock, epoch_of, span};
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
use sqlx::{Connection, PgConnection, PgPool, Row, postgres::PgRow};
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
    let sql = concat!(
        "INSERT INTO node (name, seen_at, about) VALUES ($1, ",
        clock!(),
        ", $2) ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, about = excluded.about"
    );
    sqlx::query(sql).bind(node).bind(about).execute(&mut *on).await?;
    renew(&mut on, node, held, limits).await?;
    let sql = concat!("DELETE FROM node WHERE seen_at < ", clock!(), " - $1");
    sqlx::query(sql).bind(FORGOTTEN_MS).execute(&mut *on).await?;
    let sql = concat!("SELECT name FROM node WHERE seen_at + $1 > ", clock!(), " ORDER BY name");
    let nodes = sqlx::query_scalar(sql).bind(span(limits.lease_ms)).fetch_all(&mut *on).await?;
    let sql = concat!(
        "SELECT l.partition, f.epoch, l.owner, l.owner IS NULL OR l.lease_until <= ",
        clock!(),
        " FROM lease l JOIN fence f USING (partition) ORDER BY l.partition"
    );
    let rows = sqlx::query(sql).fetch_all(&mut *on).await?;
    let partitions = rows.iter().map(partition).collect::<Result<_, _>>()?;
    let sql = "SELECT count(*) FROM (SELECT FROM inbox WHERE refusal IS NULL LIMIT $1) AS waiting";
    let inbox: i64 = sqlx::query_scalar(sql).bind(number(limits.inbox_max)).fetch_one(&mut *on).await?;
    on.commit().await?;
    Ok(Beat { nodes, partitions, inbox: positive(inbox) })
}

async fn renew(on: &mut PgConnection, node: &str, held: &[Fence], limits: &ClusterLimits) -> Result<(), sqlx::Error> {
    let sql = concat!(
        "UPDATE lease SET lease_until = ",
        clock!(),
        " + $1, outside_until = ",
        clock!(),
        " + $2 FROM unnest($3::integer[], $4::bigint[]) AS held(partition, epoch) JOIN fence f USING (partition) \
         WHERE lease.partition = held.partition AND lease.owner = $5 AND f.epoch >> 32 = held.epoch"
    );
    let query = sqlx::query(sql)
        .bind(span(limits.lease_ms))
        .bind(span(limits.outside_ms))
        .bind(held.iter().map(|fence| i32::from(fence.partition)).collect::<Vec<_>>())
        .bind(held.iter().map(|fence| number(fence.epoch)).collect::<Vec<_>>())
        .bind(node);
    query.execute(on).await.map(|_| ())
}

fn partition(row: &PgRow) -> Result<PartitionRow, sqlx::Error> {
    let index: i32 = row.try_get(0)?;
    let fence = Fence { partition: u16::try_from(index).unwrap_or(u16::MAX), epoch: epoch_of(row.try_get(1)?) };
    Ok(PartitionRow { fence, owner: row.try_get(2)?, free: row.try_get(3)? })
}

pub(super) async fn leave(on: &PgPool, node: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM node WHERE name = $1").bind(node).execute(on).await.map(|_| ())
}

/// What those that are alive say about themselves.
pub(super) async fn nodes(on: &PgPool, lease_ms: u64) -> Result<Vec<serde_json::Value>, sqlx::Error> {
    let sql = concat!("SELECT about FROM node WHERE seen_at + $1 > ", clock!(), " ORDER BY name");
    let about: Vec<String> = sqlx::query_scalar(sql).bind(span(lease_ms)).fetch_all(on).await?;
    Ok(about.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
}
