//! `cargo xtask deps`: dependencies point one way.
//!
//! Four questions, each a file: who may use which crate of ours ([`table`]), which outside crates have one home
//! ([`homes`]), what the pure crates reach through everything they use ([`purity`]), and which words of the outside world
//! stand in one crate only ([`spoken`]). Every violation is a sentence that names both ends.

mod homes;
mod metadata;
mod purity;
mod spoken;
mod table;

use crate::{Outcome, failed};

/// Asks all four of the workspace as it lies here.
pub fn run() -> Outcome {
    let packages = metadata::of_workspace()?;
    let mut violations = table::violations(&packages);
    violations.extend(homes::violations(&packages));
    violations.extend(purity::of_workspace(&packages)?);
    violations.extend(spoken::of_workspace()?);
    if violations.is_empty() {
        eprintln!("{} crates, dependencies point one way", packages.len());
        return Ok(());
    }
    failed(format!("dependencies point the wrong way:\n  {}", violations.join("\n  ")))
}
