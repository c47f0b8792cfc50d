//! `longshore simulate`: the production parts ([`crate::inner`]) in a simulated world. The world is in `crates/simulation`;
//! here a life of the supervisor is started as `serve` starts it, and its doors are opened to that world.

mod ends;
mod life;

use crate::simulate::life::Doors;
use simulation::{Options, Outcome, Production, Profile, Stores, Summary};
use std::{ops::RangeInclusive, sync::Arc};

/// The production code, for the simulation.
pub fn production() -> Arc<dyn Production> {
    Arc::new(Doors)
}

/// Runs one seed in memory; with its lines, if `trace`.
///
/// # Errors
/// The runtime could not be made.
pub fn one(seed: u64, profile: Profile, trace: bool) -> std::io::Result<Outcome> {
    simulation::run(seed, &Options { profile, trace, stores: Stores::Memory }, &production())
}

/// Runs many seeds in memory on all processors. `goes_on` is asked after each with a violation.
///
/// # Errors
/// A runtime could not be made.
pub fn many(
    range: RangeInclusive<u64>,
    profile: Profile,
    goes_on: impl Fn(&Outcome) -> bool + Sync,
) -> std::io::Result<Summary> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let options = Options { profile, trace: false, stores: Stores::Memory };
    simulation::seeds(range, threads, &options, &production(), goes_on)
}

#[cfg(test)]
mod blocking;
#[cfg(test)]
mod tests;
