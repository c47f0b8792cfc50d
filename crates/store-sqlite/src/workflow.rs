//! The rows of workflows.

use crate::commit::Parameters;
use engine::{ActiveRow, EventId, ListFilter, PoolColumns, PoolRow, Standing, Timestamp, WorkflowId, WorkflowRow};
use sqlx::{Row, SqliteExecutor, sqlite::SqliteRow};
use std::{borrow::Cow, sync::Arc};

macro_rules! columns {
    () => {
        "id, kind, key, status, standing, title, run, subject, machine_id, volume_id, state, state_version, revision, \
         actions, timers, wake_at, active, pending, pool, pool_group, pool_priority, pool_since, last_activity"
    };
}

pub(crate) const INSERT: &str = concat!(
    "INSERT INTO workflow (",
    columns!(),
    ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
);
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

fn read(row: &SqliteRow) -> Result<WorkflowRow, sqlx::Error> {
    let text = |column: usize| row.try_get::<String, _>(column);
    let whole = |column: usize| row.try_get::<i64, _>(column);
    Ok(WorkflowRow {
        id: WorkflowId(positive(whole(0)?)),
        kind: text(1)?.into(),
        key: text(2)?.into(),
        status: text(3)?.into(),
        standing: Standing::from_number(whole(4)?),
        title: text(5)?,
        run: small(whole(6)?),
        subject: row.try_get(7)?,
        machine_id: row.try_get(8)?,
        volume_id: row.try_get(9)?,
        state: text(10)?.into(),
        state_version: small(whole(11)?),
        revision: positive(whole(12)?),
        actions: small(whole(13)?),
        timers: row.try_get(14)?,
        wake_at: row.try_get::<Option<i64>, _>(15)?.map(time),
        pending: row.try_get(17)?,
        active: whole(16)? == 1,
        pool: pool(row, 18)?,
        last_activity: time(whole(22)?),
    })
}

fn pool(row: &SqliteRow, first: usize) -> Result<Option<PoolColumns>, sqlx::Error> {
    let Some(pool) = row.try_get::<Option<String>, _>(first)? else { return Ok(None) };
    let group = row.try_get::<Option<String>, _>(first + 1)?.unwrap_or_default();
    let priority = row.try_get::<Option<i64>, _>(first + 2)?;
    let since = row.try_get::<Option<i64>, _>(first + 3)?.map(time).unwrap_or_default();
    let waits = priority.map(|priority| (u8::try_from(priority).unwrap_or(u8::MAX), since));
    Ok(Some(PoolColumns { pool: Cow::Owned(pool), group, waits }))
}

fn read_all(rows: &[SqliteRow]) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    rows.iter().map(read).collect()
}

pub(crate) async fn highest_id(on: impl SqliteExecutor<'_>) -> Result<WorkflowId, sqlx::Error> {
    let row = sqlx::query("SELECT coalesce(max(id), 0) FROM workflow").fetch_one(on).await?;
    Ok(WorkflowId(positive(row.try_get(0)?)))
}

pub(crate) async fn by_ids(on: impl SqliteExecutor<'_>, ids: &[WorkflowId]) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    let sql = concat!("SELECT ", columns!(), " FROM workflow WHERE id IN (SELECT value FROM json_each(?))");
    read_all(&sqlx::query(sql).bind(serde_json::json!(ids).to_string()).fetch_all(on).await?)
}

pub(crate) async fn by_names(
    on: impl SqliteExecutor<'_>,
    names: &[(Arc<str>, Arc<str>)],
) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    // CROSS JOIN keeps the names outside: one search of the unique index each.
    let sql = concat!(
        "SELECT ",
        "w.id, w.kind, w.key, w.status, w.standing, w.title, w.run, w.subject, w.machine_id, w.volume_id, w.state, \
         w.state_version, w.revision, w.actions, w.timers, w.wake_at, w.active, w.pending, w.pool, w.pool_group, \
         w.pool_priority, w.pool_since, w.last_activity ",
        "FROM json_each(?) j CROSS JOIN workflow w ON w.kind = j.value ->> 0 AND w.key = j.value ->> 1"
    );
    read_all(&sqlx::query(sql).bind(serde_json::json!(names).to_string()).fetch_all(on).await?)
}

pub(crate) async fn by_name(
    on: impl SqliteExecutor<'_>,
    kind: &str,
    key: &str,
) -> Result<Option<WorkflowRow>, sqlx::Error> {
    let sql = concat!("SELECT ", columns!(), " FROM workflow WHERE kind = ? AND key = ?");
    sqlx::query(sql).bind(kind).bind(key).fetch_optional(on).await?.as_ref().map(read).transpose()
}

