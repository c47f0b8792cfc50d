//! Events that came too early. What keeps and uses them is `commit`.

use crate::{
    convert::{limit, millis, time},
    fences::Fences,
    share::Share,
    text::{Texts, original, stored},
};
use engine::{EarlyRow, EventId, Timestamp};
use sqlx::{PgConnection, PgExecutor};

/// A row as it is read.
struct Stored {
    kind: String,
    key: String,
    id: String,
    payload: String,
    at: i64,
    keep_until: i64,
}

impl From<Stored> for EarlyRow {
    fn from(row: Stored) -> Self {
        Self {
            kind: original(row.kind).into(),
            key: original(row.key).into(),
            id: EventId::from_stored(original(row.id)),
            payload: original(row.payload).into(),
            at: time(row.at),
            keep_until: time(row.keep_until),
        }
    }
}

/// Those kept for some names, in the order in which they came.
pub(crate) async fn by_names(on: impl PgExecutor<'_>, names: &[(&str, &str)]) -> Result<Vec<EarlyRow>, sqlx::Error> {
    let (kinds, keys): (Vec<_>, Vec<_>) = names.iter().map(|(kind, key)| (stored(kind), stored(key))).unzip();
    let query = sqlx::query_as!(
        Stored,
        "SELECT e.kind, e.key, e.id, e.payload, e.at, e.keep_until \
         FROM unnest($1::text[], $2::text[]) AS n(kind, key) JOIN early e USING (kind, key) ORDER BY e.at, e.id",
        &kinds as &Texts<'_>,
        &keys as &Texts<'_>
    );
    Ok(query.fetch_all(on).await?.into_iter().map(EarlyRow::from).collect())
}

/// Those whose time has passed, of one share.
pub(crate) async fn past(
    on: impl PgExecutor<'_>,
    share: Share,
    now: Timestamp,
    rows: usize,
) -> Result<Vec<EarlyRow>, sqlx::Error> {
    // Which share one belongs to follows from its name by a hash that SQL does not know. Every share removes its own, so
    // reading as many of each on average never leaves one behind for good.
    let query = sqlx::query_as!(
        Stored,
        "SELECT kind, key, id, payload, at, keep_until FROM early WHERE keep_until <= $1 ORDER BY keep_until LIMIT $2",
        millis(now),
        limit(rows).saturating_mul(share.of)
    );
    let found = query.fetch_all(on).await?.into_iter().map(EarlyRow::from);
    Ok(found.filter(|row| share.has_name(&row.kind, &row.key)).take(rows).collect())
}

/// Removes these, if all fences hold, and returns those that were there; `None`: the fences do not.
pub(crate) async fn drop_these(
    on: &mut PgConnection,
    fences: &Fences,
    past: &[EarlyRow],
) -> Result<Option<Vec<EarlyRow>>, sqlx::Error> {
    let kinds: Vec<_> = past.iter().map(|row| stored(&row.kind)).collect();
    let keys: Vec<_> = past.iter().map(|row| stored(&row.key)).collect();
    let ids: Vec<_> = past.iter().map(|row| stored(row.id.as_str())).collect();
    // The last row tells that the fences held when nothing was removed.
    let query = sqlx::query!(
        "WITH held AS MATERIALIZED (SELECT f.partition FROM fence f \
           JOIN unnest($1::integer[], $2::bigint[]) AS w(partition, epoch) USING (partition, epoch) FOR SHARE OF f), \
         ok AS MATERIALIZED (SELECT 1 AS yes FROM held HAVING count(*) = cardinality($1::integer[])), \
         gone AS (DELETE FROM early USING ok, unnest($3::text[], $4::text[], $5::text[]) AS past(kind, key, id) \
           WHERE early.kind = past.kind AND early.key = past.key AND early.id = past.id \
           RETURNING early.kind, early.key, early.id, early.payload, early.at, early.keep_until) \
         SELECT kind AS \"kind!\", key AS \"key!\", id AS \"id!\", payload AS \"payload!\", at AS \"at!\", \
           keep_until AS \"keep_until!\", true AS \"removed!\" FROM gone \
         UNION ALL SELECT '', '', '', '', 0, 0, false FROM ok",
        &fences.partitions[..],
        &fences.epochs[..],
        &kinds as &Texts<'_>,
        &keys as &Texts<'_>,
        &ids as &Texts<'_>
    );
    let rows = query.fetch_all(on).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let removed = rows.into_iter().filter(|row| row.removed).map(|row| {
        let (at, keep_until) = (row.at, row.keep_until);
        EarlyRow::from(Stored { kind: row.kind, key: row.key, id: row.id, payload: row.payload, at, keep_until })
    });
    Ok(Some(removed.collect()))
}
