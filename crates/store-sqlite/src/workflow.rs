//! The rows of workflows.

use crate::commit::Parameters;
use engine::{ActiveRow, ListFilter, PoolColumns, PoolRow, Standing, Timestamp, WorkflowId, WorkflowRow};
use sqlx::SqliteExecutor;
use std::{borrow::Cow, sync::Arc};

pub(crate) const INSERT: &str = "INSERT INTO workflow (id, kind, key, status, standing, title, run, subject, \
     machine_id, volume_id, state, state_version, revision, actions, timers, wake_at, active, pending, pool, \
     pool_group, pool_priority, pool_since, last_activity) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
/// Kind and key never change.
pub(crate) const UPDATE: &str = "UPDATE workflow SET status = ?2, standing = ?3, title = ?4, run = ?5, subject = ?6, \
     machine_id = ?7, volume_id = ?8, state = ?9, state_version = ?10, revision = ?11, actions = ?12, timers = ?13, \
     wake_at = ?14, active = ?15, pending = ?16, pool = ?17, pool_group = ?18, pool_priority = ?19, \
     pool_since = ?20, last_activity = ?21 WHERE id = ?1";

pub(crate) const REST: &str = "UPDATE workflow SET active = 0 WHERE id = ? AND active = 1 AND pending IS NULL";

pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn millis(at: Timestamp) -> i64 {
    number(at.as_millis())
}

pub(crate) fn time(millis: i64) -> Timestamp {
    Timestamp::from_millis(u64::try_from(millis).unwrap_or(0))
}

pub(crate) fn positive(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn small(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

pub(crate) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

pub(crate) fn bind(to: &mut Parameters<'_, '_>, row: &WorkflowRow) -> rusqlite::Result<()> {
    to.add(number(row.id.0))?.add(&*row.kind)?.add(&*row.key)?;
    bind_state(to, row)
}

pub(crate) fn bind_id(to: &mut Parameters<'_, '_>, id: &WorkflowId) -> rusqlite::Result<()> {
    to.add(number(id.0)).map(drop)
}

pub(crate) fn bind_changes(to: &mut Parameters<'_, '_>, row: &WorkflowRow) -> rusqlite::Result<()> {
    to.add(number(row.id.0))?;
    bind_state(to, row)
}

/// All that a transition changes.
fn bind_state(to: &mut Parameters<'_, '_>, row: &WorkflowRow) -> rusqlite::Result<()> {
    to.add(&*row.status)?.add(row.standing as i64)?.add(row.title.as_str())?.add(row.run)?;
    to.add(row.subject.as_deref())?.add(row.machine_id.as_deref())?.add(row.volume_id.as_deref())?;
    to.add(&*row.state)?.add(row.state_version)?.add(number(row.revision))?.add(row.actions)?;
    to.add(row.timers.as_deref())?.add(row.wake_at.map(millis))?;
    to.add(row.active)?.add(row.pending.as_deref())?;
    let pool = row.pool.as_ref();
    let waits = pool.and_then(|pool| pool.waits);
    to.add(pool.map(|pool| &*pool.pool))?.add(pool.map(|pool| pool.group.as_str()))?;
    to.add(waits.map(|(priority, _)| priority))?.add(waits.map(|(_, since)| millis(since)))?;
    to.add(millis(row.last_activity))?;
    Ok(())
}

/// A row as it is read.
struct Stored {
    id: i64,
    kind: String,
    key: String,
    status: String,
    standing: i64,
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
    active: i64,
    pool: Option<String>,
    pool_group: Option<String>,
    pool_priority: Option<i64>,
    pool_since: Option<i64>,
    last_activity: i64,
}

impl From<Stored> for WorkflowRow {
    fn from(row: Stored) -> Self {
        Self {
            id: WorkflowId(positive(row.id)),
            kind: row.kind.into(),
            key: row.key.into(),
            status: row.status.into(),
            standing: Standing::from_number(row.standing),
            title: row.title,
            run: small(row.run),
            subject: row.subject,
            machine_id: row.machine_id,
            volume_id: row.volume_id,
            state: row.state.into(),
            state_version: small(row.state_version),
            revision: positive(row.revision),
            actions: small(row.actions),
            timers: row.timers,
            wake_at: row.wake_at.map(time),
            pending: row.pending,
            active: row.active == 1,
            pool: pool(row.pool, row.pool_group, row.pool_priority, row.pool_since),
            last_activity: time(row.last_activity),
        }
    }
}

fn pool(pool: Option<String>, group: Option<String>, priority: Option<i64>, since: Option<i64>) -> Option<PoolColumns> {
    let waits =
        priority.map(|priority| (u8::try_from(priority).unwrap_or(u8::MAX), since.map(time).unwrap_or_default()));
    Some(PoolColumns { pool: Cow::Owned(pool?), group: group.unwrap_or_default(), waits })
}

/// Whole rows of `workflow w`, which the rest of the statement joins or filters.
macro_rules! rows {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Stored,
            "SELECT w.id AS \"id!\", w.kind, w.key, w.status, w.standing, w.title, w.run, w.subject, w.machine_id, \
             w.volume_id, w.state, w.state_version, w.revision, w.actions, w.timers, w.wake_at, w.pending, w.active, w.pool, \
             w.pool_group, w.pool_priority, w.pool_since, w.last_activity FROM " + $rest
            $(, $argument)*
        )
    };
}

