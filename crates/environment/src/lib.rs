//! The one value through which clock, randomness, sleep and spawn reach the code.
//!
//! Why one value: a simulation that runs the production code must own time and chance. Whatever needs them takes an
//! [`Environment`]; `clippy.toml` forbids the other ways. Pure code (the engine's core, the domain) needs only
//! [`Timestamp`], which is here without the `real` feature and without a runtime.

mod timestamp;
pub use timestamp::Timestamp;

#[cfg(feature = "real")]
mod real;
#[cfg(feature = "real")]
pub use real::{Elapsed, Environment, Task, Tasks};

use std::time::Duration;

/// A future that a clock hands out.
pub type BoxFuture<T> = std::pin::Pin<Box<dyn Future<Output = T> + Send>>;

/// Wall time and waiting.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since the Unix epoch. May jump; code that measures a span must bear that.
    fn now(&self) -> Timestamp;
    /// Time since some moment, on a clock that nobody sets: for leases. A clock that never jumps may leave it as it is.
    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.now().as_millis())
    }
    /// Completes once `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> BoxFuture<()>;
}

/// Chance: ids, tokens, jitter.
pub trait Random: Send + Sync + 'static {
    /// Sixteen bytes that nobody can guess.
    fn bytes(&self) -> [u8; 16];
}
