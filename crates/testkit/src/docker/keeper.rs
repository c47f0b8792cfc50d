//! What ends a daemon: a small shell that waits on a pipe from the test process, as the one of PostgreSQL does. A daemon
//! that was killed leaves its containers, their shims and its containerd behind; they are found by the folder's name in
//! their arguments, which is random, and by the files in which containerd notes them.

use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

/// `$1`: folder.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
cat >/dev/null
daemon=$(cat "$1/pid" 2>/dev/null)
if [ -n "$daemon" ] && kill -TERM "$daemon" 2>/dev/null; then
    tries=0
    while kill -0 "$daemon" 2>/dev/null && [ $tries -lt 150 ]; do
        case $(cat "/proc/$daemon/stat" 2>/dev/null) in *") Z "*) break ;; esac
        sleep 0.1
        tries=$((tries + 1))
    done
fi
for noted in "$1"/exec/containerd/daemon/io.containerd.runtime.v2.task/moby/*/init.pid; do
    [ -f "$noted" ] && kill -KILL "$(cat "$noted")" 2>/dev/null
done
for arguments in /proc/[0-9]*/cmdline; do
    if tr '\0' ' ' <"$arguments" 2>/dev/null | grep -q "$1/"; then
        process=${arguments#/proc/}
        kill -KILL "${process%/cmdline}" 2>/dev/null
    fi
done
tries=0
while [ -e "$1" ] && [ $tries -lt 100 ]; do
    grep " $1/" /proc/mounts | cut -d' ' -f2 | sort -r | while read -r mounted; do umount -l "$mounted"; done
    rm -rf "$1" || sleep 0.1
    tries=$((tries + 1))
done 2>/dev/null
"#;

/// Ends a daemon when it is told to, or when this process is gone.
#[derive(Debug)]
pub(super) struct Keeper {
    shell: Child,
}

impl Keeper {
    pub fn of(folder: &Path) -> Self {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "docker-keeper"]).arg(folder).current_dir("/").process_group(0);
        let shell = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self { shell: shell.expect("a shell starts") }
    }

    pub fn end(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
