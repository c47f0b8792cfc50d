//! Stand-ins for intake, engine and steering.

use crate::seams::{
    By, Error, HistoryRow, Intake, Look, Narrow, Repaired, Replayed, Steer, Sweep, Taken, Webhook, WorkflowRow,
};
use async_trait::async_trait;
use engine::WorkflowId;
use serde_json::json;
use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

/// Takes every webhook and remembers it, or answers what the test wants.
#[derive(Default)]
pub(crate) struct MemoryIntake {
    pub(crate) taken: Mutex<Vec<Webhook>>,
    pub(crate) answer: Mutex<Option<Result<Taken, Error>>>,
}

#[async_trait]
impl Intake for MemoryIntake {
    async fn take(&self, webhook: Webhook) -> Result<Taken, Error> {
        self.taken.lock().unwrap().push(webhook);
        let answer = self.answer.lock().unwrap().clone();
        answer.unwrap_or(Ok(Taken::Recorded { workflows: vec![WorkflowId(12)], duplicate: false }))
    }
}

/// Workflows 1 to 3 and 12, each with three events, or what the test wants; fails when told.
pub(crate) struct MemoryLook {
    pub(crate) fails: AtomicBool,
    /// Reads succeed, writes do not.
    pub(crate) full: AtomicBool,
    pub(crate) rows: Mutex<Option<Vec<WorkflowRow>>>,
    pub(crate) state: Mutex<Option<serde_json::Value>>,
    pub(crate) why: Mutex<Option<String>>,
    pub(crate) payload: Mutex<Option<serde_json::Value>>,
    pub(crate) events: Mutex<u64>,
}

impl Default for MemoryLook {
    fn default() -> Self {
        let events = Mutex::new(3);
        Self {
            full: AtomicBool::default(),
            events,
            fails: AtomicBool::default(),
            rows: Mutex::default(),
            state: Mutex::default(),
            why: Mutex::default(),
            payload: Mutex::default(),
        }
    }
}

impl MemoryLook {
    fn rows(&self) -> Vec<WorkflowRow> {
        self.rows.lock().unwrap().clone().unwrap_or_else(workflow_rows)
    }
}

pub(crate) fn workflow_rows() -> Vec<WorkflowRow> {
    let row = |id: u64, title: &str, status: &str, run, machine: Option<&str>| WorkflowRow {
        id: WorkflowId(id).to_string(),
        kind: "pull_request".into(),
        title: title.into(),
        status: status.into(),
        run,
        subject: Some("3f2a91c07d1f0f6f5f6a4d1b2c3d4e5f60718293".into()),
        machine_id: machine.map(str::to_owned),
        volume_id: Some("pr_8c41f2".into()),
        last_activity_ms: 1_700_000_000_000 - id * 3_600_000,
    };
    vec![
        row(1, "acme/shop#7", "closed", 2, None),
        row(2, "acme/website#1204", "running", 1, Some("m-11aa22-1")),
        row(3, "acme/shop#8", "queued", 0, None),
        row(12, "acme/shop#7", "awaiting_decision", 1, None),
    ]
}

#[async_trait]
impl Look for MemoryLook {
    async fn list(&self, narrow: &Narrow) -> Result<Vec<WorkflowRow>, Error> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(Error::Failed("disk full at /var/secret".into()));
        }
        let wanted = |row: &WorkflowRow| {
            narrow.status.as_ref().is_none_or(|status| row.status == *status)
                && narrow.text.as_ref().is_none_or(|text| row.title.contains(text.as_str()))
                && narrow.after.is_none_or(|after| row.id.parse::<WorkflowId>().unwrap() > after)
        };
        Ok(self.rows().into_iter().filter(wanted).take(narrow.limit).collect())
    }

    async fn show(&self, workflow: WorkflowId) -> Result<Option<(WorkflowRow, serde_json::Value)>, Error> {
        let row = self.rows().into_iter().find(|row| row.id == workflow.to_string());
        let state = self.state.lock().unwrap().clone().unwrap_or_else(|| json!({"head": "3f2a91c"}));
        Ok(row.map(|row| (row, state)))
    }

    async fn history(&self, _: WorkflowId, after: u64, limit: usize) -> Result<Vec<HistoryRow>, Error> {
        let row = |sequence| HistoryRow {
            sequence,
            id: format!("gh:{sequence}"),
            name: "opened".into(),
            payload: self.payload.lock().unwrap().clone().unwrap_or_else(|| json!({"number": 7})),
            at_ms: 1_700_000_000_000,
            code: "0.1.0".into(),
        };
        let last = *self.events.lock().unwrap();
        Ok((1..=last).filter(|sequence| *sequence > after).take(limit).map(row).collect())
    }

    async fn why(&self, workflow: WorkflowId) -> Result<Option<String>, Error> {
        let known = self.show(workflow).await?;
        let why = self.why.lock().unwrap().clone();
        Ok(known.map(|_| why.unwrap_or_else(|| "waits for a person: request K7QF2M, until 20 December".into())))
    }

    async fn details(&self, workflow: WorkflowId) -> Result<Option<String>, Error> {
        let known = self.show(workflow).await?;
        Ok(known.map(|_| "wf_12 is `awaiting_decision`: timer `nudge` is due in 3 days".into()))
    }

    async fn stuck(&self) -> Result<Vec<WorkflowId>, Error> {
        Ok(vec![WorkflowId(3)])
    }

    async fn replay(&self, _: WorkflowId) -> Result<Replayed, Error> {
        Ok(Replayed { events: 9, same: true, sentence: "9 events lead to the stored state".into() })
    }

    async fn changed(&self, _: WorkflowId) {}

    async fn counts(&self) -> Result<Vec<(String, u64)>, Error> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(Error::Failed("disk full".into()));
        }
        let mut counts = std::collections::BTreeMap::<String, u64>::new();
        for row in self.rows() {
            *counts.entry(row.status).or_default() += 1;
        }
        Ok(counts.into_iter().collect())
    }

    async fn takes_writes(&self) -> bool {
        !self.full.load(Ordering::SeqCst)
    }

    fn counters(&self) -> Vec<(&'static str, &'static str, u64)> {
        vec![("transitions_total", "Transitions committed.", 42), ("queue_depth", "Submissions that wait.", 0)]
    }
}

