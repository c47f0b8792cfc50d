//! What ends a cluster: a small shell that waits on a pipe from the test process. The system closes that pipe when the
//! process is gone, also after `kill -9`; then the shell stops the server and removes the folder. It leads a process
//! group of its own, so that an interrupt at the terminal ends the tests and not the one that cleans up after them.

use super::installed;
use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Stdio},
};

/// `$1`: programs, `$2`: folder. The data folder may be gone, or the server stopped already: then there is less to do.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
cat >/dev/null
"$1/pg_ctl" -D "$2/data" -m immediate -w stop >/dev/null 2>&1
rm -rf "$2"
"#;

/// Ends a cluster when it is dropped, or when this process is gone.
#[derive(Debug)]
pub(super) struct Keeper {
    shell: Child,
}

impl Keeper {
    pub fn of(programs: &Path, folder: &Path, user: Option<(u32, u32)>) -> Self {
        let mut command = installed::command("/bin/sh", user);
        command.args(["-c", SCRIPT, "postgres-keeper"]).arg(programs).arg(folder).process_group(0);
        let shell = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self { shell: shell.expect("a shell starts") }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
