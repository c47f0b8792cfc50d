//! Events that came too early. What keeps and uses them is `commit`.

use crate::{
    convert::{limit, millis, time},
    fences::Fences,
    share::Share,
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

/// Those whose time has passed, of one share.
pub(crate) async fn past(
    on: impl PgExecutor<'_>,
    share: Share,
    now: Timestamp,
    rows: usize,
) -> Result<Vec<EarlyRow>, sqlx::Error> {
    // Which share one belongs to follows from its name by a hash that SQL does not know. Every share removes its own, so
    // reading as many of each on average never leaves one behind for good.
    let sql =
        "SELECT kind, key, id, payload, at, keep_until FROM early WHERE keep_until <= $1 ORDER BY keep_until LIMIT $2";
    let all = limit(rows).saturating_mul(share.of);
    let found = sqlx::query(sql).bind(millis(now)).bind(all).fetch_all(on).await?;
    let found = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().filter(|row| share.has_name(&row.kind, &row.key)).take(rows).collect())
}

/// Removes these, if all fences hold, and returns those that were there; `None`: the fences do not.
pub(crate) async fn drop_these(
    on: &mut PgConnection,
    fences: &Fences,
    past: &[EarlyRow],
) -> Result<Option<Vec<EarlyRow>>, sqlx::Error> {
    // The last row tells that the fences held when nothing was removed.
    let sql = "\
        WITH held AS MATERIALIZED (SELECT f.partition FROM fence f \
          JOIN unnest($1::integer[], $2::bigint[]) AS w(partition, epoch) USING (partition, epoch) FOR SHARE OF f), \
        ok AS MATERIALIZED (SELECT 1 AS yes FROM held HAVING count(*) = cardinality($1::integer[])), \
        gone AS (DELETE FROM early USING ok, unnest($3::text[], $4::text[], $5::text[]) AS past(kind, key, id) \
          WHERE early.kind = past.kind AND early.key = past.key AND early.id = past.id \
          RETURNING early.kind, early.key, early.id, early.payload, early.at, early.keep_until) \
        SELECT kind, key, id, payload, at, keep_until, true AS removed FROM gone \
        UNION ALL SELECT '', '', '', '', 0, 0, false FROM ok";
    let query = sqlx::query(sql)
        .bind(&fences.partitions)
        .bind(&fences.epochs)
        .bind(past.iter().map(|row| stored(&row.kind)).collect::<Vec<_>>())
        .bind(past.iter().map(|row| stored(&row.key)).collect::<Vec<_>>())
        .bind(past.iter().map(|row| stored(row.id.as_str())).collect::<Vec<_>>());
    let rows = query.fetch_all(on).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let removed = rows.iter().filter(|row| row.try_get(6).unwrap_or(false));
    removed.map(read).collect::<Result<_, _>>().map(Some)
}