fn read_all(rows: Vec<Stored>) -> Vec<WorkflowRow> {
    rows.into_iter().map(WorkflowRow::from).collect()
}

pub(crate) async fn highest_id(on: impl SqliteExecutor<'_>) -> Result<WorkflowId, sqlx::Error> {
    let highest = sqlx::query_scalar!("SELECT coalesce(max(id), 0) AS \"highest!: i64\" FROM workflow");
    Ok(WorkflowId(positive(highest.fetch_one(on).await?)))
}

pub(crate) async fn by_ids(on: impl SqliteExecutor<'_>, ids: &[WorkflowId]) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    let ids = serde_json::json!(ids).to_string();
    let query = rows!("workflow w WHERE w.id IN (SELECT value FROM json_each(?))", ids);
    Ok(read_all(query.fetch_all(on).await?))
}

pub(crate) async fn by_names(
    on: impl SqliteExecutor<'_>,
    names: &[(Arc<str>, Arc<str>)],
) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    let names = serde_json::json!(names).to_string();
    // CROSS JOIN keeps the names outside: one search of the unique index each.
    let query =
        rows!("json_each(?) j CROSS JOIN workflow w ON w.kind = j.value ->> 0 AND w.key = j.value ->> 1", names);
    Ok(read_all(query.fetch_all(on).await?))
}

pub(crate) async fn by_name(
    on: impl SqliteExecutor<'_>,
    kind: &str,
    key: &str,
) -> Result<Option<WorkflowRow>, sqlx::Error> {
    let query = rows!("workflow w WHERE w.kind = ? AND w.key = ?", kind, key);
    Ok(query.fetch_optional(on).await?.map(WorkflowRow::from))
}

