//! The real clock, randomness and tasks; the only file that calls what `clippy.toml` forbids elsewhere.
#![expect(clippy::disallowed_methods, reason = "this is the module the bans point to")]

use crate::{BoxFuture, Clock, Random, Timestamp};
use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

/// A task that was spawned; dropping it leaves the task running.
pub type Task<T> = tokio::task::JoinHandle<T>;

/// A time limit ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed;

impl std::fmt::Display for Elapsed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("time limit reached")
    }
}

impl std::error::Error for Elapsed {}

/// Hears of each task as it begins, so that a simulation can end all of them at one moment, as a crash does.
pub trait Tasks: Send + Sync + 'static {
    /// A task was spawned.
    fn began(&self, task: tokio::task::AbortHandle);
}

/// Clock, randomness, sleep and spawn. Cheap to clone.
#[derive(Clone)]
pub struct Environment {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    tasks: Option<Arc<dyn Tasks>>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Environment")
    }
}

impl Environment {
    /// The machine's clock and randomness.
    pub fn real() -> Self {
        Self::new(Arc::new(RealClock), Arc::new(RealRandom))
    }

    /// From parts, for tests and the simulation.
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { clock, random, tasks: None }
    }

    /// The same, and `tasks` hears of what is spawned through it.
    #[must_use]
    pub fn watched(self, tasks: Arc<dyn Tasks>) -> Self {
        Self { tasks: Some(tasks), ..self }
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Time since some moment, on a clock that nobody sets.
    pub fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    /// Waits.
    pub async fn sleep(&self, span: Duration) {
        self.clock.sleep(span).await;
    }

    /// `future`, or [`Elapsed`] when `span` passes first; the future is then dropped.
    ///
    /// # Errors
    /// [`Elapsed`].
    pub async fn timeout<F: Future>(&self, span: Duration, future: F) -> Result<F::Output, Elapsed> {
        let future = std::pin::pin!(future);
        match futures_util::future::select(future, self.clock.sleep(span)).await {
            futures_util::future::Either::Left((output, _)) => Ok(output),
            futures_util::future::Either::Right(((), _)) => Err(Elapsed),
        }
    }

    /// Runs `future` beside the caller.
    pub fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let task = tokio::spawn(future);
        if let Some(tasks) = &self.tasks {
            tasks.began(task.abort_handle());
        }
        task
    }

    /// Thirty-two hexadecimal digits that nobody can guess.
    pub fn random_id(&self) -> String {
        self.random.bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Sixteen bytes that nobody can guess.
    pub fn random_bytes(&self) -> [u8; 16] {
        self.random.bytes()
    }

    /// A span between half of `span` and `span`: jitter for retries.
    pub fn jittered(&self, span: Duration) -> Duration {
        let half = span / 2;
        let bytes = self.random.bytes();
        let share = u32::from(u16::from_le_bytes([bytes[0], bytes[1]]));
        half + half * share / u32::from(u16::MAX)
    }
}

struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn monotonic(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

struct RealRandom;

impl Random for RealRandom {
    fn bytes(&self) -> [u8; 16] {
        // Version 4 has six fixed bits; two ids are mixed so that every bit is random.
        let (a, b) = (uuid::Uuid::new_v4().into_bytes(), uuid::Uuid::new_v4().into_bytes());
        std::array::from_fn(|i| a[i] ^ b[(i + 5) % 16])
    }
}
