//! The janitor finds whatever slipped, and deletes only what is provably nobody's.
//!
//! Each duty is one file, takes no input but the world, is bounded and idempotent, and returns what it did with reasons.
//! An orphan is deleted only when two passes, at least the grace period apart, found the very same thing to be one; and
//! right before the deletion both sides are asked once more. What was seen first when is a value, [`Sightings`], which
//! the caller keeps between passes: losing it costs time, never a volume.

mod duty;
mod orphan_machines;
mod orphan_volumes;
mod owners;
mod report;
mod sightings;

pub use owners::{Claim, KnownMachines, Owners, OwnersError};
pub use report::{Deed, Kind, Outcome, Report};
pub use sightings::{Sighting, Sightings};

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

/// The duties, with what they look at.
pub struct Janitor {
    machines: Arc<dyn Machines>,
    owners: Arc<dyn Owners>,
    deployment: String,
    grace: Duration,
}

impl std::fmt::Debug for Janitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Janitor")
            .field("deployment", &self.deployment)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}

impl Janitor {
    /// A janitor of one deployment. `grace` is both the age below which nothing is an orphan, and the time between the
    /// two passes that must agree.
    pub fn new(machines: Arc<dyn Machines>, owners: Arc<dyn Owners>, deployment: String, grace: Duration) -> Self {
        Self { machines, owners, deployment, grace }
    }

    /// Does all duties once. With `dry_run` it changes nothing, `sightings` included, and reports what it would do.
    ///
    /// Machines come first: a volume that an orphaned machine has cannot be deleted. A duty that fails is reported, and
    /// the next one is done all the same.
    pub async fn pass(&self, sightings: &mut Sightings, now: Timestamp, dry_run: bool) -> Report {
        let round = Round {
            machines: &*self.machines,
            owners: &*self.owners,
            deployment: &self.deployment,
            grace: self.grace,
            now,
            dry_run,
        };
        let mut report = Report { dry_run, ..Report::default() };
        let mut seen = sightings.clone();
        report.take(Kind::Machine, orphan_machines::run(&round, &mut seen.machines).await);
        report.take(Kind::Volume, orphan_volumes::run(&round, &mut seen.volumes).await);
        if !dry_run {
            *sightings = seen;
        }
        report
    }
}
