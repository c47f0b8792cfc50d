//! Submitters of the limit: each drives one workflow after another and waits for every commit.

use crate::{Failure, stopwatch::Stopwatch, workload::TRANSITIONS};
use environment::Environment;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// One transition on its way to a writer.
pub(super) struct Submitted {
    pub workflow: i64,
    pub seq: i64,
    pub done: oneshot::Sender<()>,
}

/// Keeps the writers busy for a while; how many transitions were answered, and in which time.
pub(super) async fn drive(
    environment: &Environment,
    submitters: usize,
    writers: Vec<mpsc::Sender<Submitted>>,
    span: Duration,
) -> Result<(u64, Duration), Failure> {
    let begun = Stopwatch::start();
    let next = Arc::new(AtomicI64::new(0));
    let writers: Arc<[_]> = writers.into();
    let submitter = |_| {
        let (next, writers) = (Arc::clone(&next), Arc::clone(&writers));
        environment.spawn(async move {
            let mut answered = 0;
            loop {
                let workflow = next.fetch_add(1, Ordering::Relaxed);
                // One at least, however short the span and slow the machine: a limit of zero means nothing.
                if workflow > 0 && begun.elapsed() >= span {
                    return answered;
                }
                let writer = &writers[workflow as usize % writers.len()];
                for seq in 0..TRANSITIONS as i64 {
                    let (done, waiting) = oneshot::channel();
                    if writer.send(Submitted { workflow, seq, done }).await.is_err() || waiting.await.is_err() {
                        return answered; // the writer failed, and says why itself
                    }
                    answered += 1;
                }
            }
        })
    };
    let tasks: Vec<_> = (0..submitters).map(submitter).collect();
    let mut answered = 0;
    for task in tasks {
        answered += task.await.map_err(|error| Failure::Check(format!("a submitter ended abnormally: {error}")))?;
    }
    Ok((answered, begun.elapsed()))
}
