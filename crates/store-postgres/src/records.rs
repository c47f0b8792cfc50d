//! Rows as PostgreSQL takes them: each table's name is also a type, and a statement takes an array of it. One array of rows
//! costs the server less than half of what an array for each column does (docs/performance.md). The fields are the
//! columns of the table, in its order.

use crate::{
    convert::{millis, number},
    text::stored,
};
use engine::{EarlyRow, EventRecord, WorkflowRow};
use sqlx::{
    Postgres, Type,
    postgres::{PgHasArrayType, PgTypeInfo},
};
use std::borrow::Cow;

macro_rules! rows_of {
    ($($table:literal: $row:ident,)*) => {
        $(impl Type<Postgres> for $row<'_> {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_name($table)
            }
        }

        impl PgHasArrayType for $row<'_> {
            fn array_type_info() -> PgTypeInfo {
                PgTypeInfo::array_of($table)
            }
        })*
    };
}

rows_of! {
    "workflow": Workflow,
    "event": Event,
    "early": Early,
}

/// A row of the table `workflow`.
#[derive(Debug, sqlx::Encode)]
pub(crate) struct Workflow<'a> {
    id: i64,
    kind: Cow<'a, str>,
    key: Cow<'a, str>,
    status: Cow<'a, str>,
    standing: i16,
    title: Cow<'a, str>,
    run: i64,
    subject: Option<Cow<'a, str>>,
    machine_id: Option<Cow<'a, str>>,
    volume_id: Option<Cow<'a, str>>,
    state: Cow<'a, str>,
    state_version: i64,
    revision: i64,
    actions: i64,
    timers: Option<Cow<'a, str>>,
    wake_at: Option<i64>,
    active: i16,
    pending: Option<Cow<'a, str>>,
    pool: Option<Cow<'a, str>>,
    pool_group: Option<Cow<'a, str>>,
    pool_priority: Option<i16>,
    pool_since: Option<i64>,
    last_activity: i64,
}

impl<'a> Workflow<'a> {
    pub fn all(rows: &'a [WorkflowRow]) -> Vec<Self> {
        rows.iter().map(Self::of).collect()
    }

    fn of(row: &'a WorkflowRow) -> Self {
        let waits = row.pool.as_ref().and_then(|pool| pool.waits);
        Self {
            id: number(row.id.0),
            kind: stored(&row.kind),
            key: stored(&row.key),
            status: stored(&row.status),
            standing: row.standing as i16,
            title: stored(&row.title),
            run: i64::from(row.run),
            subject: row.subject.as_deref().map(stored),
            machine_id: row.machine_id.as_deref().map(stored),
            volume_id: row.volume_id.as_deref().map(stored),
            state: stored(&row.state),
            state_version: i64::from(row.state_version),
            revision: number(row.revision),
            actions: i64::from(row.actions),
            timers: row.timers.as_deref().map(stored),
            wake_at: row.wake_at.map(millis),
            active: i16::from(row.active),
            pending: row.pending.as_deref().map(stored),
            pool: row.pool.as_ref().map(|pool| stored(&pool.pool)),
            pool_group: row.pool.as_ref().map(|pool| stored(&pool.group)),
            pool_priority: waits.map(|(priority, _)| i16::from(priority)),
            pool_since: waits.map(|(_, since)| millis(since)),
            last_activity: millis(row.last_activity),
        }
    }
}

/// A row of the table `event`.
#[derive(Debug, sqlx::Encode)]
pub(crate) struct Event<'a> {
    workflow: i64,
    id: Cow<'a, str>,
    seq: i64,
    effect: i16,
    payload: Cow<'a, str>,
    at: i64,
    code: i64,
}

impl<'a> Event<'a> {
    /// `code`: the number of its code version.
    pub fn of(event: &'a EventRecord, code: i64) -> Self {
        Self {
            workflow: number(event.workflow.0),
            id: stored(event.id.as_str()),
            seq: number(event.seq),
            effect: event.effect as i16,
            payload: stored(&event.payload),
            at: millis(event.at),
            code,
        }
    }
}

/// A row of the table `early`.
#[derive(Debug, sqlx::Encode)]
pub(crate) struct Early<'a> {
    kind: Cow<'a, str>,
    key: Cow<'a, str>,
    id: Cow<'a, str>,
    payload: Cow<'a, str>,
    at: i64,
    keep_until: i64,
}

impl<'a> Early<'a> {
    pub fn all(rows: &'a [EarlyRow]) -> Vec<Self> {
        let of = |row: &'a EarlyRow| Self {
            kind: stored(&row.kind),
            key: stored(&row.key),
            id: stored(row.id.as_str()),
            payload: stored(&row.payload),
            at: millis(row.at),
            keep_until: millis(row.keep_until),
        };
        rows.iter().map(of).collect()
    }
}
