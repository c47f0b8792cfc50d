//! The limit: the least durable writes that W needs, without an engine. Per transition one journal row is inserted and
//! one workflow row inserted or updated; submitters wait for each commit; a writer takes what has gathered.
//!
//! The statements and settings are those of the program that measured the limit for the peers (docs/performance.md), so
//! that ratios mean the same: SQLite in WAL mode, one prepared statement per row, the default page cache and checkpoint.

mod drive;
pub mod postgres;
pub mod raw;
pub mod sqlite;
pub mod store;

use crate::{
    report::{Report, thousands},
    workload::TRANSITIONS,
};
use serde::Serialize;
use std::time::Duration;

/// The payload of a journal row, about 75 bytes.
pub(crate) fn payload(workflow: i64, seq: i64) -> String {
    format!(r#"{{"step":{seq},"volume":"vol-{workflow:08}","machine":"m-{workflow:08}","status":"ok"}}"#)
}

/// One measurement of the limit.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// What was measured.
    pub what: String,
    /// Transitions made durable.
    pub transitions: u64,
    /// Per second.
    pub transitions_per_s: f64,
    /// Processor time of this process, and of the database's server if it has one.
    pub cpu_s_per_1000_workflows: f64,
}

impl Measured {
    pub(crate) fn new(what: String, transitions: u64, span: Duration, cpu_s: f64) -> Self {
        let transitions_per_s = transitions as f64 / span.as_secs_f64();
        let workflows = transitions as f64 / TRANSITIONS as f64;
        Self { what, transitions, transitions_per_s, cpu_s_per_1000_workflows: cpu_s * 1_000.0 / workflows }
    }
}

impl Report for Measured {
    fn line(&self) -> String {
        let Self { what, transitions_per_s, cpu_s_per_1000_workflows, .. } = self;
        format!(
            "{what}: {} transitions/s, cpu {cpu_s_per_1000_workflows:.3} s/1000 workflows",
            thousands(*transitions_per_s)
        )
    }
}
