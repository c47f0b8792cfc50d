//! The PostgreSQL that the tests start for themselves (`crates/testkit/src/postgres`): only its programs are needed.

use crate::needs::{answer, install};
use crate::{Failure, failed};
use std::path::{Path, PathBuf};

/// Where Debian puts one folder per major version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Oldest version that the store supports.
const MAJOR_MIN: u32 = 15;
/// What a cluster of the tests is made and run with.
const PROGRAMS: [&str; 4] = ["initdb", "postgres", "pg_ctl", "psql"];
/// Read by Debian's package when it is installed: without this it would start a server of the system's own.
const CREATE_CLUSTER: &str = "/etc/postgresql-common/createcluster.conf";

/// The folder of its programs; installed if it is missing and may be.
pub fn ensure() -> Result<PathBuf, Failure> {
    if let Some(bin) = find(Path::new(DEBIAN)) {
        return Ok(bin);
    }
    let why = format!(
        "the tests need PostgreSQL {MAJOR_MIN} or newer ({}) and found none in {DEBIAN} or PATH: install it (`postgresql` \
         on Debian; no server of it needs to run) and run this again",
        PROGRAMS.join(", ")
    );
    start_no_system_server();
    install(&why, &["postgresql"])?;
    match find(Path::new(DEBIAN)) {
        Some(bin) => Ok(bin),
        None => failed(format!("{why}; the one that was installed just now is older")),
    }
}

/// Only before the package is there, so a person's own settings are never touched. A machine that may not write here may
/// not install either.
fn start_no_system_server() {
    let settings = Path::new(CREATE_CLUSTER);
    if let (false, Some(folder)) = (settings.exists(), settings.parent()) {
        let _ =
            std::fs::create_dir_all(folder).and_then(|()| std::fs::write(settings, "create_main_cluster = false\n"));
    }
}

/// The newest under Debian's folder, else the one in PATH.
fn find(debian: &Path) -> Option<PathBuf> {
    let versions = std::fs::read_dir(debian).into_iter().flatten().flatten().filter_map(|entry| {
        let major: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((major, entry.path().join("bin"))).filter(|(_, bin)| major >= MAJOR_MIN && complete(bin))
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = || std::env::split_paths(&path).find(|bin| complete(bin) && is_new(bin));
    versions.max().map(|(_, bin)| bin).or_else(in_path)
}

fn complete(bin: &Path) -> bool {
    PROGRAMS.iter().all(|program| bin.join(program).is_file())
}

fn is_new(bin: &Path) -> bool {
    let said = answer(&bin.join("postgres").display().to_string(), &["--version"]);
    said.as_deref().and_then(major).is_some_and(|major| major >= MAJOR_MIN)
}

/// `postgres (PostgreSQL) 17.2 (Homebrew)` as 17.
fn major(said: &str) -> Option<u32> {
    let version = said.strip_prefix("postgres (PostgreSQL) ")?;
    version.split(|other: char| !other.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_several_builds_are_read() {
        assert_eq!(major("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("bash: postgres: command not found"), None);
    }

    #[test]
    fn the_newest_complete_version_is_taken() {
        let folder = std::env::temp_dir().join(format!("xtask-postgres-{}", std::process::id()));
        for (version, programs) in [("9.6", 4), ("14", 4), ("15", 4), ("17", 4), ("18", 3)] {
            let bin = folder.join(version).join("bin");
            std::fs::create_dir_all(&bin).unwrap();
            PROGRAMS[..programs].iter().for_each(|program| std::fs::write(bin.join(program), "").unwrap());
        }
        let found = find(&folder);
        let _ = std::fs::remove_dir_all(&folder);
        assert_eq!(found, Some(folder.join("17/bin")));
    }
}
