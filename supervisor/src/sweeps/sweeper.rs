//! One pass at a time, and what is remembered between passes: durable, so that a restart neither restarts the grace period
//! nor shortens it.

use crate::{
    http::Counts,
    parts::Parts,
    seams::{Error, Sweep},
    sweeps::WorkflowOwners,
};
use async_trait::async_trait;
use engine::beside::{Expected, Put};
use environment::Timestamp;
use janitor::{Deed, Janitor, Outcome, Report, Sightings};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Collection and key of what the janitor remembers.
const MEMORY: (&str, &str) = ("janitor", "sightings");

/// What is remembered between passes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Memory {
    #[serde(default)]
    last_pass: Option<Timestamp>,
    #[serde(default)]
    sightings: Sightings,
}

/// The janitor with its memory.
pub struct Sweeper {
    parts: Arc<Parts>,
    janitor: Janitor,
    counts: Arc<Counts>,
    /// Two passes at once would each think that it deletes alone.
    alone: Mutex<()>,
}

impl std::fmt::Debug for Sweeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.janitor.fmt(f)
    }
}

impl Sweeper {
    /// Over the shared parts; what it does is counted in `counts`.
    pub fn new(parts: Arc<Parts>, counts: Arc<Counts>) -> Self {
        let owners = Arc::new(WorkflowOwners::new(Arc::clone(&parts)));
        let grace = parts.config.janitor.grace;
        let janitor = Janitor::new(Arc::clone(&parts.machines), owners, parts.deployment.clone(), grace);
        Self { parts, janitor, counts, alone: Mutex::default() }
    }

    /// Whether the schedule is this supervisor's; where several share a database, it is one's.
    pub fn leads(&self) -> bool {
        self.parts.engine.engine().is_ok_and(engine::Engine::leads)
    }

    /// When the last pass that was not a dry run ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn last_pass(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self.read().await?.0.last_pass)
    }

    async fn read(&self) -> Result<(Memory, Expected), Error> {
        let Some(document) = self.parts.beside.document(MEMORY.0, MEMORY.1).await? else {
            return Ok((Memory::default(), Expected::Absent));
        };
        let expected = Expected::Revision(document.revision);
        match serde_json::from_value(document.value) {
            Ok(memory) => Ok((memory, expected)),
            Err(error) => {
                // Losing it costs time, never a volume.
                tracing::warn!(%error, "what the janitor remembered cannot be read; its patience begins anew");
                Ok((Memory::default(), expected))
            }
        }
    }

    async fn write(&self, memory: &Memory, expected: Expected) -> Result<(), Error> {
        let value = serde_json::to_value(memory).map_err(|error| Error::Failed(error.to_string()))?;
        match self.parts.beside.put_document(MEMORY.0, MEMORY.1, &value, expected).await? {
            Put::Done(_) => Ok(()),
            Put::Conflict(_) => Err(Error::Failed("the janitor's memory was changed elsewhere".into())),
        }
    }

    fn tell(&self, report: &Report) {
        for Deed { kind, id, name, outcome, reason, .. } in &report.deeds {
            let counter = match kind {
                janitor::Kind::Machine => "janitor_orphan_machines",
                janitor::Kind::Volume => "janitor_orphan_volumes",
            };
            self.counts.add(counter, outcome.word());
            if !matches!(outcome, Outcome::Deleted | Outcome::Failed) {
                tracing::info!(
                    duty = kind.duty(),
                    id,
                    name,
                    outcome = outcome.word(),
                    reason,
                    "the janitor looked at it"
                );
            }
        }
        self.counts.add("janitor_passes", if report.failures.is_empty() { "whole" } else { "partial" });
        tracing::info!(
            deleted = report.count(Outcome::Deleted),
            noted = report.count(Outcome::Noted),
            kept = report.count(Outcome::Kept),
            postponed = report.count(Outcome::Postponed),
            failed = report.count(Outcome::Failed) + report.failures.len(),
            "the janitor has passed"
        );
    }
}

#[async_trait]
impl Sweep for Sweeper {
    async fn sweep(&self, dry_run: bool) -> Result<Report, Error> {
        let _alone = self.alone.lock().await;
        let (mut memory, expected) = self.read().await?;
        let now = self.parts.environment.now();
        let report = self.janitor.pass(&mut memory.sightings, now, dry_run).await;
        if dry_run {
            return Ok(report);
        }
        memory.last_pass = Some(self.parts.environment.now());
        self.write(&memory, expected).await?;
        self.tell(&report);
        Ok(report)
    }
}
