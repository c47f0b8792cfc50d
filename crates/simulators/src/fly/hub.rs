//! The one place through which the world is read and changed, and from which tasks are started.

use super::{
    Options, Timings,
    clock::Clock,
    faults::{Faults, Limits},
    world::World,
};
use crate::listener::Tasks;
use environment::Environment;
use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// File of the world, in the folder.
const WORLD: &str = "world.json";

/// Everything the stand-in is made of. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

struct Inner {
    environment: Environment,
    options: Options,
    clock: Clock,
    world: Mutex<World>,
    faults: Mutex<Faults>,
    limits: Mutex<Limits>,
    timings: Mutex<Timings>,
    calls: Mutex<Vec<super::control::Called>>,
    /// One hand on each machine's program: a start that is under way is finished before an end begins.
    hands: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    changed: watch::Sender<()>,
    tasks: Tasks,
    /// Held as long as anything of the stand-in lives.
    _lock: Option<File>,
}

impl Hub {
    /// Reads the folder, if there is one; `lock` shows that it is ours.
    pub fn open(environment: Environment, options: Options, lock: Option<File>, tasks: Tasks) -> std::io::Result<Self> {
        let world = match &options.data {
            Some(folder) => read(&folder.join(WORLD))?,
            None => World::default(),
        };
        let inner = Inner {
            clock: Clock::new(environment.clone()),
            world: Mutex::new(world),
            faults: Mutex::new(Faults::new(options.seed)),
            limits: Mutex::new(Limits::new(options.rate_limits)),
            timings: Mutex::new(options.timings),
            calls: Mutex::default(),
            hands: Mutex::default(),
            changed: watch::Sender::new(()),
            environment,
            options,
            tasks,
            _lock: lock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub fn environment(&self) -> &Environment {
        &self.inner.environment
    }

    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    pub fn now_ms(&self) -> u64 {
        self.inner.clock.now_ms()
    }

    pub fn timings(&self) -> Timings {
        *lock(&self.inner.timings)
    }

    pub fn set_timings(&self, timings: Timings) {
        *lock(&self.inner.timings) = timings;
    }

    pub fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.inner.faults)
    }

    pub fn limits(&self) -> MutexGuard<'_, Limits> {
        lock(&self.inner.limits)
    }

    pub fn calls(&self) -> MutexGuard<'_, Vec<super::control::Called>> {
        lock(&self.inner.calls)
    }

    /// The world as it is now. Not to be held across a wait.
    pub fn read(&self) -> MutexGuard<'_, World> {
        let mut world = lock(&self.inner.world);
        let timings = self.timings();
        world.forget(self.now_ms(), timings.destroyed_kept_ms, timings.pending_destroy_ms);
        world
    }

    /// Changes the world, keeps it, and tells whoever waits for something.
    pub fn change<T>(&self, change: impl FnOnce(&mut World, u64) -> T) -> T {
        let done = {
            let mut world = self.read();
            let done = change(&mut world, self.now_ms());
            if let Some(folder) = &self.inner.options.data
                && let Err(error) = write(&folder.join(WORLD), &world)
            {
                tracing::error!(error = &error as &dyn std::error::Error, "the Fly stand-in cannot keep its world");
            }
            done
        };
        self.inner.changed.send_replace(());
        done
    }

    /// Waits until `look` sees what it looks for, at most until `due_ms` on the stand-in's clock, and once more then.
    pub async fn until<T>(&self, due_ms: u64, mut look: impl FnMut(&World, u64) -> Option<T>) -> Option<T> {
        /// However the clock was moved meanwhile, it is looked at again so soon.
        const LOOK_AGAIN: Duration = Duration::from_millis(50);
        let mut changed = self.inner.changed.subscribe();
        loop {
            let now = self.now_ms();
            if let Some(seen) = look(&self.read(), now) {
                return Some(seen);
            }
            if now >= due_ms {
                return None;
            }
            let left = Duration::from_millis(due_ms - now).min(LOOK_AGAIN);
            let _ = self.environment().timeout(left, changed.changed()).await;
        }
    }

    /// The hand on a machine's program.
    pub fn hand(&self, machine: &str) -> Arc<tokio::sync::Mutex<()>> {
        lock(&self.inner.hands).entry(machine.to_owned()).or_default().clone()
    }

    /// Runs beside the calls, and ends with the stand-in.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.tasks.keep([self.environment().spawn(task)]);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(path: &Path) -> std::io::Result<World> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(std::io::Error::other),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(World::default()),
        Err(error) => Err(error),
    }
}

/// Whole or not at all: a stand-in that is killed while it writes finds what it wrote before.
fn write(path: &Path, world: &World) -> std::io::Result<()> {
    let aside: PathBuf = path.with_extension("new");
    // Machines' environments are in it, and with them what runs are let in by.
    let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&aside)?;
    file.write_all(&serde_json::to_vec(world)?)?;
    file.sync_data()?;
    std::fs::rename(&aside, path)
}
