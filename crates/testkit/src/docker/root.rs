//! The root folder of an image that can run shell scripts and nothing else, as a tar.

use std::{
    fs::Permissions,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::{Command, Stdio},
};

/// User and group that own `/session`.
pub const SESSION_USER: u32 = 10001;
/// Where Debian's `busybox-static` puts it; linked to nothing, so that it runs in an empty root.
const BUSYBOX: &str = "/bin/busybox";

/// A root with busybox, `/session` and `/tmp`.
///
/// # Panics
/// There is no static busybox on this machine, or we are not root.
pub fn shell_root() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let root = folder.path();
    for (name, owner) in [("bin", 0), ("etc", 0), ("tmp", 0), ("run/longshore", 0), ("session", SESSION_USER)] {
        std::fs::create_dir_all(root.join(name)).expect("the root can be made");
        chown(root.join(name), Some(owner), Some(owner)).expect("the tests of Docker run as root, as its daemon does");
    }
    std::fs::set_permissions(root.join("tmp"), Permissions::from_mode(0o1777)).expect("a mode can be set");
    std::fs::copy(BUSYBOX, root.join("bin/busybox")).expect("`busybox-static` of Debian is installed");
    run(Command::new(BUSYBOX).args(["--install", "-s"]).arg(root.join("bin")));
    // The links point to where busybox was when it made them.
    for entry in std::fs::read_dir(root.join("bin")).expect("the root can be read").flatten() {
        if entry.path().is_symlink() {
            std::fs::remove_file(entry.path()).expect("a link can be replaced");
            std::os::unix::fs::symlink(Path::new("busybox"), entry.path()).expect("a link can be made");
        }
    }
    run(Command::new("tar").arg("-C").arg(root).args(["--numeric-owner", "-cf", "-", "."]))
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
