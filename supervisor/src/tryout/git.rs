//! Git as `try` starts it: bounded, and with nothing of a repository run.
//!
//! A repository that somebody points at may be hostile (unpacked from an archive, fetched for a look), and git runs what
//! its configuration names: hooks, fsmonitor, filters, helpers. So each call overrides those, may reach no other
//! repository, takes no optional lock and fetches nothing that is missing. The user's own configuration is read in their
//! repository only: it says which folders of other users they trust.

use environment::Environment;
use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};

/// A call that looks at history: a large one is counted in seconds.
const TIME_MAX: Duration = Duration::from_secs(300);
/// Bytes of an answer: the paths of a very large tree.
const OUTPUT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of git's complaints that are kept.
const STDERR_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a complaint that reach a sentence.
const COMPLAINT_BYTES_MAX: usize = 300;

/// Settings that every call starts with; the environment overrides every file.
const CONFIG: &[(&str, &str)] = &[
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.untrackedCache", "false"),
    ("core.sshCommand", "false"),
    ("core.askPass", "false"),
    ("core.alternateRefsCommand", "true"),
    ("credential.helper", ""),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("protocol.version", "2"),
    ("protocol.ext.allow", "never"),
    ("http.followRedirects", "false"),
    ("transfer.bundleURI", "false"),
    // A server that sends under 1 KB/s for half a minute is not sending.
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "30"),
    ("core.quotePath", "false"),
];

/// Variables that every call starts with.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_LITERAL_PATHSPECS", "1"),
    ("GIT_LFS_SKIP_SMUDGE", "1"),
    ("LC_ALL", "C"),
];

/// Of this process's variables, what git may know in a repository of the user's: where their configuration is, who
/// they were before `sudo`.
const KEPT: &[&str] = &["PATH", "TMPDIR", "HOME", "XDG_CONFIG_HOME", "SUDO_UID"];

/// Why git did not do it.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It, or the folder it should work in.
    #[error("`git` cannot be started in `{folder}`: {why}")]
    Start {
        /// Where.
        folder: String,
        /// Why.
        why: std::io::Error,
    },
    /// It took too long.
    #[error("`git {0}` took longer than {1} seconds")]
    Time(String, u64),
    /// It said too much.
    #[error("`git {0}` wrote more than {1} bytes")]
    Output(String, usize),
    /// It failed.
    #[error("`git {verb}` failed: {complaint}")]
    Failed {
        /// Which call.
        verb: String,
        /// The line that says why.
        complaint: String,
    },
    /// The disk.
    #[error("git's files cannot be written: {0}")]
    Io(#[from] std::io::Error),
}

/// Git in one place.
#[derive(Debug, Clone)]
pub struct Git {
    environment: Environment,
    folder: PathBuf,
    /// Ours, made by us; else git finds the user's.
    git_dir: Option<PathBuf>,
    variables: Vec<(&'static str, OsString)>,
    config: Vec<(String, String)>,
    protocols: &'static str,
    time_max: Duration,
}

impl Git {
    /// In the user's repository, which it finds from `folder` upwards.
    pub fn of_user(environment: &Environment, folder: &Path) -> Self {
        Self {
            environment: environment.clone(),
            folder: folder.to_owned(),
            git_dir: None,
            variables: Vec::new(),
            config: Vec::new(),
            // Empty means every one; this one does not exist.
            protocols: "none",
            time_max: TIME_MAX,
        }
    }

    /// In a repository of our own.
    pub fn own(environment: &Environment, git_dir: &Path) -> Self {
        let variables = vec![
            ("GIT_CONFIG_NOSYSTEM", OsString::from("1")),
            ("GIT_CONFIG_GLOBAL", OsString::from("/dev/null")),
            ("GIT_ATTR_NOSYSTEM", OsString::from("1")),
        ];
        Self { git_dir: Some(git_dir.to_owned()), variables, ..Self::of_user(environment, git_dir) }
    }

    /// With a variable more.
    #[must_use]
    pub fn variable(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// With a setting more.
    #[must_use]
    pub fn config(mut self, key: &str, value: impl Into<String>) -> Self {
        self.config.push((key.to_owned(), value.into()));
        self
    }

    /// With other repositories in reach, by these protocols.
    #[must_use]
    pub fn protocols(mut self, protocols: &'static str) -> Self {
        self.protocols = protocols;
        self
    }

    /// With another bound than that of a call that only looks.
    #[must_use]
    pub fn time_max(mut self, time: Duration) -> Self {
        self.time_max = time;
        self
    }

    /// In another folder, which is git's working tree.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// What it wrote.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn bytes(
        &self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        input: &[u8],
    ) -> Result<Vec<u8>, GitError> {
        let arguments: Vec<OsString> = arguments.into_iter().map(|it| it.as_ref().to_owned()).collect();
        let verb = arguments.first().map(|verb| verb.to_string_lossy().into_owned()).unwrap_or_default();
        let start = |why| GitError::Start { folder: self.folder.display().to_string(), why };
        let mut child = self.command(&arguments).spawn().map_err(start)?;
        // Helpers are in git's group; whichever way this ends, they end with it.
        let mut group = Group(child.id());
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A git that has heard enough closes its end; its exit code says whether that was right.
                let _ = stdin.write_all(input).await;
            }
        };
        let work = async {
            let ((), out, err) = tokio::join!(feed, read(stdout, OUTPUT_BYTES_MAX), read(stderr, STDERR_BYTES_MAX));
            (out, err, child.wait().await)
        };
        let ended = self.environment.timeout(self.time_max, work).await;
        let (out, err, status) = ended.map_err(|_| GitError::Time(verb.clone(), self.time_max.as_secs()))?;
        // It has ended; its number may soon be somebody else's.
        group.0 = None;
        let out = out?.ok_or_else(|| GitError::Output(verb.clone(), OUTPUT_BYTES_MAX))?;
        if status?.success() {
            return Ok(out);
        }
        Err(GitError::Failed { verb, complaint: complaint(&err?.unwrap_or_default()) })
    }

    /// What it wrote, as text without the last line feed.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn text(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<String, GitError> {
        let out = self.bytes(arguments, b"").await?;
        Ok(String::from_utf8_lossy(&out).trim_end_matches('\n').to_owned())
    }

    /// The same; none when git says no.
    ///
    /// # Errors
    /// [`GitError`], other than its saying no.
    pub async fn ask(
        &self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Option<String>, GitError> {
        match self.text(arguments).await {
            Ok(text) => Ok(Some(text)),
            Err(GitError::Failed { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The commit that words name, if there is one.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn commit(&self, name: &str) -> Result<Option<String>, GitError> {
        let wanted = format!("{name}^{{commit}}");
        self.ask(["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).await
    }

    fn command(&self, arguments: &[OsString]) -> tokio::process::Command {
        let mut command = tokio::process::Command::new("git");
        command.env_clear().envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.envs(ENVIRONMENT.iter().copied()).env("GIT_ALLOW_PROTOCOL", self.protocols);
        let standing = CONFIG.iter().copied();
        let config = standing.chain(self.config.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        let mut count = 0;
        for (index, (key, value)) in config.enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{index}"), key).env(format!("GIT_CONFIG_VALUE_{index}"), value);
            count = index + 1;
        }
        command.env("GIT_CONFIG_COUNT", count.to_string());
        if let Some(git_dir) = &self.git_dir {
            command.env("GIT_DIR", git_dir);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value))).args(arguments);
        command.current_dir(&self.folder).process_group(0).kill_on_drop(true);
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
    let mut line = line.unwrap_or("it did not say why").replace(char::is_control, " ");
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
