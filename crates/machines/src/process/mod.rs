//! The process driver: a machine is a tree of processes, a volume is a folder.
//!
//! It contains and ends machines, and it does **not** isolate them: they run as the supervisor's user, and can read and
//! signal what that user can. [`Machines::isolation`] says so; whoever shows machines passes it on.
//!
//! What is true is in the file system: a record per volume and per machine, and `/proc`. The driver keeps nothing in
//! memory, so that a new one on the same root knows what the old one knew, and a machine does not notice that its
//! supervisor was replaced. A machine's only parent is its *keeper*, see [`keeper`].

mod caps;
mod cgroup;
mod destroy;
mod erase;
mod files;
pub mod keeper;
mod layout;
mod log;
mod order;
mod procfs;
mod record;
mod spawn;
mod start;
mod state;
mod strike;
mod volume;

pub use caps::Caps;
pub use order::{MACHINE, MARK, SESSION_DIR};

use crate::{
    Error, Isolation, Machine, MachineSpec, Machines, Volume, VolumeSpec,
    names::{is_machine_name, is_volume_name},
};
use async_trait::async_trait;
use cgroup::Host;
use environment::Environment;
use layout::Layout;
use std::{ffi::OsString, path::PathBuf, sync::Arc};

/// The driver. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ProcessMachines {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    environment: Environment,
    layout: Layout,
    program: Vec<OsString>,
    keeper: Vec<OsString>,
    host: Host,
    /// Starts of this driver go one by one: two of the same name would each think the other a remnant of a crash.
    starting: tokio::sync::Mutex<()>,
    /// Two at a time would trip over each other's names in the trash.
    erasing: tokio::sync::Mutex<()>,
}

impl ProcessMachines {
    /// A driver on `root`, which it makes, and where it finds what an earlier one left. A machine runs `program`;
    /// `keeper` is a command whose `main` ends in [`keeper::main`], usually this very program with a hidden subcommand.
    ///
    /// # Errors
    /// [`Error::Permanent`] if the root cannot be made.
    pub fn new(
        environment: Environment,
        root: PathBuf,
        program: Vec<OsString>,
        keeper: Vec<OsString>,
    ) -> Result<Self, Error> {
        let layout = Layout::create(&root).map_err(|error| Error::Permanent {
            what: format!("`{}` cannot hold machines: {error}", root.display()),
        })?;
        if keeper.is_empty() || program.is_empty() {
            return Err(Error::Permanent { what: "the process driver needs a program and a keeper".into() });
        }
        let host = Host::probe(&format!("longshore-probe-{}", environment.random_id()));
        let (starting, erasing) = Default::default();
        Ok(Self { inner: Arc::new(Inner { environment, layout, program, keeper, host, starting, erasing }) })
    }

    /// The caps that machines here really get, for `ps` and the message at start.
    pub fn caps(&self) -> Caps {
        self.inner.host.given().into()
    }
}

#[async_trait]
impl Machines for ProcessMachines {
    fn backend(&self) -> &'static str {
        "process"
    }

    fn isolation(&self) -> Isolation {
        Isolation::None
    }

    async fn create_volume(&self, spec: &VolumeSpec) -> Result<Volume, Error> {
        let (layout, spec, now) = (self.inner.layout.clone(), spec.clone(), self.inner.environment.now());
        blocking(move || volume::create(&layout, &spec, now)).await
    }

    async fn volume(&self, id: &str) -> Result<Option<Volume>, Error> {
        if !is_volume_name(id) {
            return Ok(None);
        }
        let (layout, id) = (self.inner.layout.clone(), id.to_owned());
        blocking(move || volume::find(&layout, &id)).await
    }

    async fn volumes(&self, deployment: &str) -> Result<Vec<Volume>, Error> {
        let (layout, deployment) = (self.inner.layout.clone(), deployment.to_owned());
        blocking(move || volume::list(&layout, &deployment)).await
    }

    async fn delete_volume(&self, id: &str) -> Result<(), Error> {
        if !is_volume_name(id) {
            return Ok(());
        }
        let (layout, id) = (self.inner.layout.clone(), id.to_owned());
        let trash_name = format!("{id}-{}", self.inner.environment.random_id());
        blocking(move || volume::delete(&layout, &id, &trash_name)).await?;
        self.inner.empty_trash().await;
        Ok(())
    }

    async fn start_machine(&self, spec: &MachineSpec) -> Result<Machine, Error> {
        self.inner.start(spec).await
    }

    async fn machine(&self, id: &str) -> Result<Option<Machine>, Error> {
        if is_machine_name(id) { self.inner.find(id).await } else { Ok(None) }
    }

    async fn machines(&self, deployment: &str) -> Result<Vec<Machine>, Error> {
        self.inner.shown(|record| record.labels.deployment == deployment).await
    }

    async fn holders(&self, volume: &str) -> Result<Vec<Machine>, Error> {
        self.inner.shown(|record| record.volume == volume).await
    }

    async fn destroy_machine(&self, id: &str) -> Result<(), Error> {
        if is_machine_name(id) { self.inner.destroy(id).await } else { Ok(()) }
    }

    async fn machine_log(&self, id: &str, lines_max: usize) -> Result<Vec<String>, Error> {
        if !is_machine_name(id) {
            return Ok(Vec::new());
        }
        let path = self.inner.layout.machine(id).log();
        blocking(move || log::tail(&path, lines_max).map_err(failed("the machine's log cannot be read"))).await
    }
}

impl Inner {
    /// Removes what was deleted. Failing is not the caller's concern: the names are free, and the next deletion tries again.
    async fn empty_trash(&self) {
        let _alone = self.erasing.lock().await;
        let trash = self.layout.trash();
        let emptied = blocking(move || erase::empty(&trash).map_err(failed("the trash cannot be emptied"))).await;
        if let Err(error) = emptied {
            tracing::warn!(%error, "deleted data still takes space");
        }
    }
}

/// File work, off the runtime's threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let panicked = |error| Error::Ambiguous { what: format!("file work of the process driver broke off: {error}") };
    tokio::task::spawn_blocking(work).await.map_err(panicked)?
}

/// A file error as the driver's: nothing is known to have gone wrong for good.
fn failed(what: &'static str) -> impl Fn(std::io::Error) -> Error {
    move |error| Error::Retryable { what: format!("{what}: {error}"), retry_after: None }
}
