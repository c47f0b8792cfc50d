//! The janitor finds whatever slipped, and deletes only what is provably nobody's.
//!
//! Each duty is one file, takes no input but the world, is bounded and idempotent, and returns what it did with reasons.
//! An orphan is deleted only when several passes, over at least the grace period, found the very same thing to be one; and
//! right before the deletion both sides are asked once more. What was seen first when is a value, [`Sightings`], which
//! the caller keeps between passes: losing it costs time, never a volume.

mod audit;
mod database;
mod duty;
mod expired_runs;
mod ledger;
mod orphan_machines;
mod orphan_volumes;
mod owners;
mod records;
mod report;
mod retention;
mod share;
mod sightings;
mod stuck_workflows;
mod unfinished_checks;
mod workflows;

pub use audit::{Audit, Entry, Stage};
pub use owners::{Claim, KnownMachines, Owners, OwnersError};
pub use records::{Class, Keep, Records};
pub use report::{Deed, Kind, Outcome, Report};
pub use share::SHARE_FLOOR;
pub use sightings::{Sighting, Sightings};
pub use workflows::{OpenCheck, OpenRun, Page, Repaired, RunStanding, Stuck, Workflows};

use duty::Round;
use environment::Timestamp;
use machines::Machines;
use std::{sync::Arc, time::Duration};

/// Things one duty may delete in one pass: a rule gone wrong is noticed before it has done much.
pub const DELETIONS_PER_DUTY_MAX: usize = 20;
/// Things about which one duty asks outside in one pass: each may cost a call to GitHub.
pub const QUESTIONS_PER_DUTY_MAX: usize = 500;
/// Orphans that one duty watches at a time: they are kept between passes, some 200 bytes each.
pub const SIGHTINGS_PER_DUTY_MAX: usize = 2_000;
/// Stuck workflows that one pass repairs: each reads its pull request anew.
pub const STUCK_PER_PASS_MAX: usize = 100;
/// Rows of each class that one pass removes: some seconds of a database's time.
pub const ROWS_PER_CLASS_MAX: u64 = 100_000;

/// What the duties look at and act through.
#[derive(Clone)]
pub struct World {
    /// Machines and volumes.
    pub machines: Arc<dyn Machines>,
    /// Who wants them.
    pub owners: Arc<dyn Owners>,
    /// Runs, checks, what is stuck.
    pub workflows: Arc<dyn Workflows>,
    /// The past.
    pub records: Arc<dyn Records>,
    /// Where every deed is written down.
    pub audit: Arc<dyn Audit>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

/// What the operator has chosen.
#[derive(Debug, Clone)]
pub struct Rules {
    /// This deployment; all others' things are none of our business.
    pub deployment: String,
    /// Both the age below which nothing is an orphan, and the time over which the passes must agree.
    pub grace: Duration,
    /// Passes that must agree.
    pub sightings: u32,
    /// Per cent of all volumes, and of all machines, that one pass may delete unasked.
    pub share_max: u8,
    /// How long the past is kept.
    pub keep: Keep,
}

/// How one pass is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Change nothing; say what would happen.
    pub dry_run: bool,
    /// An operator has looked, and more than the share may go.
    pub confirmed: bool,
    /// Who lets it pass, for the record.
    pub by: String,
}

/// The duties, with what they look at.
pub struct Janitor {
    world: World,
    rules: Rules,
}

impl std::fmt::Debug for Janitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Janitor").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl Janitor {
    /// A janitor of one deployment.
    pub const fn new(world: World, rules: Rules) -> Self {
        Self { world, rules }
    }

    /// Does all duties once. In a dry run it changes nothing, `sightings` included, and reports what it would do.
    ///
    /// What may still be mended comes before what is taken away, and machines before volumes: a volume that an orphaned
    /// machine has cannot be deleted. A duty that fails is reported, and the next one is done all the same.
    pub async fn pass(&self, sightings: &mut Sightings, now: Timestamp, order: &Order) -> Report {
        let round = Round {
            machines: &*self.world.machines,
            owners: &*self.world.owners,
            workflows: &*self.world.workflows,
            records: &*self.world.records,
            audit: &*self.world.audit,
            rules: &self.rules,
            now,
            order,
        };
        let mut report = Report { dry_run: order.dry_run, ..Report::default() };
        let mut seen = sightings.clone();
        report.take(Kind::Workflow, stuck_workflows::run(&round).await);
        report.take(Kind::Run, expired_runs::run(&round, &mut seen.runs_after).await);
        report.take(Kind::Check, unfinished_checks::run(&round, &mut seen.checks_after).await);
        report.take(Kind::Machine, orphan_machines::run(&round, &mut seen.machines).await);
        report.take(Kind::Volume, orphan_volumes::run(&round, &mut seen.volumes).await);
        report.take(Kind::Record, retention::run(&round).await);
        report.take(Kind::Database, database::run(&round).await);
        if !order.dry_run {
            *sightings = seen;
        }
        report
    }
}