/// Finds one orphan.
pub(crate) struct MemorySweep;

#[async_trait]
impl Sweep for MemorySweep {
    async fn audit(&self, after: Option<&str>, limit: usize) -> Result<Vec<(String, janitor::Entry)>, Error> {
        let entry = |number: u64| janitor::Entry {
            at: environment::Timestamp::from_millis(1_700_000_000_000 - number * 3_600_000),
            by: "cli".into(),
            kind: janitor::Kind::Volume,
            id: format!("pr_{number}"),
            name: format!("pr_{number}"),
            workflow: "wf_12".into(),
            stage: janitor::Stage::Done,
            reason: "no workflow refers to it".into(),
        };
        let entries = (1..=3).map(|number| (format!("place-{number}"), entry(number)));
        Ok(entries.filter(|(place, _)| after.is_none_or(|after| place.as_str() > after)).take(limit).collect())
    }

    async fn sweep(&self, order: &janitor::Order) -> Result<janitor::Report, Error> {
        let dry_run = order.dry_run;
        let confirmed = if order.confirmed { format!(", confirmed by {}", order.by) } else { String::new() };
        let deed = janitor::Deed {
            kind: janitor::Kind::Volume,
            id: "pr_8c41f2".into(),
            name: "pr_8c41f2".into(),
            workflow: "wf_12".into(),
            since: Some(environment::Timestamp::from_millis(1_700_000_000_000 - 2 * 86_400_000)),
            outcome: if dry_run { janitor::Outcome::WouldDelete } else { janitor::Outcome::Deleted },
            reason: format!(
                "`pr_8c41f2` was made for wf_12, and no workflow refers to it; acme/shop#7 is closed{confirmed}"
            ),
        };
        Ok(janitor::Report { dry_run, deeds: vec![deed], failures: vec![] })
    }
}

/// Remembers who did what to which workflow.
#[derive(Default)]
pub(crate) struct MemorySteer {
    pub(crate) done: Mutex<Vec<String>>,
}

impl MemorySteer {
    fn note(&self, what: String) -> Result<String, Error> {
        self.done.lock().unwrap().push(what);
        Ok("recorded".into())
    }
}

#[async_trait]
impl Steer for MemorySteer {
    async fn approve(&self, workflow: WorkflowId, request: &str, by: &By) -> Result<String, Error> {
        if request == "OLD111" {
            return Err(Error::Refused("already decided".into()));
        }
        self.note(format!("approve {workflow} {request} {}", by.0))
    }

    async fn reject(&self, workflow: WorkflowId, request: &str, by: &By) -> Result<String, Error> {
        self.note(format!("reject {workflow} {request} {}", by.0))
    }

    async fn cancel(&self, workflow: WorkflowId, by: &By) -> Result<String, Error> {
        self.note(format!("cancel {workflow} {}", by.0))
    }

    async fn remind(&self, workflow: WorkflowId, text: &str, by: &By) -> Result<String, Error> {
        self.note(format!("remind {workflow} {text} {}", by.0))
    }

    async fn pause(&self, workflow: WorkflowId, by: &By) -> Result<String, Error> {
        self.note(format!("pause {workflow} {}", by.0))
    }

    async fn resume(&self, workflow: WorkflowId, by: &By) -> Result<String, Error> {
        self.note(format!("resume {workflow} {}", by.0))
    }

    async fn retry(&self, workflow: WorkflowId, by: &By) -> Result<String, Error> {
        self.note(format!("retry {workflow} {}", by.0))
    }

    async fn export_session(&self, _: WorkflowId) -> Result<Vec<u8>, Error> {
        Ok(b"an archive".to_vec())
    }

    async fn import_session(&self, workflow: WorkflowId, archive: &[u8], by: &By) -> Result<String, Error> {
        self.note(format!("import {workflow} {} bytes {}", archive.len(), by.0))
    }

    async fn repair(&self, workflow: WorkflowId, by: &By) -> Result<Repaired, Error> {
        self.note(format!("repair {workflow} {}", by.0))?;
        let (workflow, sentence) = (workflow.to_string(), "it awaits an event from outside".into());
        Ok(Repaired { workflow, was_stuck: true, stuck: false, sentence })
    }
}
