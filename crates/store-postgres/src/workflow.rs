//! The rows of workflows, read. What writes them is `commit`.

use crate::{
    convert::{limit, millis, number, positive, small, time},
    share::Share,
    text::{Texts, original, stored},
};
use engine::{ActiveRow, ListFilter, PoolColumns, PoolRow, Standing, Timestamp, WorkflowId, WorkflowRow};
use sqlx::PgExecutor;
use std::{borrow::Cow, sync::Arc};

/// A row as it is read.
struct Stored {
    id: i64,
    kind: String,
    key: String,
    status: String,
    standing: i16,
    title: String,
    run: i64,
    subject: Option<String>,
    machine_id: Option<String>,
    volume_id: Option<String>,
    state: String,
    state_version: i64,
    revision: i64,
    actions: i64,
    timers: Option<String>,
    wake_at: Option<i64>,
    pending: Option<String>,
    active: i16,
    pool: Option<String>,
    pool_group: Option<String>,
    pool_priority: Option<i16>,
    pool_since: Option<i64>,
    last_activity: i64,
}

impl From<Stored> for WorkflowRow {
    fn from(row: Stored) -> Self {
        Self {
            id: WorkflowId(positive(row.id)),
            kind: original(row.kind).into(),
            key: original(row.key).into(),
            status: original(row.status).into(),
            standing: Standing::from_number(row.standing.into()),
            title: original(row.title),
            run: small(row.run),
            subject: row.subject.map(original),
            machine_id: row.machine_id.map(original),
            volume_id: row.volume_id.map(original),
            state: original(row.state).into(),
            state_version: small(row.state_version),
            revision: positive(row.revision),
            actions: small(row.actions),
            timers: row.timers.map(original),
            wake_at: row.wake_at.map(time),
            pending: row.pending.map(original),
            active: row.active == 1,
            pool: pool(row.pool, row.pool_group, row.pool_priority, row.pool_since),
            last_activity: time(row.last_activity),
        }
    }
}

pub(crate) fn pool(
    pool: Option<String>,
    group: Option<String>,
    priority: Option<i16>,
    since: Option<i64>,
) -> Option<PoolColumns> {
    let waits =
        priority.map(|priority| (u8::try_from(priority).unwrap_or(u8::MAX), since.map(time).unwrap_or_default()));
    Some(PoolColumns { pool: Cow::Owned(original(pool?)), group: group.map(original).unwrap_or_default(), waits })
}

/// Whole rows of what is called `w`, whatever stands before; the rest of the statement joins or filters.
macro_rules! rows {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        rows!("" => $rest $(, $argument)*)
    };
    ($before:literal => $rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Stored,
            $before + "SELECT w.id, w.kind, w.key, w.status, w.standing, w.title, w.run, w.subject, w.machine_id, \
             w.volume_id, w.state, w.state_version, w.revision, w.actions, w.timers, w.wake_at, w.pending, w.active, w.pool, \
             w.pool_group, w.pool_priority, w.pool_since, w.last_activity FROM " + $rest
            $(, $argument)*
        )
    };
}

fn read_all(rows: Vec<Stored>) -> Vec<WorkflowRow> {
    rows.into_iter().map(WorkflowRow::from).collect()
}

pub(crate) async fn highest_id(on: impl PgExecutor<'_>) -> Result<WorkflowId, sqlx::Error> {
    let highest = sqlx::query_scalar!("SELECT coalesce(max(id), 0) AS \"highest!\" FROM workflow");
    Ok(WorkflowId(positive(highest.fetch_one(on).await?)))
}

pub(crate) async fn by_ids(on: impl PgExecutor<'_>, ids: &[WorkflowId]) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    let ids: Vec<i64> = ids.iter().map(|id| number(id.0)).collect();
    let query = rows!("workflow w WHERE w.id = ANY($1)", &ids[..]);
    Ok(read_all(query.fetch_all(on).await?))
}

pub(crate) async fn by_names(
    on: impl PgExecutor<'_>,
    names: &[(Arc<str>, Arc<str>)],
) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    let (kinds, keys): (Vec<_>, Vec<_>) = names.iter().map(|(kind, key)| (stored(kind), stored(key))).unzip();
    let query = rows!(
        "unnest($1::text[], $2::text[]) AS n(kind, key) JOIN workflow w USING (kind, key)",
        &kinds as &Texts<'_>,
        &keys as &Texts<'_>
    );
    Ok(read_all(query.fetch_all(on).await?))
}

pub(crate) async fn by_name(
    on: impl PgExecutor<'_>,
    kind: &str,
    key: &str,
) -> Result<Option<WorkflowRow>, sqlx::Error> {
    let query = rows!("workflow w WHERE w.kind = $1 AND w.key = $2", &*stored(kind), &*stored(key));
    Ok(query.fetch_optional(on).await?.map(WorkflowRow::from))
}

