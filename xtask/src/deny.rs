//! `cargo xtask deny`: licences, banned crates and sources, by cargo-deny.
//!
//! The tool is built once into the target folder at a pinned version, so that a new release cannot turn a green commit
//! red, and so that nothing is installed outside the clone. Advisories are left out: they are a database on the network
//! that changes under an unchanged commit, and a check that needs crates.io alone must stay possible.

use crate::steps::run as run_command;
use crate::{Outcome, workspace};
use std::path::{Path, PathBuf};
use std::process::Command;

const VERSION: &str = "0.20.2";

/// Checks the whole dependency graph against `deny.toml`.
pub fn run() -> Outcome {
    let tool = match installed() {
        Some(tool) => tool,
        None => install()?,
    };
    eprintln!(
        "cargo-deny {VERSION}: bans, licences, sources (advisories are not checked: that needs more than crates.io)"
    );
    run_command(
        Command::new(tool).current_dir(workspace::root()).args([
            "check",
            // A warning is a line here, not a page; `cargo tree -i` shows the page.
            "--hide-inclusion-graph",
            "bans",
            "licenses",
            "sources",
        ]),
        "cargo-deny objects, see above; what is allowed stands in deny.toml",
    )
}

fn tools() -> PathBuf {
    workspace::target().join("tools")
}

/// The pinned version, from the target folder or the person's own.
fn installed() -> Option<PathBuf> {
    [tools().join("bin/cargo-deny"), PathBuf::from("cargo-deny")].into_iter().find(|tool| is_pinned(tool))
}

fn is_pinned(tool: &Path) -> bool {
    let answer = Command::new(tool).arg("--version").output();
    answer.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == format!("cargo-deny {VERSION}"))
}

fn install() -> Result<PathBuf, crate::Failure> {
    let root = tools();
    eprintln!("cargo-deny {VERSION} is missing: building it from crates.io into {}", root.display());
    // Unoptimised: it runs for a second and builds for minutes.
    run_command(
        workspace::cargo()
            .args(["install", "--quiet", "--locked", "--debug", "--version", VERSION, "cargo-deny", "--root"])
            .arg(&root)
            .env("CARGO_TARGET_DIR", root.join("build"))
            .env("CARGO_PROFILE_DEV_DEBUG", "false"),
        "cargo-deny could not be built: is crates.io reachable?",
    )?;
    // Larger than the tool by far, and of no further use; if it stays, it only costs space.
    let _ = std::fs::remove_dir_all(root.join("build"));
    Ok(root.join("bin/cargo-deny"))
}
