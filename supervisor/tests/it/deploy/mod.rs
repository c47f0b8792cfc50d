//! What lies in `deploy/`: files that name existing things, and what of it can run here, run.

mod compose;
mod contained;
mod files;
mod fly;
mod unit;

use std::path::{Path, PathBuf};

/// The folder.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

/// The text of a file in it.
fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("deploy/{name}: {error}"))
}
