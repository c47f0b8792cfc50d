//! One pass at a time, and what is remembered between passes: durable, so that a restart neither restarts the grace period
//! nor shortens it.

use super::{WorkflowOwners, audit, audit::Recorded, records::SweptRecords, turn::Turn, workflows::SweptWorkflows};
use crate::{
    http::Counts,
    parts::Parts,
    runs::Runs,
    seams::{Error, Look, Steer, Sweep},
};
use async_trait::async_trait;
use engine::beside::{Expected, Put};
use environment::Timestamp;
use janitor::{Deed, Entry, Janitor, Kind, Order, Outcome, Report, Rules, Sightings, World};
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

/// What the janitor looks at beside what all parts share.
pub struct Sees {
    /// Runs.
    pub runs: Runs,
    /// Reads.
    pub look: Arc<dyn Look>,
    /// How it asks a workflow to look again.
    pub steer: Arc<dyn Steer>,
}

impl std::fmt::Debug for Sees {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sees")
    }
}

impl Sweeper {
    /// Over the shared parts; what it does is counted in `counts`.
    pub fn new(parts: Arc<Parts>, Sees { runs, look, steer }: Sees, counts: Arc<Counts>) -> Self {
        let of_parts = || Arc::clone(&parts);
        let world = World {
            machines: Arc::clone(&parts.machines),
            owners: Arc::new(WorkflowOwners::new(of_parts())),
            workflows: Arc::new(SweptWorkflows { parts: of_parts(), runs: runs.clone(), look, steer }),
            records: Arc::new(SweptRecords { parts: of_parts(), runs }),
            audit: Arc::new(Recorded(of_parts())),
        };
        let chosen = &parts.config.janitor;
        let rules = Rules {
            deployment: parts.deployment.clone(),
            grace: chosen.grace,
            sightings: chosen.sightings,
            share_max: chosen.share_max,
            keep: chosen.keep,
        };
        Self { janitor: Janitor::new(world, rules), parts, counts, alone: Mutex::default() }
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
            self.counts.add(counter(*kind), outcome.word());
            if !matches!(outcome, Outcome::Deleted | Outcome::Mended | Outcome::Failed) {
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
        let held = report.count(Outcome::Held);
        let whole = if report.failures.is_empty() { "whole" } else { "partial" };
        self.counts.add("janitor_passes", if held > 0 { "held" } else { whole });
        tracing::info!(
            deleted = report.count(Outcome::Deleted),
            noted = report.count(Outcome::Noted),
            mended = report.count(Outcome::Mended),
            held,
            kept = report.count(Outcome::Kept),
            postponed = report.count(Outcome::Postponed),
            failed = report.count(Outcome::Failed) + report.failures.len(),
            "the janitor has passed"
        );
    }
}

const fn counter(kind: Kind) -> &'static str {
    match kind {
        Kind::Machine => "janitor_orphan_machines",
        Kind::Volume => "janitor_orphan_volumes",
        Kind::Run => "janitor_expired_runs",
        Kind::Workflow => "janitor_stuck_workflows",
        Kind::Check => "janitor_unfinished_checks",
        Kind::Record => "janitor_retention",
        Kind::Database => "janitor_database",
    }
}

impl Sweeper {
    async fn pass(&self, order: &Order) -> Result<Report, Error> {
        let (mut memory, expected) = self.read().await?;
        let now = self.parts.environment.now();
        let report = self.janitor.pass(&mut memory.sightings, now, order).await;
        if order.dry_run {
            return Ok(report);
        }
        memory.last_pass = Some(self.parts.environment.now());
        self.write(&memory, expected).await?;
        self.tell(&report);
        Ok(report)
    }
}

#[async_trait]
impl Sweep for Sweeper {
    async fn sweep(&self, order: &Order) -> Result<Report, Error> {
        let _alone = self.alone.lock().await;
        // A dry run changes nothing that anybody else could be in the middle of.
        let several = self.parts.engine.engine().is_ok_and(engine::Engine::is_one_of_several);
        if order.dry_run || !several {
            return self.pass(order).await;
        }
        let (beside, environment) = (&*self.parts.beside, &self.parts.environment);
        Turn::take(beside, environment).await?.during(beside, environment, self.pass(order)).await?
    }

    async fn audit(&self, after: Option<&str>, limit: usize) -> Result<Vec<(String, Entry)>, Error> {
        audit::read(&*self.parts.beside, after, limit).await
    }
}
