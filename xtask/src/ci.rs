//! `cargo xtask ci`: all of it, in the order in which a mistake shows soonest.

use crate::steps::Steps;
use crate::{Outcome, check, deny, deps, documents, queries, test};

/// Runs every step and prints how long each took, also when one fails.
pub fn run() -> Outcome {
    let mut steps = Steps::default();
    let outcome = all(&mut steps);
    eprint!("\n{}", steps.table());
    outcome
}

fn all(steps: &mut Steps) -> Outcome {
    steps.step("fmt", check::fmt)?;
    steps.step("deps", deps::run)?;
    steps.step("docs", documents::run)?;
    steps.step("clippy", check::clippy)?;
    steps.step("queries", queries::check)?;
    steps.step("test", || test::run(&test::Options::default()))?;
    // Last, because on a new clone it first builds cargo-deny.
    steps.step("deny", deny::run)
}
