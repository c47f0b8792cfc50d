//! Nothing missed: what happened while nobody listened is read back from GitHub.
//!
//! Two duties, one after the other in one task, so that together they never ask faster than the pace. *Missed webhooks* are
//! read at start and every few minutes and taken in through the same intake as those that arrive, people's decisions
//! first. *Open pull requests* are read at start, and where access was given or came back, and compared with the workflows.
//! Both go in bounded steps beside the serving; neither is asked by `/health/ready`, and neither's failure is anybody
//! else's.

mod compare;
mod missed;
mod open;
mod pace;
mod positions;
mod rest;
mod shift;
mod stop;
mod take;
mod wanted;

pub use wanted::Wanted;

use crate::{http::Counts, intake::PullRequests, seams::Intake};
use environment::Timestamp;
use github::AppLevel;
use missed::Missed;
use open::Open;
use pace::Pace;
use shift::Shift;
use std::{sync::Arc, time::Duration};
use stop::Stop;
use tokio_util::sync::CancellationToken;

/// First pause after GitHub or the database failed; it doubles with each failure.
const AGAIN_MIN: Duration = Duration::from_secs(2);
/// Longest pause after a failure, unless GitHub asks for a longer one.
const AGAIN_MAX: Duration = Duration::from_secs(5 * 60);
/// Decisions are taken in before open pull requests are read, unless GitHub fails to list them this often.
const DECISIONS_FIRST_TRIES: u32 = 3;

/// What catching up works with.
#[derive(Clone)]
pub(crate) struct CatchUp {
    pub(crate) intake: Arc<PullRequests>,
    /// Takes webhooks; the same as the listener's.
    pub(crate) webhooks: Arc<dyn Intake>,
    pub(crate) github: Arc<dyn AppLevel>,
    pub(crate) counts: Arc<Counts>,
    /// Between two readings of missed webhooks; zero: only at start.
    pub(crate) every: Duration,
    /// After so many calls to GitHub there is this pause.
    pub(crate) pause: Duration,
}

impl CatchUp {
    /// Goes on until `closing`. It may be dropped at any moment: what was not recorded is read again after a start.
    pub(crate) async fn run(self, closing: CancellationToken) {
        let environment = self.intake.parts.environment.clone();
        let wanted = self.intake.parts.wanted.clone();
        let shift = Shift { duty: self, environment: environment.clone() };
        let forever = async {
            let mut turns = None;
            loop {
                let rest = shift.turn(&mut turns).await;
                tokio::select! {
                    biased;
                    () = environment.sleep(rest) => {}
                    () = wanted.woken() => {}
                }
            }
        };
        tokio::select! {
            biased;
            () = closing.cancelled() => {}
            () = forever => {}
        }
    }
}

/// Whose turn it is.
struct Turns {
    duty: CatchUp,
    pace: Pace,
    missed: Missed,
    missed_due: Timestamp,
    missed_failures: u32,
    open: Open,
    open_due: Timestamp,
    open_failures: u32,
}

impl Turns {
    fn new(duty: CatchUp) -> Self {
        let environment = duty.intake.parts.environment.clone();
        let open = Open::everything(environment.random_id());
        let pace = Pace::new(environment, duty.pause);
        let now = Timestamp::default();
        Self {
            duty,
            pace,
            missed: Missed::default(),
            missed_due: now,
            missed_failures: 0,
            open,
            open_due: now,
            open_failures: 0,
        }
    }

    /// One turn of whoever is due; how long there is nothing to do then.
    async fn next(&mut self) -> Duration {
        let now = self.duty.intake.parts.environment.now();
        let wanted = self.duty.intake.parts.wanted.take();
        if !wanted.is_empty() && self.open_failures == 0 {
            self.open_due = now;
        }
        self.open.add(wanted);
        if self.missed_due <= now {
            let pause = self.read_missed().await;
            self.missed_due = self.duty.intake.parts.environment.now() + pause;
        } else if self.open_may_go() && self.open_due <= now {
            let pause = self.read_open().await;
            self.open_due = self.duty.intake.parts.environment.now() + pause;
        }
        let due = if self.open_may_go() { self.missed_due.min(self.open_due) } else { self.missed_due };
        due.since(self.duty.intake.parts.environment.now())
    }

    fn open_may_go(&self) -> bool {
        let decisions_first = self.missed.was_read() || self.missed_failures >= DECISIONS_FIRST_TRIES;
        decisions_first && self.open.has_work()
    }

    async fn read_missed(&mut self) -> Duration {
        let never = Duration::from_millis(u64::MAX / 4);
        let every = if self.duty.every.is_zero() { never } else { self.duty.every };
        match self.missed.read(&self.duty, &mut self.pace).await {
            Ok(overflowed) => {
                self.missed_failures = 0;
                self.duty.counts.add("catch_up", "done");
                if overflowed {
                    self.open.begin_again();
                }
                every
            }
            Err(Stop::Denied { why }) => {
                self.missed_failures = 0;
                self.duty.counts.add("catch_up", "denied");
                self.missed.is_denied(&why);
                every
            }
            Err(Stop::Later { why, after }) => {
                self.duty.counts.add("catch_up", "failed");
                self.missed_failures += 1;
                let pause = pause(self.missed_failures, after);
                tracing::warn!(%why, again_in_s = pause.as_secs(), "missed webhooks could not be read back; it is tried again");
                pause
            }
        }
    }

    async fn read_open(&mut self) -> Duration {
        match self.open.step(&self.duty, &mut self.pace).await {
            Ok(()) => {
                self.open_failures = 0;
                Duration::ZERO
            }
            Err(Stop::Denied { why } | Stop::Later { why, after: None }) => self.open_failed(&why, None),
            Err(Stop::Later { why, after }) => self.open_failed(&why, after),
        }
    }

    fn open_failed(&mut self, why: &str, after: Option<Duration>) -> Duration {
        self.open_failures += 1;
        let pause = pause(self.open_failures, after);
        tracing::warn!(why, again_in_s = pause.as_secs(), "open pull requests could not be read; it is tried again");
        pause
    }
}

/// After so many failures in a row; at least as long as GitHub asks for.
fn pause(failures: u32, asked: Option<Duration>) -> Duration {
    let doubled = AGAIN_MIN.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(AGAIN_MAX).max(asked.unwrap_or_default())
}
