//! Sends what has queued, and learns from the answers whether to go on.

use super::Reporter;
use crate::{
    secret::Secret,
    supervisor::{Backoff, CallError, Supervisor},
};
use environment::{Environment, Timestamp};
use protocol::{Directive, EventsRequest};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

/// What the supervisor last said about this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Go on.
    Current,
    /// Stop the agent, hand in what there is.
    Stopped { reason: String },
    /// Not this worker's any more: stop and touch nothing.
    Stale,
}

/// The connection of a run to its supervisor, and when it was last heard.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) environment: Environment,
    pub(crate) supervisor: Supervisor,
    pub(crate) credential: Secret,
    pub(crate) run: u32,
    pub(crate) heartbeat: Duration,
    heard: Arc<AtomicU64>,
}

impl Line {
    pub(crate) fn new(
        environment: Environment,
        supervisor: Supervisor,
        credential: Secret,
        run: u32,
        heartbeat: Duration,
    ) -> Self {
        let heard = Arc::new(AtomicU64::new(environment.now().as_millis()));
        Self { environment, supervisor, credential, run, heartbeat, heard }
    }

    /// Notes that the supervisor answered.
    pub(crate) fn heard(&self) {
        self.heard.store(self.environment.now().as_millis(), Ordering::Relaxed);
    }

    /// How long the supervisor has been silent.
    pub(crate) fn silent_for(&self) -> Duration {
        self.environment.now().since(Timestamp::from_millis(self.heard.load(Ordering::Relaxed)))
    }
}

/// Sends until `closing` says that the result is next; then once more what is left, if the supervisor is there.
pub(crate) async fn pump(
    line: Line,
    reporter: Reporter,
    standing: watch::Sender<Standing>,
    closing: watch::Receiver<bool>,
) {
    let mut backoff = Backoff::within(line.heartbeat);
    loop {
        if !wait_for_something(&line, &reporter, &closing).await {
            return;
        }
        match send(&line, &reporter, &standing).await {
            Sent::Answered => backoff = Backoff::within(line.heartbeat),
            Sent::Away if *closing.borrow() => return,
            Sent::Away => backoff.pause(&line.environment).await,
            Sent::Stale => return,
        }
    }
}

/// Waits for a report, the time for a sign of life, or the end; false if there is nothing left to send at the end.
async fn wait_for_something(line: &Line, reporter: &Reporter, closing: &watch::Receiver<bool>) -> bool {
    let mut closing = closing.clone();
    loop {
        if !reporter.queue().batch().is_empty() {
            return true;
        }
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => return !reporter.queue().batch().is_empty(),
            () = reporter.shared.wake.notified() => {}
            () = line.environment.sleep(line.heartbeat) => reporter.queue().heartbeat(),
        }
    }
}

enum Sent {
    Answered,
    Away,
    Stale,
}

async fn send(line: &Line, reporter: &Reporter, standing: &watch::Sender<Standing>) -> Sent {
    let request = EventsRequest { events: reporter.queue().batch().to_vec() };
    match line.supervisor.events(line.run, &line.credential, &request).await {
        Ok(answer) => {
            line.heard();
            reporter.queue().acknowledged(answer.acknowledged);
            if let Directive::Stop { reason } = answer.directive {
                standing.send_if_modified(|standing| {
                    let first = *standing == Standing::Current;
                    if first {
                        *standing = Standing::Stopped { reason };
                    }
                    first
                });
            }
            Sent::Answered
        }
        Err(CallError::Stale | CallError::ClaimedByAnother) => {
            standing.send_replace(Standing::Stale);
            Sent::Stale
        }
        // What is wrong with a batch will be wrong again, and signs of life must not queue behind it. Its findings are in
        // the result too.
        Err(CallError::Refused { status: 400 | 413 | 422, message }) => {
            tracing::warn!("a batch of reports was refused and is dropped: {message}");
            line.heard();
            reporter.queue().acknowledged(u64::MAX);
            Sent::Answered
        }
        Err(error) => {
            tracing::debug!("events wait: {error}");
            Sent::Away
        }
    }
}
