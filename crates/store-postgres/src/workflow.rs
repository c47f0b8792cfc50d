//! The rows of workflows, read. What writes them is `commit`.

use crate::{
    convert::{limit, millis, number, positive, small, time},
    share::Share,
    text::{original, stored},
};
use engine::{ActiveRow, EventId, ListFilter, PoolColumns, PoolRow, Standing, Timestamp, WorkflowId, WorkflowRow};
use sqlx::{PgExecutor, Row, postgres::PgRow};
use std::{borrow::Cow, sync::Arc};

macro_rules! columns {
    () => {
        "w.id, w.kind, w.key, w.status, w.standing, w.title, w.run, w.subject, w.machine_id, w.volume_id, w.state, \
         w.state_version, w.revision, w.actions, w.timers, w.wake_at, w.active, w.pending, w.pool, w.pool_group, \
         w.pool_priority, w.pool_since, w.last_activity"
    };
}

fn read(row: &PgRow) -> Result<WorkflowRow, sqlx::Error> {
    let text = |column: usize| row.try_get(column).map(original);
    let perhaps = |column: usize| Ok::<_, sqlx::Error>(row.try_get::<Option<String>, _>(column)?.map(original));
    let whole = |column: usize| row.try_get::<i64, _>(column);
    Ok(WorkflowRow {
        id: WorkflowId(positive(whole(0)?)),
        kind: text(1)?.into(),
        key: text(2)?.into(),
        status: text(3)?.into(),
        standing: Standing::from_number(row.try_get::<i16, _>(4)?.into()),
        title: text(5)?,
        run: small(whole(6)?),
        subject: perhaps(7)?,
        machine_id: perhaps(8)?,
        volume_id: perhaps(9)?,
        state: text(10)?.into(),
        state_version: small(whole(11)?),
        revision: positive(whole(12)?),
        actions: small(whole(13)?),
        timers: perhaps(14)?,
        wake_at: row.try_get::<Option<i64>, _>(15)?.map(time),
        pending: perhaps(17)?,
        active: row.try_get::<i16, _>(16)? == 1,
        pool: pool(row, 18)?,
        last_activity: time(whole(22)?),
    })
}

pub(crate) fn pool(row: &PgRow, first: usize) -> Result<Option<PoolColumns>, sqlx::Error> {
    let Some(pool) = row.try_get::<Option<String>, _>(first)? else { return Ok(None) };
    let group = row.try_get::<Option<String>, _>(first + 1)?.map(original).unwrap_or_default();
    let priority = row.try_get::<Option<i16>, _>(first + 2)?;
    let since = row.try_get::<Option<i64>, _>(first + 3)?.map(time).unwrap_or_default();
    let waits = priority.map(|priority| (u8::try_from(priority).unwrap_or(u8::MAX), since));
    Ok(Some(PoolColumns { pool: Cow::Owned(original(pool)), group, waits }))
}

fn read_all(rows: &[PgRow]) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    rows.iter().map(read).collect()
}

pub(crate) async fn highest_id(on: impl PgExecutor<'_>) -> Result<WorkflowId, sqlx::Error> {
    let row = sqlx::query("SELECT coalesce(max(id), 0) FROM workflow").fetch_one(on).await?;
    Ok(WorkflowId(positive(row.try_get(0)?)))
}

pub(crate) async fn by_ids(on: impl PgExecutor<'_>, ids: &[WorkflowId]) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    let ids: Vec<i64> = ids.iter().map(|id| number(id.0)).collect();
    let sql = concat!("SELECT ", columns!(), " FROM workflow w WHERE w.id = ANY($1)");
    read_all(&sqlx::query(sql).bind(ids).fetch_all(on).await?)
}

pub(crate) async fn by_names(
    on: impl PgExecutor<'_>,
    names: &[(Arc<str>, Arc<str>)],
) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    let (kinds, keys): (Vec<_>, Vec<_>) = names.iter().map(|(kind, key)| (stored(kind), stored(key))).unzip();
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM unnest($1::text[], $2::text[]) AS n(kind, key) JOIN workflow w USING (kind, key)"
    );
    read_all(&sqlx::query(sql).bind(kinds).bind(keys).fetch_all(on).await?)
}

pub(crate) async fn by_name(
    on: impl PgExecutor<'_>,
    kind: &str,
    key: &str,
) -> Result<Option<WorkflowRow>, sqlx::Error> {
    let sql = concat!("SELECT ", columns!(), " FROM workflow w WHERE w.kind = $1 AND w.key = $2");
    let row = sqlx::query(sql).bind(stored(kind)).bind(stored(key)).fetch_optional(on).await?;
    row.as_ref().map(read).transpose()
}

