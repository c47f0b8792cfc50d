//! Who wants and holds slots in all partitions, and the grants that are on their way to them, as of one moment: a grant
//! leaves the inbox in the commit that puts it into its workflow's row.

use crate::{convert::positive, text::original, workflow::pool};
use engine::{EventId, WorkflowId, cluster::PoolClaim};
use sqlx::{PgPool, Row, postgres::PgRow};
use std::sync::Arc;

/// Claims, and the key and event id of each grant.
type Claims = (Vec<PoolClaim>, Vec<(Arc<str>, EventId)>);

pub(super) async fn read(on: &PgPool) -> Result<Claims, sqlx::Error> {
    let sql = "SELECT id, kind, key, revision, pool, pool_group, pool_priority, pool_since, NULL::text AS grant_id \
                 FROM workflow WHERE pool IS NOT NULL \
               UNION ALL SELECT 0, kind, key, 0, NULL, NULL, NULL, NULL, id FROM inbox \
                 WHERE refusal IS NULL AND starts_with(id, 'pool:')";
    let (mut claims, mut grants) = (Vec::new(), Vec::new());
    for row in &sqlx::query(sql).fetch_all(on).await? {
        match row.try_get::<Option<String>, _>(8)? {
            Some(id) => grants.push((text(row, 2)?, EventId::from_stored(original(id)))),
            None => claims.extend(claim(row)?),
        }
    }
    Ok((claims, grants))
}

fn claim(row: &PgRow) -> Result<Option<PoolClaim>, sqlx::Error> {
    let Some(pool) = pool(row, 4)? else { return Ok(None) };
    let workflow = WorkflowId(positive(row.try_get(0)?));
    let revision = positive(row.try_get(3)?);
    Ok(Some(PoolClaim { workflow, kind: text(row, 1)?, key: text(row, 2)?, revision, pool }))
}

fn text(row: &PgRow, column: usize) -> Result<Arc<str>, sqlx::Error> {
    row.try_get(column).map(original).map(Into::into)
}