pub(crate) async fn list(on: impl SqliteExecutor<'_>, filter: &ListFilter) -> Result<Vec<WorkflowRow>, sqlx::Error> {
    // Bytes: of a text, `length` counts only what comes before a NUL.
    const ANY: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM workflow WHERE id > ?1 AND (?2 IS NULL OR kind = ?2) AND (?3 IS NULL OR status = ?3) \
         AND (?4 IS NULL OR instr(title, ?4) OR instr(key, ?4)) \
         AND (?6 IS NULL OR substr(CAST(key AS BLOB), 1, length(CAST(?6 AS BLOB))) = CAST(?6 AS BLOB)) \
         ORDER BY id LIMIT ?5"
    );
    // Found by the index over kind and key, in which what begins alike lies together.
    const BY_KEY: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM workflow INDEXED BY workflow_by_key WHERE kind = ?2 AND key >= ?6 AND key < ?6 || char(1114111) \
         AND id > ?1 AND (?3 IS NULL OR status = ?3) AND (?4 IS NULL OR instr(title, ?4) OR instr(key, ?4)) \
         ORDER BY id LIMIT ?5"
    );
    let sql = if filter.kind.is_some() && filter.key_prefix.is_some() { BY_KEY } else { ANY };
    let query = sqlx::query(sql)
        .bind(filter.after.map_or(0, |after| number(after.0)))
        .bind(filter.kind.as_deref())
        .bind(filter.status.as_deref())
        .bind(filter.text.as_deref())
        .bind(limit(filter.limit))
        .bind(filter.key_prefix.as_deref());
    read_all(&query.fetch_all(on).await?)
}

pub(crate) async fn active(
    on: impl SqliteExecutor<'_>,
    after: WorkflowId,
    rows: usize,
) -> Result<Vec<ActiveRow>, sqlx::Error> {
    let sql = "SELECT id, pending IS NOT NULL FROM workflow WHERE active = 1 AND id > ? ORDER BY id LIMIT ?";
    let rows = sqlx::query(sql).bind(number(after.0)).bind(limit(rows)).fetch_all(on).await?;
    let read =
        |row: &SqliteRow| Ok(ActiveRow { workflow: WorkflowId(positive(row.try_get(0)?)), pending: row.try_get(1)? });
    rows.iter().map(read).collect()
}

pub(crate) async fn stuck(
    on: impl SqliteExecutor<'_>,
    after: WorkflowId,
    rows: usize,
) -> Result<Vec<WorkflowId>, sqlx::Error> {
    let sql = "SELECT id FROM workflow WHERE standing = 0 AND pending IS NULL AND wake_at IS NULL \
               AND pool_priority IS NULL AND id > ? ORDER BY id LIMIT ?";
    let rows = sqlx::query(sql).bind(number(after.0)).bind(limit(rows)).fetch_all(on).await?;
    rows.iter().map(|row| Ok(WorkflowId(positive(row.try_get(0)?)))).collect()
}

pub(crate) async fn waking(
    on: impl SqliteExecutor<'_>,
    after: (Timestamp, WorkflowId),
    until: Timestamp,
    rows: usize,
) -> Result<Vec<(Timestamp, WorkflowId)>, sqlx::Error> {
    let sql = "SELECT wake_at, id FROM workflow WHERE wake_at IS NOT NULL AND wake_at >= ?1 \
               AND (wake_at > ?1 OR id > ?2) AND wake_at <= ?3 ORDER BY wake_at, id LIMIT ?4";
    let (at, id) = after;
    let query = sqlx::query(sql).bind(millis(at)).bind(number(id.0)).bind(millis(until)).bind(limit(rows));
    let rows = query.fetch_all(on).await?;
    rows.iter().map(|row| Ok((time(row.try_get(0)?), WorkflowId(positive(row.try_get(1)?))))).collect()
}

pub(crate) async fn pools(on: impl SqliteExecutor<'_>) -> Result<Vec<PoolRow>, sqlx::Error> {
    let sql = "SELECT id, pool, pool_group, pool_priority, pool_since FROM workflow WHERE pool IS NOT NULL ORDER BY id";
    let rows = sqlx::query(sql).fetch_all(on).await?;
    let read = |row: &SqliteRow| {
        let Some(pool) = pool(row, 1)? else { return Ok(None) };
        Ok(Some(PoolRow { workflow: WorkflowId(positive(row.try_get(0)?)), pool }))
    };
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// Of some event ids, by the name of their workflow, those that are there.
pub(crate) async fn known_by_name(
    on: impl SqliteExecutor<'_>,
    ids: &[(Arc<str>, Arc<str>, EventId)],
) -> Result<Vec<(WorkflowId, EventId, u64)>, sqlx::Error> {
    let sql = "SELECT e.workflow, e.id, e.seq FROM json_each(?) j \
               CROSS JOIN workflow w ON w.kind = j.value ->> 0 AND w.key = j.value ->> 1 \
               CROSS JOIN event e ON e.workflow = w.id AND e.id = j.value ->> 2";
    crate::event::known(on, sql, serde_json::json!(ids).to_string()).await
}
