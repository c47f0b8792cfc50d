//! What the tests need of the machine: found, installed, or named in a sentence. Nothing is skipped for want of it.
//!
//! The tests start git over real repositories, and the GitHub stand-in serves them with git's own `http-backend`, which
//! some systems package apart. What PostgreSQL needs is in [`crate::postgres`].

use crate::steps::run as run_command;
use crate::{Failure, Outcome, docker, failed, postgres};
use std::path::PathBuf;
use std::process::Command;

/// Oldest git that the tests are known to work with: `uploadpack` by SHA over protocol v2, `init --initial-branch`.
const GIT_MIN: (u32, u32) = (2, 30);

/// Makes sure of everything, or says what is missing.
pub fn ensure() -> Outcome {
    if git().is_err() {
        install_git()?;
    }
    let (version, backend) = git()?;
    eprintln!("git {}.{} with {}", version.0, version.1, backend.display());
    eprintln!("PostgreSQL of {}", postgres::ensure()?.display());
    eprintln!("Docker: {}", docker::ensure()?);
    c_compiler()
}

/// Version of git and the place of its `http-backend`.
fn git() -> Result<((u32, u32), PathBuf), Failure> {
    let said = answer("git", &["--version"]);
    let Some(version) = said.as_deref().and_then(parse_version) else {
        return failed("the tests need `git`, which does not answer: install it and run this again");
    };
    if version < GIT_MIN {
        let (major, minor) = GIT_MIN;
        return failed(format!("the tests need git {major}.{minor} or newer, this is {}.{}", version.0, version.1));
    }
    let folder = PathBuf::from(answer("git", &["--exec-path"]).unwrap_or_default());
    let backend = folder.join("git-http-backend");
    if !backend.is_file() {
        return failed(format!(
            "the tests need git's `http-backend`, which is not in {}: install it (part of `git` on Debian, of \
             `git-daemon` on Alpine) and run this again",
            folder.display()
        ));
    }
    Ok((version, backend))
}

/// By apt, where it is there and allowed; anything else is the person's choice.
fn install_git() -> Outcome {
    match git() {
        Err(Failure::Failed(why)) => install(&why, &["git"]),
        _ => Ok(()),
    }
}

/// Installs Debian packages, or fails with the sentence that says what is missing.
pub fn install(why: &str, packages: &[&str]) -> Outcome {
    if answer("apt-get", &["--version"]).is_none() || answer("id", &["-u"]).as_deref() != Some("0") {
        return failed(why);
    }
    let names = packages.join(" ");
    eprintln!("{why}\ninstalling it: apt-get install -y {names}");
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    // A machine with fresh lists needs no update, one without them cannot install; so the update may fail, not the rest.
    let _ = run_command(apt().args(["-q", "update"]), "apt-get update failed");
    run_command(
        apt().args(["install", "-y", "-q", "--no-install-recommends"]).args(packages),
        &format!("{names} could not be installed: install it by hand and run this again"),
    )
}

fn c_compiler() -> Outcome {
    let named = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    match answer(&named, &["--version"]) {
        Some(_) => Ok(()),
        None => failed(format!("SQLite is built from source and needs a C compiler; `{named}` does not answer")),
    }
}

/// First line of a program's answer, if it is there and succeeds.
pub fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(|line| line.trim().to_owned())
}

/// `git version 2.39.5 (Apple Git-154)` as (2, 39).
fn parse_version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.strip_prefix("git version ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_several_builds_are_read() {
        assert_eq!(parse_version("git version 2.47.3"), Some((2, 47)));
        assert_eq!(parse_version("git version 2.39.5 (Apple Git-154)"), Some((2, 39)));
        assert_eq!(parse_version("git version 2.46.0.windows.1"), Some((2, 46)));
        assert_eq!(parse_version("zsh: command not found: git"), None);
    }

    #[test]
    fn a_newer_minor_is_newer_by_number_not_by_letter() {
        assert!((2, 4) < GIT_MIN && (2, 100) > GIT_MIN && (3, 0) > GIT_MIN);
    }

    #[test]
    fn a_program_that_is_not_there_has_no_answer() {
        assert_eq!(answer("no-such-program-here", &[]), None);
    }
}
