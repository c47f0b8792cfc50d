//! The machine listener of one run: a unix socket in a folder of its own, for machines that have no network.
//!
//! The folder is mounted into the machine, not the socket: when the supervisor restarts it makes the socket anew under
//! the same name, and the machine's next connection finds it. Each socket answers for its run alone, whatever credential
//! is shown, so that what a machine can reach is its own run and nothing else. The folders are the memory of which sockets
//! there must be.

use super::{Machine, router};
use crate::{http::serve_unix, runs::Runs};
use engine::WorkflowId;
use environment::{Environment, Task};
use github::GitHub;
use std::{
    collections::HashMap,
    fs::{File, Permissions},
    io::{self, ErrorKind},
    os::{
        fd::AsRawFd,
        unix::fs::{DirBuilderExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;

/// Name of the socket in the folder.
pub const SOCKET: &str = "supervisor.sock";

type Run = (WorkflowId, u32);

/// The sockets of this supervisor's runs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RunSockets {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    environment: Environment,
    folder: PathBuf,
    client: reqwest::Client,
    closing: CancellationToken,
    machine: OnceLock<Machine>,
    open: Mutex<HashMap<Run, Open>>,
}

#[derive(Debug)]
struct Open {
    closing: CancellationToken,
    server: Task<io::Result<()>>,
}

impl RunSockets {
    /// Sockets below `folder`, which is made for us alone; they close with `closing`. They are served once [begun](Self::begin).
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new(
        environment: Environment,
        folder: PathBuf,
        client: reqwest::Client,
        closing: CancellationToken,
    ) -> io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let (machine, open) = Default::default();
        Ok(Self { inner: Arc::new(Inner { environment, folder, client, closing, machine, open }) })
    }

    /// Serves these runs from now on: again those that have not ended since an earlier supervisor, and forgets the others.
    ///
    /// # Errors
    /// A folder, or the database.
    pub async fn begin(&self, runs: &Runs, github: &Arc<dyn GitHub>) -> Result<(), String> {
        let (environment, client) = (self.inner.environment.clone(), self.inner.client.clone());
        let machine = Machine { environment, runs: runs.clone(), github: Arc::clone(github), client };
        let _first = self.inner.machine.set(machine);
        self.reopen(runs).await
    }

    /// Listens for a run, if it does not yet, and gives the folder to mount.
    ///
    /// # Errors
    /// The socket cannot be made.
    pub fn open(&self, workflow: WorkflowId, run: u32) -> io::Result<PathBuf> {
        let folder = self.folder_of((workflow, run));
        let mut open = self.opened();
        if open.contains_key(&(workflow, run)) {
            return Ok(folder);
        }
        let machine = self.inner.machine.get().ok_or(ErrorKind::NotConnected)?;
        let listener = listen(&folder)?;
        let router = router(Machine { runs: machine.runs.only(workflow, run), ..machine.clone() });
        let closing = self.inner.closing.child_token();
        let environment = &self.inner.environment;
        let server = environment.spawn(serve_unix(environment.clone(), listener, router, closing.clone()));
        open.insert((workflow, run), Open { closing, server });
        Ok(folder)
    }

    /// Listens no more for a run whose machine is gone, and removes its folder.
    ///
    /// # Errors
    /// The folder cannot be removed.
    pub fn close(&self, workflow: WorkflowId, run: u32) -> io::Result<()> {
        if let Some(open) = self.opened().remove(&(workflow, run)) {
            open.closing.cancel();
        }
        remove(&self.folder_of((workflow, run)))
    }

    async fn reopen(&self, runs: &Runs) -> Result<(), String> {
        let unusable = |error: io::Error| format!("`{}`: {error}", self.inner.folder.display());
        for entry in std::fs::read_dir(&self.inner.folder).map_err(unusable)? {
            let name = entry.map_err(unusable)?.file_name();
            let Some((workflow, run)) = name.to_str().and_then(parse) else { continue };
            if runs.has_ended(workflow, run).await.map_err(|error| error.to_string())? {
                self.close(workflow, run).map_err(unusable)?;
            } else {
                self.open(workflow, run).map_err(unusable)?;
            }
        }
        Ok(())
    }

    /// Completes when every socket has finished its requests in hand; they were told to by `closing`.
    pub async fn ended(&self) {
        let all: Vec<_> = self.opened().drain().collect();
        for (run, open) in all {
            if let Err(error) = open.server.await {
                tracing::warn!(?run, %error, "the socket of a run ended badly");
            }
        }
    }

    fn folder_of(&self, (workflow, run): Run) -> PathBuf {
        self.inner.folder.join(format!("{workflow}-{run}"))
    }

    fn opened(&self) -> MutexGuard<'_, HashMap<Run, Open>> {
        // No code panics while holding it; whatever is there is whole.
        self.inner.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket that anybody may connect to who sees it: the data folder above is ours alone, and in the machine, which has
/// another user, only the folder is mounted.
fn listen(folder: &Path) -> io::Result<UnixListener> {
    std::fs::DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
    std::fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    let socket = folder.join(SOCKET);
    missing_is_fine(std::fs::remove_file(&socket))?;
    // An address of this kind has at most 107 bytes; a data folder may lie deeper than that.
    let opened = File::open(folder)?;
    let listener = UnixListener::bind(format!("/proc/self/fd/{}/{SOCKET}", opened.as_raw_fd()))?;
    std::fs::set_permissions(&socket, Permissions::from_mode(0o666))?;
    Ok(listener)
}

fn remove(folder: &Path) -> io::Result<()> {
    missing_is_fine(std::fs::remove_file(folder.join(SOCKET)))?;
    missing_is_fine(std::fs::remove_dir(folder))
}

fn missing_is_fine(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// `wf_12-3`.
fn parse(name: &str) -> Option<Run> {
    let (workflow, run) = name.strip_prefix("wf_")?.rsplit_once('-')?;
    Some((WorkflowId(workflow.parse().ok()?), run.parse().ok()?))
}
