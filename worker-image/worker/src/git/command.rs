use super::settings;
use environment::Environment;
use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};

/// Bytes of git's complaints that are kept; the end says what went wrong.
const STDERR_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a complaint that reach a message.
const COMPLAINT_BYTES_MAX: usize = 300;
/// A call that only looks at what is here.
const LOCAL_TIME_MAX: Duration = Duration::from_secs(60);
/// Output of a call that lists or shows something.
const OUTPUT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Why git did not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It could not be started.
    #[error("`git` cannot be started: is it installed in this machine?")]
    Start(#[source] std::io::Error),
    /// It took too long.
    #[error("`git {0}` took longer than {1} seconds")]
    Time(String, u64),
    /// It said too much.
    #[error("`git {0}` wrote more than {1} bytes")]
    Output(String, usize),
    /// It failed.
    #[error("`git {verb}` failed: {complaint}")]
    Failed { verb: String, code: Option<i32>, complaint: String },
    /// It said something else than git does.
    #[error("`git {0}` answered what cannot be read")]
    Answer(&'static str),
    /// The disk.
    #[error("the checkout cannot be written: {0}")]
    Io(#[from] std::io::Error),
}

/// How git is started, whatever it is asked.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    pub(crate) environment: Environment,
    /// `PATH` to find git by.
    pub(crate) path: OsString,
    /// An empty directory that is ours.
    pub(crate) home: PathBuf,
    /// The repository; never discovered.
    pub(crate) git_dir: PathBuf,
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    args: Vec<OsString>,
    stdin: Vec<u8>,
    config: Vec<(String, String)>,
    variables: Vec<(&'static str, OsString)>,
    time_max: Duration,
    output_bytes_max: usize,
}

impl Call {
    /// `git <args>`, with the bounds of a call that only looks at what is here.
    pub(crate) fn new(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        Self {
            args: args.into_iter().map(|arg| arg.as_ref().to_owned()).collect(),
            stdin: Vec::new(),
            config: Vec::new(),
            variables: Vec::new(),
            time_max: LOCAL_TIME_MAX,
            output_bytes_max: OUTPUT_BYTES_MAX,
        }
    }

    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// A setting for this call alone. By environment: arguments are readable by every process of a machine.
    pub(crate) fn config(mut self, key: &str, value: String) -> Self {
        self.config.push((key.to_owned(), value));
        self
    }

    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    pub(crate) fn time_max(mut self, time: Duration) -> Self {
        self.time_max = time;
        self
    }

    pub(crate) fn output_bytes_max(mut self, bytes: usize) -> Self {
        self.output_bytes_max = bytes;
        self
    }
}

impl Git {
    /// What git wrote to its standard output.
    pub(crate) async fn call(&self, call: Call) -> Result<Vec<u8>, Error> {
        let verb = call.args.first().map(|verb| verb.to_string_lossy().into_owned()).unwrap_or_default();
        let mut child = self.command(&call).spawn().map_err(Error::Start)?;
        // Helpers (git-remote-http) are in git's group; whichever way this ends, they end with it.
        let mut group = Group(child.id());
        let mut stdin = child.stdin.take();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(mut stdin) = stdin.take() {
                // A git that has heard enough closes its end; its exit code says whether that was right.
                let _ = stdin.write_all(&call.stdin).await;
            }
        };
        let work = async {
            let ((), out, err) =
                tokio::join!(feed, read(stdout, call.output_bytes_max), read(stderr, STDERR_BYTES_MAX));
            (out, err)
        };
        let timed_out = || Error::Time(verb.clone(), call.time_max.as_secs());
        let (out, err) = self.environment.timeout(call.time_max, work).await.map_err(|_| timed_out())?;
        let out = out?.ok_or_else(|| Error::Output(verb.clone(), call.output_bytes_max))?;
        let status = self.environment.timeout(call.time_max, child.wait()).await.map_err(|_| timed_out())??;
        // It has ended; its number may soon be somebody else's.
        group.0 = None;
        if status.success() {
            return Ok(out);
        }
        let complaint = complaint(&err?.unwrap_or_default());
        Err(Error::Failed { verb, code: status.code(), complaint })
    }

    fn command(&self, call: &Call) -> tokio::process::Command {
        let mut command = tokio::process::Command::new("git");
        command.env_clear().env("PATH", &self.path).env("HOME", &self.home).env("XDG_CONFIG_HOME", &self.home);
        command.env("GIT_DIR", &self.git_dir).envs(settings::ENVIRONMENT.iter().copied());
        let standing = settings::CONFIG.iter().copied();
        let config = standing.chain(call.config.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        let mut count = 0;
        for (index, (key, value)) in config.enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{index}"), key).env(format!("GIT_CONFIG_VALUE_{index}"), value);
            count = index + 1;
        }
        command.env("GIT_CONFIG_COUNT", count.to_string());
        command.envs(call.variables.iter().map(|(name, value)| (name, value))).args(&call.args);
        command.current_dir(&self.home).process_group(0).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// All that comes, or nothing when it is more than `bytes_max`.
async fn read(from: Option<impl AsyncRead + Unpin>, bytes_max: usize) -> Result<Option<Vec<u8>>, std::io::Error> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        from.take(bytes_max as u64 + 1).read_to_end(&mut bytes).await?;
    }
    Ok((bytes.len() <= bytes_max).then_some(bytes))
}

/// The line that says what went wrong: git prints progress and hints around it.
fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let line =
        lines().find(|line| line.starts_with("fatal:") || line.starts_with("error:")).or_else(|| lines().next_back());
    let mut line = line.unwrap_or("it did not say why").replace(|c: char| c.is_control(), " ");
    line.truncate(line.floor_char_boundary(COMPLAINT_BYTES_MAX));
    line
}

