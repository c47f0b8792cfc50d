//! Which PostgreSQL there is, and as whom it runs: the server refuses to run as root.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Where Debian puts one folder per major version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Oldest version that the store supports.
const MAJOR_MIN: u32 = 15;
/// Users that may run a server when root may not, in order of preference.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// The folder of `initdb` and `postgres`: the newest of Debian's, else the one in `PATH`.
pub(super) fn programs() -> PathBuf {
    let debian = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten().filter_map(|entry| {
        let major: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((major, entry.path().join("bin"))).filter(|(_, bin)| major >= MAJOR_MIN && complete(bin))
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian.max().map(|(_, bin)| bin).or_else(|| std::env::split_paths(&path).find(|bin| complete(bin))).expect(
        "the tests need PostgreSQL 15 or newer (`initdb` and `postgres`) and found none: `cargo xtask test` installs it \
         on Debian as root; else install it and put its programs into PATH",
    )
}

fn complete(bin: &Path) -> bool {
    ["initdb", "postgres", "pg_ctl", "psql"].iter().all(|program| bin.join(program).is_file())
}

/// User and group for the server, if we are root.
pub(super) fn other_user() -> Option<(u32, u32)> {
    // The owner of our own entry in /proc is who we are; no system call of our own is needed for that.
    let us = std::fs::metadata("/proc/self").or_else(|_| std::fs::metadata(std::env::temp_dir()));
    let is_root = us.is_ok_and(|us| std::os::unix::fs::MetadataExt::uid(&us) == 0);
    is_root.then(|| {
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        USERS.iter().find_map(|name| ids(&users, name)).expect("root may not run PostgreSQL: make a user `postgres`")
    })
}

fn ids(users: &str, name: &str) -> Option<(u32, u32)> {
    let mut fields = users.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?.split(':').skip(1);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// A command of the server's, as its user, in a folder that this user may look into.
pub(super) fn command(program: impl AsRef<Path>, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.current_dir("/").env("LC_ALL", "C.UTF-8");
    if let Some((user, group)) = user {
        std::os::unix::process::CommandExt::uid(&mut command, user);
        std::os::unix::process::CommandExt::gid(&mut command, group);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users = "root:x:0:0::/root:/bin/sh\npostgresql:x:1:2::/:/bin/sh\npostgres:x:104:106:,,,:/var:/bin/bash\n";
        assert_eq!(ids(users, "postgres"), Some((104, 106)));
        assert_eq!(ids(users, "nobody"), None);
    }
}
