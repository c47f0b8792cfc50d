//! What a node may do because it owns a partition, and until when, by a clock that nobody sets.
//!
//! Two spans: `own` is how long the node may believe that it owns the partition; `outside` is how long the next owner
//! waits before it repeats what this one may still be doing. Both are counted from before the renewal was sent, so this node
//! is always the first to think that they are over.

use environment::Environment;
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

/// How often something that waits for a renewal looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The node's lease of one partition under one epoch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lease(Arc<Spans>);

#[derive(Debug, Default)]
struct Spans {
    own_until: AtomicU64,
    outside_until: AtomicU64,
}

/// The lease was over before the work was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Over;

impl Lease {
    /// Renewed by a call that was sent at `sent` on the monotonic clock.
    pub fn renew(&self, sent: Duration, own_ms: u64, outside_ms: u64) {
        let until = |span: u64| millis(sent).saturating_add(span);
        self.0.own_until.fetch_max(until(own_ms), Ordering::SeqCst);
        self.0.outside_until.fetch_max(until(outside_ms), Ordering::SeqCst);
    }

    /// The node owns the partition.
    pub fn holds(&self, environment: &Environment) -> bool {
        millis(environment.monotonic()) < self.0.own_until.load(Ordering::SeqCst)
    }

    /// It does not any more.
    pub fn end(&self) {
        self.0.own_until.store(0, Ordering::SeqCst);
    }

    fn outside_left_ms(&self, environment: &Environment) -> u64 {
        self.0.outside_until.load(Ordering::SeqCst).saturating_sub(millis(environment.monotonic()))
    }

    /// Waits until a call that may take this long may start; `Over`: it may not any more.
    pub async fn cover(&self, environment: &Environment, span_ms: u64) -> Result<(), Over> {
        while self.holds(environment) {
            if self.outside_left_ms(environment) >= span_ms {
                return Ok(());
            }
            environment.sleep(LOOK_AGAIN).await;
        }
        Err(Over)
    }

    /// Runs work no further than until the outside span is over. A process that was stopped meanwhile does not send what
    /// it was about to send.
    pub fn guard<F: Future>(&self, environment: &Environment, work: F) -> Guarded<F> {
        Guarded { lease: self.clone(), environment: environment.clone(), work: Box::pin(work) }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Work under a lease.
pub(crate) struct Guarded<F> {
    lease: Lease,
    environment: Environment,
    work: Pin<Box<F>>,
}

impl<F: Future> Future for Guarded<F> {
    type Output = Result<F::Output, Over>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.lease.outside_left_ms(&self.environment) == 0 {
            return Poll::Ready(Err(Over));
        }
        self.work.as_mut().poll(context).map(Ok)
    }
}
