use super::{installed, keeper::Keeper};
use std::{
    ops::Deref,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

/// Settings that differ from the defaults. `fsync` stays on: what is tested is durability. Timeouts of locks are short
/// enough to show, and the log says what went wrong.
const SETTINGS: &str = "\
listen_addresses = ''
max_connections = 300
shared_buffers = '64MB'
fsync = on
synchronous_commit = on
autovacuum_naptime = '10s'
log_min_messages = warning
";

/// A server of one's own, stopped and removed when the last of its databases and itself are dropped.
#[derive(Debug, Clone)]
pub struct Cluster {
    inside: Arc<Inside>,
}

#[derive(Debug)]
struct Inside {
    programs: PathBuf,
    folder: PathBuf,
    user: Option<(u32, u32)>,
    _keeper: Keeper,
}

/// An empty database; its server lives at least as long.
#[derive(Debug, Clone)]
pub struct Database {
    /// `postgres://…`.
    pub url: String,
    /// Its name.
    pub name: String,
    cluster: Cluster,
}

impl Deref for Database {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        &self.cluster
    }
}

impl Cluster {
    /// Makes and starts one.
    ///
    /// # Panics
    /// There is no PostgreSQL, or it does not start.
    pub fn start() -> Self {
        let (programs, user) = (installed::programs(), installed::other_user());
        // Always /tmp: a socket's path may have 107 bytes, and another user must be able to reach it.
        let folder = tempfile::Builder::new().prefix("longshore-pg-").tempdir_in("/tmp").expect("/tmp can be written");
        let folder = folder.keep();
        if let Some((user, group)) = user {
            std::os::unix::fs::chown(&folder, Some(user), Some(group)).expect("root gives its folder away");
        }
        let keeper = Keeper::of(&programs, &folder, user);
        let cluster = Self { inside: Arc::new(Inside { programs, folder, user, _keeper: keeper }) };
        let data = cluster.data();
        let mut initdb = cluster.command("initdb");
        // The folder is gone after the tests: that its first files reach the disk does not matter.
        initdb.args(["--no-sync", "--no-instructions", "--auth=trust", "--username=postgres", "--encoding=UTF8"]);
        run(initdb.arg("--locale=C.UTF-8").arg("-D").arg(&data));
        let settings = data.join("postgresql.auto.conf");
        let sockets = format!("unix_socket_directories = '{}'\n", cluster.inside.folder.display());
        std::fs::write(settings, format!("{SETTINGS}{sockets}")).expect("the settings can be written");
        cluster.start_again();
        cluster
    }

    /// Makes a database.
    ///
    /// # Panics
    /// It cannot be made.
    pub fn database(&self, name: &str) -> Database {
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"));
        Database { url: self.url_of(name), name: name.to_owned(), cluster: self.clone() }
    }

    /// The address of a database.
    pub fn url_of(&self, database: &str) -> String {
        // The path of the folder needs no escape but that of its slashes.
        let folder = self.inside.folder.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}/{database}")
    }

    /// Runs SQL by psql, and returns what it prints, bare.
    ///
    /// # Panics
    /// It fails.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut psql = self.command("psql");
        psql.arg("-h").arg(&self.inside.folder).args(["-U", "postgres", "-d", database, "-X", "-q", "-A", "-t"]);
        run(psql.args(["-v", "ON_ERROR_STOP=1", "-c", sql]))
    }

    /// Stops the server as a crash would, without a last checkpoint.
    ///
    /// # Panics
    /// It does not stop.
    pub fn crash(&self) {
        run(self.command("pg_ctl").arg("-D").arg(self.data()).args(["-m", "immediate", "-w", "stop"]));
    }

    /// Starts it after [`Cluster::crash`].
    ///
    /// # Panics
    /// It does not start; the message holds the server's log.
    pub fn start_again(&self) {
        let log = self.inside.folder.join("log");
        let mut start = self.command("pg_ctl");
        start.arg("-D").arg(self.data()).arg("-l").arg(&log).args(["-w", "-t", "60", "start"]);
        // The server would keep a pipe of ours open.
        let status = start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let said = || std::fs::read_to_string(&log).unwrap_or_default();
        assert!(status.is_ok_and(|status| status.success()), "PostgreSQL does not start:\n{}", said());
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.inside.folder.join("data")
    }

    /// Process id of the server.
    ///
    /// # Panics
    /// It does not run.
    pub fn pid(&self) -> u32 {
        let text = std::fs::read_to_string(self.data().join("postmaster.pid")).expect("the server runs");
        text.lines().next().and_then(|line| line.trim().parse().ok()).expect("its file names it")
    }

    fn command(&self, program: impl AsRef<Path>) -> Command {
        installed::command(self.inside.programs.join(program), self.inside.user)
    }
}

fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