pub(crate) async fn list(on: impl SqliteExecutor<'_>, filter: &ListFilter) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    let ListFilter { kind, status, text, key_prefix: prefix, .. } = filter;
    let (after, most) = (filter.after.map_or(0, |after| number(after.0)), limit(filter.limit));
    let rows = if kind.is_some() && prefix.is_some() {
        // Found by the index over kind and key, in which what begins alike lies together.
        let query = rows!(
            "workflow w INDEXED BY workflow_by_key WHERE w.kind = ?2 AND w.key >= ?6 AND w.key < ?6 || char(1114111) \
             AND w.id > ?1 AND (?3 IS NULL OR w.status = ?3) AND (?4 IS NULL OR instr(w.title, ?4) OR instr(w.key, ?4)) \
             ORDER BY w.id LIMIT ?5",
            after,
            kind,
            status,
            text,
            most,
            prefix
        );
        query.fetch_all(on).await?
    } else {
        // Bytes: of a text, `length` counts only what comes before a NUL.
        let query = rows!(
            "workflow w WHERE w.id > ?1 AND (?2 IS NULL OR w.kind = ?2) AND (?3 IS NULL OR w.status = ?3) \
             AND (?4 IS NULL OR instr(w.title, ?4) OR instr(w.key, ?4)) \
             AND (?6 IS NULL OR substr(CAST(w.key AS BLOB), 1, length(CAST(?6 AS BLOB))) = CAST(?6 AS BLOB)) \
             ORDER BY w.id LIMIT ?5",
            after,
            kind,
            status,
            text,
            most,
            prefix
        );
        query.fetch_all(on).await?
    };
    Ok(read_all(rows))
}

pub(crate) async fn active(
    on: impl SqliteExecutor<'_>,
    after: WorkflowId,
    rows: usize,
) -> Result<Vec<ActiveRow>, sqlx::Error> {
    let (after, rows) = (number(after.0), limit(rows));
    let query = sqlx::query!(
        "SELECT id AS \"id!\", pending IS NOT NULL AS \"pending!: bool\" FROM workflow \
         WHERE active = 1 AND id > ? ORDER BY id LIMIT ?",
        after,
        rows
    );
    let rows = query.fetch_all(on).await?.into_iter();
    Ok(rows.map(|row| ActiveRow { workflow: WorkflowId(positive(row.id)), pending: row.pending }).collect())
}

pub(crate) async fn stuck(
    on: impl SqliteExecutor<'_>,
    after: WorkflowId,
    rows: usize,
) -> Result<Vec<WorkflowId>, sqlx::Error> {
    let (after, rows) = (number(after.0), limit(rows));
    let query = sqlx::query_scalar!(
        "SELECT id AS \"id!\" FROM workflow WHERE standing = 0 AND pending IS NULL AND wake_at IS NULL \
         AND pool_priority IS NULL AND id > ? ORDER BY id LIMIT ?",
        after,
        rows
    );
    Ok(query.fetch_all(on).await?.into_iter().map(|id| WorkflowId(positive(id))).collect())
}

pub(crate) async fn waking(
    on: impl SqliteExecutor<'_>,
    after: (Timestamp, WorkflowId),
    until: Timestamp,
    rows: usize,
) -> Result<Vec<(Timestamp, WorkflowId)>, sqlx::Error> {
    let (at, id, until, rows) = (millis(after.0), number(after.1.0), millis(until), limit(rows));
    let query = sqlx::query!(
        "SELECT wake_at AS \"wake_at!\", id AS \"id!\" FROM workflow WHERE wake_at IS NOT NULL AND wake_at >= ?1 \
         AND (wake_at > ?1 OR id > ?2) AND wake_at <= ?3 ORDER BY wake_at, id LIMIT ?4",
        at,
        id,
        until,
        rows
    );
    let rows = query.fetch_all(on).await?.into_iter();
    Ok(rows.map(|row| (time(row.wake_at), WorkflowId(positive(row.id)))).collect())
}

pub(crate) async fn pools(on: impl SqliteExecutor<'_>) -> Result<Vec<PoolRow>, sqlx::Error> {
    let query = sqlx::query!(
        "SELECT id AS \"id!\", pool, pool_group, pool_priority, pool_since FROM workflow WHERE pool IS NOT NULL ORDER BY id"
    );
    let rows = query.fetch_all(on).await?.into_iter().filter_map(|row| {
        let pool = pool(row.pool, row.pool_group, row.pool_priority, row.pool_since)?;
        Some(PoolRow { workflow: WorkflowId(positive(row.id)), pool })
    });
    Ok(rows.collect())
}