pub(crate) async fn list(on: impl PgExecutor<'_>, filter: &ListFilter) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    const ANY: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM workflow w WHERE w.id > $1 AND ($2::text IS NULL OR w.kind = $2) AND ($3::text IS NULL OR w.status = $3) \
         AND ($4::text IS NULL OR strpos(w.title, $4) > 0 OR strpos(w.key, $4) > 0) \
         AND ($6::text IS NULL OR starts_with(w.key, $6)) ORDER BY w.id LIMIT $5"
    );
    // Found by the index over kind and key, in which what begins alike lies together; the ordered rows are sorted after.
    const BY_KEY: &str = concat!(
        "WITH w AS MATERIALIZED (SELECT * FROM workflow WHERE kind = $2 AND key >= $6 AND key < $6 || U&'\\+10FFFF' \
         AND starts_with(key, $6)) SELECT ",
        columns!(),
        " FROM w WHERE w.id > $1 AND ($3::text IS NULL OR w.status = $3) \
         AND ($4::text IS NULL OR strpos(w.title, $4) > 0 OR strpos(w.key, $4) > 0) ORDER BY w.id LIMIT $5"
    );
    let sql = if filter.kind.is_some() && filter.key_prefix.is_some() { BY_KEY } else { ANY };
    let query = sqlx::query(sql)
        .bind(filter.after.map_or(0, |after| number(after.0)))
        .bind(filter.kind.as_deref().map(stored))
        .bind(filter.status.as_deref().map(stored))
        .bind(filter.text.as_deref().map(stored))
        .bind(limit(filter.limit))
        .bind(filter.key_prefix.as_deref().map(stored));
    read_all(&query.fetch_all(on).await?)
}

pub(crate) async fn active(
    on: impl PgExecutor<'_>,
    share: Share,
    after: WorkflowId,
    rows: usize,
) -> Result<Vec<ActiveRow>, sqlx::Error> {
    let sql = "SELECT id, pending IS NOT NULL FROM workflow \
               WHERE active = 1 AND id > $1 AND id % $3 = $4 ORDER BY id LIMIT $2";
    let query = sqlx::query(sql).bind(number(after.0)).bind(limit(rows)).bind(share.of).bind(share.index);
    let rows = query.fetch_all(on).await?;
    let read =
        |row: &PgRow| Ok(ActiveRow { workflow: WorkflowId(positive(row.try_get(0)?)), pending: row.try_get(1)? });
    rows.iter().map(read).collect()
}

pub(crate) async fn stuck(
    on: impl PgExecutor<'_>,
    after: WorkflowId,
    rows: usize,
) -> Result<Vec<WorkflowId>, sqlx::Error> {
    let sql = "SELECT id FROM workflow WHERE standing = 0 AND pending IS NULL AND wake_at IS NULL \
               AND pool_priority IS NULL AND id > $1 ORDER BY id LIMIT $2";
    let rows = sqlx::query(sql).bind(number(after.0)).bind(limit(rows)).fetch_all(on).await?;
    rows.iter().map(|row| Ok(WorkflowId(positive(row.try_get(0)?)))).collect()
}

pub(crate) async fn waking(
    on: impl PgExecutor<'_>,
    share: Share,
    after: (Timestamp, WorkflowId),
    until: Timestamp,
    rows: usize,
) -> Result<Vec<(Timestamp, WorkflowId)>, sqlx::Error> {
    let sql = "SELECT wake_at, id FROM workflow WHERE wake_at IS NOT NULL AND wake_at >= $1 \
               AND (wake_at > $1 OR id > $2) AND wake_at <= $3 AND id % $5 = $6 ORDER BY wake_at, id LIMIT $4";
    let (at, id) = after;
    let query = sqlx::query(sql).bind(millis(at)).bind(number(id.0)).bind(millis(until)).bind(limit(rows));
    let query = query.bind(share.of).bind(share.index);
    let rows = query.fetch_all(on).await?;
    rows.iter().map(|row| Ok((time(row.try_get(0)?), WorkflowId(positive(row.try_get(1)?))))).collect()
}

pub(crate) async fn pools(on: impl PgExecutor<'_>, share: Share) -> Result<Vec<PoolRow>, sqlx::Error> {
    let sql = "SELECT id, pool, pool_group, pool_priority, pool_since FROM workflow \
               WHERE pool IS NOT NULL AND id % $1 = $2 ORDER BY id";
    let rows = sqlx::query(sql).bind(share.of).bind(share.index).fetch_all(on).await?;
    let read = |row: &PgRow| {
        let Some(pool) = pool(row, 1)? else { return Ok(None) };
        Ok(Some(PoolRow { workflow: WorkflowId(positive(row.try_get(0)?)), pool }))
    };
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// Of some event ids, by the name of their workflow, those that are there.
pub(crate) async fn known_by_name(
    on: impl PgExecutor<'_>,
    ids: &[(Arc<str>, Arc<str>, EventId)],
) -> Result<Vec<(WorkflowId, EventId, u64)>, sqlx::Error> {
    let sql = "SELECT e.workflow, e.id, e.seq FROM unnest($1::text[], $2::text[], $3::text[]) AS n(kind, key, id) \
               JOIN workflow w ON w.kind = n.kind AND w.key = n.key JOIN event e ON e.workflow = w.id AND e.id = n.id";
    let query = sqlx::query(sql)
        .bind(ids.iter().map(|(kind, ..)| stored(kind)).collect::<Vec<_>>())
        .bind(ids.iter().map(|(_, key, _)| stored(key)).collect::<Vec<_>>())
        .bind(ids.iter().map(|(.., id)| stored(id.as_str())).collect::<Vec<_>>());
    crate::event::known(&query.fetch_all(on).await?)
}