pub(crate) async fn list(on: impl PgExecutor<'_>, filter: &ListFilter) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    let (after, most) = (filter.after.map_or(0, |after| number(after.0)), limit(filter.limit));
    let (kind, status) = (filter.kind.as_deref().map(stored), filter.status.as_deref().map(stored));
    let (text, prefix) = (filter.text.as_deref().map(stored), filter.key_prefix.as_deref().map(stored));
    let rows = if kind.is_some() && prefix.is_some() {
        // Found by the index over kind and key, in which what begins alike lies together; the ordered rows are sorted
        // after.
        let query = rows!(
            "WITH w AS MATERIALIZED (SELECT * FROM workflow WHERE kind = $2 AND key >= $6 AND key < $6 || U&'\\+10FFFF' \
             AND starts_with(key, $6)) " => "w WHERE w.id > $1 AND ($3::text IS NULL OR w.status = $3) \
             AND ($4::text IS NULL OR strpos(w.title, $4) > 0 OR strpos(w.key, $4) > 0) ORDER BY w.id LIMIT $5",
            after,
            kind.as_deref(),
            status.as_deref(),
            text.as_deref(),
            most,
            prefix.as_deref()
        );
        query.fetch_all(on).await?
    } else {
        let query = rows!(
            "workflow w WHERE w.id > $1 AND ($2::text IS NULL OR w.kind = $2) AND ($3::text IS NULL OR w.status = $3) \
             AND ($4::text IS NULL OR strpos(w.title, $4) > 0 OR strpos(w.key, $4) > 0) \
             AND ($6::text IS NULL OR starts_with(w.key, $6)) ORDER BY w.id LIMIT $5",
            after,
            kind.as_deref(),
            status.as_deref(),
            text.as_deref(),
            most,
            prefix.as_deref()
        );
        query.fetch_all(on).await?
    };
    Ok(read_all(rows))
}

pub(crate) async fn active(
    on: impl PgExecutor<'_>,
    share: Share,
    after: WorkflowId,
    rows: usize,
) -> Result<Vec<ActiveRow>, sqlx::Error> {
    let query = sqlx::query!(
        "SELECT id, pending IS NOT NULL AS \"pending!\" FROM workflow \
         WHERE active = 1 AND id > $1 AND id % $3 = $4 ORDER BY id LIMIT $2",
        number(after.0),
        limit(rows),
        share.of,
        share.index
    );
    let rows = query.fetch_all(on).await?.into_iter();
    Ok(rows.map(|row| ActiveRow { workflow: WorkflowId(positive(row.id)), pending: row.pending }).collect())
}

/// Of every share: who asks wants to know of all.
pub(crate) async fn stuck(
    on: impl PgExecutor<'_>,
    after: WorkflowId,
    rows: usize,
) -> Result<Vec<WorkflowId>, sqlx::Error> {
    let query = sqlx::query_scalar!(
        "SELECT id FROM workflow WHERE standing = 0 AND pending IS NULL AND wake_at IS NULL \
         AND pool_priority IS NULL AND id > $1 ORDER BY id LIMIT $2",
        number(after.0),
        limit(rows)
    );
    Ok(query.fetch_all(on).await?.into_iter().map(|id| WorkflowId(positive(id))).collect())
}

pub(crate) async fn waking(
    on: impl PgExecutor<'_>,
    share: Share,
    after: (Timestamp, WorkflowId),
    until: Timestamp,
    rows: usize,
) -> Result<Vec<(Timestamp, WorkflowId)>, sqlx::Error> {
    let (at, id) = after;
    let query = sqlx::query!(
        "SELECT wake_at AS \"wake_at!\", id FROM workflow WHERE wake_at IS NOT NULL AND wake_at >= $1 \
         AND (wake_at > $1 OR id > $2) AND wake_at <= $3 AND id % $5 = $6 ORDER BY wake_at, id LIMIT $4",
        millis(at),
        number(id.0),
        millis(until),
        limit(rows),
        share.of,
        share.index
    );
    let rows = query.fetch_all(on).await?.into_iter();
    Ok(rows.map(|row| (time(row.wake_at), WorkflowId(positive(row.id)))).collect())
}

pub(crate) async fn pools(on: impl PgExecutor<'_>, share: Share) -> Result<Vec<PoolRow>, sqlx::Error> {
    let query = sqlx::query!(
        "SELECT id, pool, pool_group, pool_priority, pool_since FROM workflow \
         WHERE pool IS NOT NULL AND id % $1 = $2 ORDER BY id",
        share.of,
        share.index
    );
    let rows = query.fetch_all(on).await?.into_iter().filter_map(|row| {
        let pool = pool(row.pool, row.pool_group, row.pool_priority, row.pool_since)?;
        Some(PoolRow { workflow: WorkflowId(positive(row.id)), pool })
    });
    Ok(rows.collect())
}
