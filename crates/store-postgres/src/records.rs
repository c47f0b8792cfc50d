//! Rows turned into columns: a statement takes each column of all its rows as one array.

use crate::{
    convert::{millis, number},
    text::stored,
};
use engine::{EarlyRow, EventRecord, WorkflowRow};
use std::borrow::Cow;

/// Columns of the table `workflow`, in its order.
#[derive(Debug)]
pub(crate) struct Workflows<'a> {
    pub id: Vec<i64>,
    pub kind: Vec<Cow<'a, str>>,
    pub key: Vec<Cow<'a, str>>,
    pub status: Vec<Cow<'a, str>>,
    pub standing: Vec<i16>,
    pub title: Vec<Cow<'a, str>>,
    pub run: Vec<i64>,
    pub subject: Vec<Option<Cow<'a, str>>>,
    pub machine_id: Vec<Option<Cow<'a, str>>>,
    pub volume_id: Vec<Option<Cow<'a, str>>>,
    pub state: Vec<Cow<'a, str>>,
    pub state_version: Vec<i64>,
    pub revision: Vec<i64>,
    pub actions: Vec<i64>,
    pub timers: Vec<Option<Cow<'a, str>>>,
    pub wake_at: Vec<Option<i64>>,
    pub active: Vec<i16>,
    pub pending: Vec<Option<Cow<'a, str>>>,
    pub pool: Vec<Option<Cow<'a, str>>>,
    pub pool_group: Vec<Option<Cow<'a, str>>>,
    pub pool_priority: Vec<Option<i16>>,
    pub pool_since: Vec<Option<i64>>,
    pub last_activity: Vec<i64>,
}

impl<'a> Workflows<'a> {
    pub fn of(rows: &'a [WorkflowRow]) -> Self {
        fn all<'a, T>(rows: &'a [WorkflowRow], of: impl Fn(&'a WorkflowRow) -> T) -> Vec<T> {
            rows.iter().map(of).collect()
        }
        let waits = |row: &WorkflowRow| row.pool.as_ref().and_then(|pool| pool.waits);
        Self {
            id: all(rows, |row| number(row.id.0)),
            kind: all(rows, |row| stored(&row.kind)),
            key: all(rows, |row| stored(&row.key)),
            status: all(rows, |row| stored(&row.status)),
            standing: all(rows, |row| row.standing as i16),
            title: all(rows, |row| stored(&row.title)),
            run: all(rows, |row| i64::from(row.run)),
            subject: all(rows, |row| row.subject.as_deref().map(stored)),
            machine_id: all(rows, |row| row.machine_id.as_deref().map(stored)),
            volume_id: all(rows, |row| row.volume_id.as_deref().map(stored)),
            state: all(rows, |row| stored(&row.state)),
            state_version: all(rows, |row| i64::from(row.state_version)),
            revision: all(rows, |row| number(row.revision)),
            actions: all(rows, |row| i64::from(row.actions)),
            timers: all(rows, |row| row.timers.as_deref().map(stored)),
            wake_at: all(rows, |row| row.wake_at.map(millis)),
            active: all(rows, |row| i16::from(row.active)),
            pending: all(rows, |row| row.pending.as_deref().map(stored)),
            pool: all(rows, |row| row.pool.as_ref().map(|pool| stored(&pool.pool))),
            pool_group: all(rows, |row| row.pool.as_ref().map(|pool| stored(&pool.group))),
            pool_priority: all(rows, |row| waits(row).map(|(priority, _)| i16::from(priority))),
            pool_since: all(rows, |row| waits(row).map(|(_, since)| millis(since))),
            last_activity: all(rows, |row| millis(row.last_activity)),
        }
    }
}

/// Columns of the table `event`, in its order.
#[derive(Debug)]
pub(crate) struct Events<'a> {
    pub workflow: Vec<i64>,
    pub id: Vec<Cow<'a, str>>,
    pub seq: Vec<i64>,
    pub effect: Vec<i16>,
    pub payload: Vec<Cow<'a, str>>,
    pub at: Vec<i64>,
    pub code: Vec<i64>,
}

impl<'a> Events<'a> {
    /// `codes`: the number of each one's code version.
    pub fn of(events: &'a [EventRecord], code: Vec<i64>) -> Self {
        Self {
            workflow: events.iter().map(|event| number(event.workflow.0)).collect(),
            id: events.iter().map(|event| stored(event.id.as_str())).collect(),
            seq: events.iter().map(|event| number(event.seq)).collect(),
            effect: events.iter().map(|event| event.effect as i16).collect(),
            payload: events.iter().map(|event| stored(&event.payload)).collect(),
            at: events.iter().map(|event| millis(event.at)).collect(),
            code,
        }
    }
}

/// Columns of the table `early`, in its order.
#[derive(Debug)]
pub(crate) struct Early<'a> {
    pub kind: Vec<Cow<'a, str>>,
    pub key: Vec<Cow<'a, str>>,
    pub id: Vec<Cow<'a, str>>,
    pub payload: Vec<Cow<'a, str>>,
    pub at: Vec<i64>,
    pub keep_until: Vec<i64>,
}

impl<'a> Early<'a> {
    pub fn of(rows: &'a [EarlyRow]) -> Self {
        Self {
            kind: rows.iter().map(|row| stored(&row.kind)).collect(),
            key: rows.iter().map(|row| stored(&row.key)).collect(),
            id: rows.iter().map(|row| stored(row.id.as_str())).collect(),
            payload: rows.iter().map(|row| stored(&row.payload)).collect(),
            at: rows.iter().map(|row| millis(row.at)).collect(),
            keep_until: rows.iter().map(|row| millis(row.keep_until)).collect(),
        }
    }
}
