//! When the janitor passes. One pass at a time, on one supervisor; one that was missed while the supervisor was away is made up for once.

use super::Sweeper;
use crate::{config::Schedule, seams::Sweep};
use environment::{Environment, Timestamp};
use janitor::Order;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Longest sleep: the clock may be set, or the machine may have slept; neither makes the janitor late for long.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Before a pass that was missed is made up for: what the start has to catch up with goes first.
const AFTER_A_START: Duration = Duration::from_secs(60);

/// Passes on the schedule until `closing`.
pub async fn keep(environment: Environment, sweeper: Arc<Sweeper>, schedule: Schedule, closing: CancellationToken) {
    let started = environment.now();
    let last = sweeper.last_pass().await.unwrap_or_default();
    let mut due = first(&schedule, last, started);
    while let Some(next) = due {
        let left = next.since(environment.now());
        if !left.is_zero() {
            tokio::select! {
                biased;
                () = closing.cancelled() => return,
                () = environment.sleep(left.min(LOOK_EVERY)) => continue,
            }
        }
        if !sweeper.leads() {
            due = schedule.next(environment.now());
            continue;
        }
        // A pass that has begun is finished: it is bounded, and half of it would be forgotten.
        if let Err(error) = sweeper.sweep(&on_schedule()).await {
            tracing::warn!(%error, "the janitor could not pass");
        }
        due = schedule.next(environment.now());
    }
}

fn on_schedule() -> Order {
    Order { dry_run: false, confirmed: false, by: "schedule".to_owned() }
}

/// The first time to pass after a start, given when the last pass was.
fn first(schedule: &Schedule, last: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let missed = last.and_then(|last| schedule.next(last)).is_some_and(|due| due <= now);
    if missed { Some(now + AFTER_A_START) } else { schedule.next(now) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: u64 = 3_600_000;
    const MIDNIGHT: Timestamp = Timestamp::from_millis(1_700_006_400_000);

    #[test]
    fn a_pass_that_was_missed_is_made_up_for_once_and_soon() {
        let schedule = Schedule::parse("0 0 3 * * *").unwrap();
        let three = MIDNIGHT.plus_millis(3 * HOUR_MS);
        let first = |last: Option<Timestamp>, now| first(&schedule, last, now).unwrap();
        assert_eq!(first(None, MIDNIGHT), three, "a new supervisor has missed nothing");
        assert_eq!(first(Some(three), three.plus_millis(HOUR_MS)), three.plus_millis(24 * HOUR_MS));
        let late = three.plus_millis(100 * 24 * HOUR_MS);
        assert_eq!(first(Some(three), late), late.plus_millis(60_000));
        assert_eq!(first(Some(late), MIDNIGHT), three, "the clock was set back");
    }
}
