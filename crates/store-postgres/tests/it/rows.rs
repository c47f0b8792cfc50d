//! Batches for tests that look at the server rather than at the rows.

use engine::{Batch, EventEffect, EventId, EventRecord, Standing, Timestamp, WorkflowId, WorkflowRow};

pub fn row(id: u64, title: &str) -> WorkflowRow {
    WorkflowRow {
        id: WorkflowId(id),
        kind: "order".into(),
        key: format!("key-{id}").into(),
        status: "open".into(),
        standing: Standing::Awaiting,
        title: title.into(),
        run: 1,
        subject: None,
        machine_id: None,
        volume_id: None,
        state: "{}".into(),
        state_version: 1,
        revision: 1,
        actions: 0,
        timers: None,
        wake_at: None,
        pending: None,
        active: false,
        pool: None,
        last_activity: Timestamp::from_millis(1),
    }
}

pub fn event(id: &str, seq: u64) -> EventRecord {
    EventRecord {
        workflow: WorkflowId(1),
        id: EventId::new("gh", id),
        seq,
        effect: EventEffect::Applied,
        payload: "{}".into(),
        at: Timestamp::from_millis(seq),
        code: "1".into(),
    }
}

/// One event of workflow 1.
pub fn batch(id: &str, seq: u64) -> Batch {
    Batch { events: vec![event(id, seq)], ..Batch::default() }
}
