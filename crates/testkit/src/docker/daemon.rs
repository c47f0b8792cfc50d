use super::keeper::Keeper;
use std::{
    fs::File,
    io::{Read as _, Write as _},
    os::unix::{net::UnixStream, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How long a daemon may take to serve: a second, on a loaded machine several.
const SERVES_MAX: Duration = Duration::from_secs(60);
/// How long one answer may take: a container that starts on a loaded machine is not quick.
const ANSWERS_MAX: Duration = Duration::from_secs(30);
/// Where its containerd keeps its files.
const CONTAINERD: &str = "exec/containerd/containerd";
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// No network of its own, no settings of the system's, and a short end.
const FLAGS: [&str; 4] = ["--bridge=none", "--iptables=false", "--shutdown-timeout=2", "--raw-logs"];

/// A daemon, ended and removed with what it holds when it is dropped.
#[derive(Debug)]
pub struct Daemon {
    folder: PathBuf,
    live_restore: bool,
    process: Mutex<Child>,
    _keeper: Keeper,
}

impl Daemon {
    /// Starts one.
    ///
    /// # Panics
    /// There is none on this machine, or it does not start.
    pub fn start() -> Self {
        Self::with(false, |_| {})
    }

    /// Starts one whose disk has so many mebibytes, all in memory.
    ///
    /// # Panics
    /// As [`Daemon::start`].
    pub fn start_on_a_small_disk(mib: u32) -> Self {
        Self::with(false, |data| {
            std::fs::create_dir(data).expect("its folder can be made");
            let mut mount = Command::new("mount");
            mount.args(["-t", "tmpfs", "-o"]).arg(format!("size={mib}m")).arg("tmpfs").arg(data);
            assert!(mount.status().is_ok_and(|status| status.success()), "{mount:?}");
        })
    }

    /// Leaves no room on its disk; the file that takes it.
    ///
    /// # Panics
    /// The disk cannot be written at all.
    pub fn fill_disk(&self) -> PathBuf {
        let path = self.folder.join("data/filler");
        let mut file = File::create(&path).expect("its disk can be written");
        let block = [0; 4096];
        while file.write_all(&block).is_ok() {}
        path
    }

    /// Starts one whose containers go on while it is down.
    ///
    /// # Panics
    /// As [`Daemon::start`].
    pub fn start_with_live_restore() -> Self {
        Self::with(true, |_| {})
    }

    fn with(live_restore: bool, prepare: impl FnOnce(&Path)) -> Self {
        // Always /tmp: a socket's path may have 107 bytes.
        let folder = tempfile::Builder::new().prefix("longshore-docker-").tempdir_in("/tmp");
        let folder = folder.expect("/tmp can be written").keep();
        std::fs::write(folder.join("daemon.json"), "{}").expect("its settings can be written");
        let keeper = Keeper::of(&folder);
        prepare(&folder.join("data"));
        let process = Mutex::new(spawn(&folder, live_restore));
        let daemon = Self { folder, live_restore, process, _keeper: keeper };
        daemon.wait_until_it_serves();
        daemon
    }

    /// `unix:///tmp/…`.
    pub fn address(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Kills it as a crash would, and its containerd, which would die with it a moment later. Containers go on.
    ///
    /// # Panics
    /// It cannot be killed.
    pub fn crash(&self) {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        process.kill().expect("our own child can be killed");
        process.wait().expect("our own child can be waited for");
        let noted = self.folder.join(CONTAINERD).with_extension("pid");
        if let Ok(pid) = std::fs::read_to_string(&noted) {
            let _ = Command::new("kill").args(["-KILL", pid.trim()]).stderr(Stdio::null()).status();
            let gone =
                || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).map_or(true, |it| it.contains(") Z "));
            assert!(look_until(gone), "containerd stays");
        }
    }

    /// Starts it after [`Daemon::crash`].
    ///
    /// # Panics
    /// It does not start.
    pub fn start_again(&self) {
        let containerd = self.folder.join(CONTAINERD);
        // A stale file of containerd makes the daemon wait for a process that is gone.
        for left in [
            self.folder.join("pid"),
            self.socket(),
            containerd.with_extension("pid"),
            containerd.with_extension("sock"),
        ] {
            let _ = std::fs::remove_file(left);
        }
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = spawn(&self.folder, self.live_restore);
        self.wait_until_it_serves();
    }

    /// What its API answers to a GET, the body alone: what is there, without a client in between.
    ///
    /// # Panics
    /// It does not answer.
    pub fn get(&self, path: &str) -> String {
        self.call("GET", path, "").1
    }

    /// What its API answers to any call with a body of JSON, or none: the status, and the body.
    ///
    /// # Panics
    /// It does not answer.
    pub fn call(&self, method: &str, path: &str, json: &str) -> (u16, String) {
        let answer = answers(&self.socket(), method, path, json).expect("the daemon answers");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.expect("an answer has a status"), body.trim().to_owned())
    }

    /// Where the files of a volume lie.
    pub fn volume(&self, name: &str) -> PathBuf {
        self.folder.join("data/volumes").join(name).join("_data")
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("docker.sock")
    }

    fn wait_until_it_serves(&self) {
        let serves = || {
            let ended = self.process.lock().unwrap_or_else(PoisonError::into_inner).try_wait();
            let ended = ended.expect("our own child can be looked at");
            assert!(ended.is_none(), "dockerd ended: {}", self.said());
            answers(&self.socket(), "GET", "/_ping", "").is_ok_and(|answer| answer.contains("200 OK"))
        };
        assert!(look_until(serves), "dockerd does not serve: {}", self.said());
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self._keeper.end();
        let _ = self.process.lock().unwrap_or_else(PoisonError::into_inner).wait();
    }
}

/// Its socket is there before it serves.
fn answers(socket: &Path, method: &str, path: &str, json: &str) -> std::io::Result<String> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(ANSWERS_MAX))?;
    let length = json.len();
    let head =
        format!("{method} {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(json.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[expect(clippy::disallowed_methods, reason = "a daemon is another process: its start and end take real time")]
fn look_until(is_so: impl Fn() -> bool) -> bool {
    for _ in 0..SERVES_MAX.as_millis() / LOOK_AGAIN.as_millis() {
        if is_so() {
            return true;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
    false
}

fn spawn(folder: &Path, live_restore: bool) -> Child {
    let log = File::options().create(true).append(true).open(folder.join("log")).expect("its log can be opened");
    let mut command = Command::new("dockerd");
    command.arg("--config-file").arg(folder.join("daemon.json"));
    command.arg("--data-root").arg(folder.join("data")).arg("--exec-root").arg(folder.join("exec"));
    command.arg("--pidfile").arg(folder.join("pid")).arg("-H").arg(format!("unix://{}/docker.sock", folder.display()));
    command.args(FLAGS).arg(format!("--live-restore={live_restore}")).current_dir("/").process_group(0);
    command.stdin(Stdio::null()).stdout(log.try_clone().expect("a file has two ends")).stderr(log);
    command.spawn().unwrap_or_else(|error| {
        panic!(
            "the tests start a Docker daemon of their own and found no `dockerd` ({error}): `cargo xtask test` installs it \
             on Debian as root; else install it (`docker.io`; no daemon of it needs to run)"
        )
    })
}
