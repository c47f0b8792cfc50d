use environment::{BoxFuture, Clock, Environment, Random, Timestamp};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// A clock that only the test moves, and chance that counts. Its sleeps never end: nothing here may wait for one.
#[derive(Clone, Default)]
pub(crate) struct HandClock(Arc<AtomicU64>);

impl HandClock {
    pub(crate) fn environment(&self) -> Environment {
        self.0.store(1_700_000_000_000, Ordering::SeqCst);
        Environment::new(Arc::new(self.clone()), Arc::new(Counting(AtomicU64::new(1))))
    }

    pub(crate) fn advance(&self, span: Duration) {
        self.0.fetch_add(span.as_millis() as u64, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(std::future::pending())
    }
}

struct Counting(AtomicU64);

impl Random for Counting {
    fn bytes(&self) -> [u8; 16] {
        u128::from(self.0.fetch_add(1, Ordering::SeqCst)).to_be_bytes()
    }
}
