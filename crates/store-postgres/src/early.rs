//! Events that came too early. What keeps and uses them is `commit`.

use crate::{
    convert::{limit, millis, time},
    fences::Fences,
    text::{original, stored},
};
use engine::{EarlyRow, EventId, Timestamp};
use sqlx::{PgConnection, PgExecutor, Row, postgres::PgRow};

fn read(row: &PgRow) -> Result<EarlyRow, sqlx::Error> {
    let text = |column: usize| row.try_get(column).map(original);
    Ok(EarlyRow {
        kind: text(0)?.into(),
        key: text(1)?.into(),
        id: EventId::from_stored(text(2)?),
        payload: text(3)?.into(),
        at: time(row.try_get(4)?),
        keep_until: time(row.try_get(5)?),
    })
}

/// Those kept for some names, in the order in which they came.
pub(crate) async fn by_names(on: impl PgExecutor<'_>, names: &[(&str, &str)]) -> Result<Vec<EarlyRow>, sqlx::Error> {
    let sql = "SELECT e.kind, e.key, e.id, e.payload, e.at, e.keep_until \
               FROM unnest($1::text[], $2::text[]) AS n(kind, key) JOIN early e USING (kind, key) ORDER BY e.at, e.id";
    let (kinds, keys): (Vec<_>, Vec<_>) = names.iter().map(|(kind, key)| (stored(kind), stored(key))).unzip();
    sqlx::query(sql).bind(kinds).bind(keys).fetch_all(on).await?.iter().map(read).collect()
}

/// Removes those whose time has passed, if all fences hold; `None`: they do not.
pub(crate) async fn drop_past(
    on: &mut PgConnection,
    fences: &Fences,
    now: Timestamp,
    rows: usize,
) -> Result<Option<Vec<EarlyRow>>, sqlx::Error> {
    // The last row tells that the fences held when nothing was removed.
    let sql = "\
        WITH held AS MATERIALIZED (SELECT f.partition FROM fence f \
          JOIN unnest($1::integer[], $2::bigint[]) AS w(partition, epoch) USING (partition, epoch) FOR SHARE OF f), \
        ok AS MATERIALIZED (SELECT 1 AS yes FROM held HAVING count(*) = cardinality($1::integer[])), \
        past AS MATERIALIZED (SELECT kind, key, id FROM early, ok WHERE keep_until <= $3 ORDER BY keep_until LIMIT $4), \
        gone AS (DELETE FROM early USING past WHERE (early.kind, early.key, early.id) = (past.kind, past.key, past.id) \
          RETURNING early.kind, early.key, early.id, early.payload, early.at, early.keep_until) \
        SELECT kind, key, id, payload, at, keep_until, true AS removed FROM gone \
        UNION ALL SELECT '', '', '', '', 0, 0, false FROM ok";
    let query = sqlx::query(sql).bind(&fences.partitions).bind(&fences.epochs).bind(millis(now)).bind(limit(rows));
    let rows = query.fetch_all(on).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let removed = rows.iter().filter(|row| row.try_get(6).unwrap_or(false));
    removed.map(read).collect::<Result<_, _>>().map(Some)
}