/// Ends a process group when dropped.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let pid = self.0.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            // Gone already is what we want.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

    /// A git that is this script.
    fn git(dir: &Path, script: &str) -> Git {
        let place = dir.join("git");
        fs::write(&place, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
        let mut path = dir.as_os_str().to_owned();
        path.push(":/usr/bin:/bin");
        Git { environment: Environment::real(), path, home: dir.to_owned(), git_dir: dir.join("none") }
    }

    #[tokio::test]
    async fn a_call_that_takes_too_long_ends_with_its_helpers() {
        let dir = tempfile::tempdir().unwrap();
        let git = git(dir.path(), "sleep 1000 & echo $! > helper; wait");
        let helper = dir.path().join("helper");
        let call = async {
            let time = Duration::from_millis(200);
            while !fs::read_to_string(&helper).is_ok_and(|id| id.ends_with('\n')) {
                let error = git.call(Call::new(["fetch"]).time_max(time)).await.unwrap_err();
                assert_eq!(error.to_string(), "`git fetch` took longer than 0 seconds");
            }
        };
        Environment::real().timeout(LOCAL_TIME_MAX, call).await.unwrap();
        let id = fs::read_to_string(&helper).unwrap();
        let gone = async {
            let stat = || fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
            while !(stat().is_empty() || stat().contains(") Z ")) {
                tokio::task::yield_now().await;
            }
        };
        Environment::real().timeout(LOCAL_TIME_MAX, gone).await.expect("the helper lives");
    }

    #[tokio::test]
    async fn output_without_end_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let call = Call::new(["ls-tree"]).output_bytes_max(1000);
        let error = git(dir.path(), "exec cat /dev/zero").call(call).await.unwrap_err();
        assert_eq!(error.to_string(), "`git ls-tree` wrote more than 1000 bytes");
    }

    #[tokio::test]
    async fn what_git_is_started_with_comes_from_us_alone() {
        let dir = tempfile::tempdir().unwrap();
        let call = Call::new(["fetch"]).config("http.extraHeader", "Authorization: Bearer x".into());
        let out = git(dir.path(), "echo \"$@\"; env").call(call).await.unwrap();
        let out = String::from_utf8(out).unwrap();
        let (args, env) = out.split_once('\n').unwrap();
        assert_eq!(args, "fetch", "a credential is never an argument");
        assert!(env.contains("=Authorization: Bearer x"));
        let ours = ["GIT_", "PATH=", "HOME=", "XDG_CONFIG_HOME=", "LC_ALL=", "PWD=", "_=", "OLDPWD=", "SHLVL="];
        let foreign: Vec<_> = env.lines().filter(|line| !ours.iter().any(|name| line.starts_with(name))).collect();
        assert!(foreign.is_empty(), "{foreign:?}");
    }

    #[test]
    fn the_complaint_is_the_line_that_says_what_went_wrong() {
        assert_eq!(complaint(b"remote: hint\nfatal: no\n\nmore"), "fatal: no");
        assert_eq!(complaint(b"what \x1b[31mnow\n"), "what  [31mnow");
        assert_eq!(complaint(b""), "it did not say why");
    }
}
