//! `cargo xtask check`: everything that needs no test run.

use crate::steps::{Steps, run as run_command};
use crate::{Outcome, deny, deps, documents, queries, workspace};

/// All checks, the quick ones first.
pub fn run() -> Outcome {
    let mut steps = Steps::default();
    steps.step("fmt", fmt)?;
    steps.step("deps", deps::run)?;
    steps.step("docs", documents::run)?;
    steps.step("clippy", clippy)?;
    steps.step("queries", queries::check)?;
    steps.step("deny", deny::run)?;
    eprint!("\n{}", steps.table());
    Ok(())
}

/// Formatting, of all crates.
pub fn fmt() -> Outcome {
    run_command(workspace::cargo().args(["fmt", "--all", "--check"]), "the formatting differs: run `cargo fmt --all`")
}

/// Lints, of all targets, warnings denied.
pub fn clippy() -> Outcome {
    run_command(
        workspace::cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        "clippy has something to say, see above",
    )
}
