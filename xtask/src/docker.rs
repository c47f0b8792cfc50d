//! The Docker daemon that the tests start for themselves (`crates/testkit/src/docker`): its programs, a static busybox
//! for an image that needs no registry, and root, without which no daemon starts.

use crate::needs::{answer, install};
use crate::{Failure, failed};
use std::path::{Path, PathBuf};

/// What a daemon is run with; `docker-init` is the init of its containers.
const PROGRAMS: [&str; 4] = ["dockerd", "containerd", "runc", "docker-init"];
/// Where Debian's `busybox-static` puts it.
const BUSYBOX: &str = "/bin/busybox";
/// Type of the segment that names a program's loader.
const INTERPRETER: u8 = 3;
/// Asked by Debian's packages before they start anything; there while we install, unless it is there anyway.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Its version; installed if it is missing and may be.
pub fn ensure() -> Result<String, Failure> {
    if missing().is_some() {
        let why = "the tests start a Docker daemon of their own and need `dockerd` with `containerd`, `runc` and \
                   `docker-init`, and a busybox that is linked statically: install them (`docker.io` and `busybox-static` \
                   on Debian; no daemon of the system needs to run) and run this again";
        let held = hold_services();
        let installed = install(why, &["docker.io", "busybox-static"]);
        if held {
            let _ = std::fs::remove_file(POLICY);
        }
        installed?;
    }
    if let Some(name) = missing() {
        return failed(format!("the tests need `{name}`, which is not there after its package was installed"));
    }
    if answer("id", &["-u"]).as_deref() != Some("0") {
        return failed("the tests start a Docker daemon of their own, which only root may: run them as root");
    }
    answer("dockerd", &["--version"]).ok_or_else(|| Failure::Failed("`dockerd` does not answer".into()))
}

fn missing() -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let is_there = |name: &str| folders.iter().any(|folder| folder.join(name).is_file());
    PROGRAMS.into_iter().find(|name| !is_there(name)).or((!is_static(Path::new(BUSYBOX))).then_some("busybox-static"))
}

/// A 64-bit program without a segment that names its loader.
fn is_static(program: &Path) -> bool {
    std::fs::read(program).is_ok_and(|bytes| segments(&bytes).is_some_and(|types| !types.contains(&INTERPRETER)))
}

/// Types of a program's segments, from its header: where the table begins, how long an entry is, and how many there are.
fn segments(program: &[u8]) -> Option<Vec<u8>> {
    let header = program.strip_prefix(b"\x7fELF\x02\x01")?;
    let number = |at: usize, bytes: usize| {
        let field = header.get(at - 6..at - 6 + bytes)?;
        field.iter().rev().try_fold(0_usize, |number, byte| Some((number << 8) | usize::from(*byte)))
    };
    let (begins, length, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    (0..count).map(|index| program.get(begins.checked_add(index * length)?).copied()).collect()
}

/// Says that nothing may be started. Whether it was us who said it first.
fn hold_services() -> bool {
    use std::os::unix::fs::PermissionsExt;
    let policy = Path::new(POLICY);
    !policy.exists()
        && std::fs::write(policy, "#!/bin/sh\nexit 101\n").is_ok()
        && std::fs::set_permissions(policy, std::fs::Permissions::from_mode(0o755)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header with a table of segments of these types behind it.
    fn program(types: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01".to_vec();
        bytes.resize(64, 0);
        (bytes[32], bytes[54], bytes[56]) = (64, 56, types.len() as u8);
        for kind in types {
            bytes.push(*kind);
            bytes.resize(bytes.len() + 55, 0);
        }
        bytes
    }

    #[test]
    fn a_program_with_a_loader_is_not_static() {
        assert_eq!(segments(&program(&[6, INTERPRETER, 1])), Some(vec![6, INTERPRETER, 1]));
        assert_eq!(segments(b"#!/bin/sh"), None);
        assert_eq!(segments(&program(&[1])[..64]), None, "cut short");
        let this = std::env::current_exe().unwrap();
        assert!(!is_static(&this), "a test is linked to the system's libraries");
    }
}
