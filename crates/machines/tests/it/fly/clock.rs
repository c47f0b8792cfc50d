//! A clock that runs faster, for what takes Fly minutes.

use environment::{BoxFuture, Clock, Environment, Random, Timestamp};
use std::{sync::Arc, time::Duration};

/// Sleeps longer than this are limits on calls and keep their length: a busy machine must not break them.
const CALL: Duration = Duration::from_secs(10);

struct Fast {
    real: Environment,
    times: u32,
    /// Whether limits on calls keep their length.
    patient: bool,
}

impl Clock for Fast {
    fn now(&self) -> Timestamp {
        let real = self.real.monotonic() * self.times;
        Timestamp::from_millis(1_800_000_000_000) + real
    }

    fn monotonic(&self) -> Duration {
        self.real.monotonic() * self.times
    }

    fn sleep(&self, span: Duration) -> BoxFuture<()> {
        let (real, keeps) = (self.real.clone(), self.patient && span > CALL);
        let span = if keeps { span } else { span / self.times };
        Box::pin(async move { real.sleep(span).await })
    }
}

/// Ids must differ in their first digits.
struct Real(Environment);

impl Random for Real {
    fn bytes(&self) -> [u8; 16] {
        self.0.random_bytes()
    }
}

fn environment(times: u32, patient: bool) -> Environment {
    let real = Environment::real();
    Environment::new(Arc::new(Fast { real: real.clone(), times, patient }), Arc::new(Real(real)))
}

/// For the driver.
pub fn fast(times: u32) -> Environment {
    environment(times, true)
}

/// For the stand-in, which has no limits on calls and waits at length.
pub fn fast_stand_in(times: u32) -> Environment {
    environment(times, false)
}
