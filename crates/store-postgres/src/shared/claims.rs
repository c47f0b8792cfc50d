//! Who wants and holds slots in all partitions, and the grants that are on their way to them, as of one moment: a grant
//! leaves the inbox in the commit that puts it into its workflow's row.

use crate::{convert::positive, text::original, workflow::pool};
use engine::{EventId, WorkflowId, cluster::PoolClaim};
use sqlx::PgPool;
use std::sync::Arc;

/// Claims, and the key and event id of each grant.
type Claims = (Vec<PoolClaim>, Vec<(Arc<str>, EventId)>);

pub(super) async fn read(on: &PgPool) -> Result<Claims, sqlx::Error> {
    let query = sqlx::query!(
        "SELECT id AS \"id!\", kind AS \"kind!\", key AS \"key!\", revision AS \"revision!\", pool, pool_group, \
           pool_priority, pool_since, NULL::text AS grant_id FROM workflow WHERE pool IS NOT NULL \
         UNION ALL SELECT 0, kind, key, 0, NULL, NULL, NULL, NULL, id FROM inbox \
           WHERE refusal IS NULL AND starts_with(id, 'pool:')"
    );
    let (mut claims, mut grants) = (Vec::new(), Vec::new());
    for row in query.fetch_all(on).await? {
        if let Some(id) = row.grant_id {
            grants.push((original(row.key).into(), EventId::from_stored(original(id))));
        } else if let Some(pool) = pool(row.pool, row.pool_group, row.pool_priority, row.pool_since) {
            let (workflow, revision) = (WorkflowId(positive(row.id)), positive(row.revision));
            let (kind, key) = (original(row.kind).into(), original(row.key).into());
            claims.push(PoolClaim { workflow, kind, key, revision, pool });
        }
    }
    Ok((claims, grants))
}
