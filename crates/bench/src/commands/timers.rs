//! `timers`: many timers due within seconds; how late each is, from its due time until what it led to is durable.

use crate::{
    Failure,
    database::{Database, Stored},
    process,
    report::{Printer, Report, thousands},
    stopwatch::{Stopwatch, percentile},
    workload::{
        Told, W, Worker,
        driver::{self, ASKED},
    },
};
use clap::Args;
use engine::{Committed, Engine, Limits, Registry};
use environment::Environment;
use serde::Serialize;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::broadcast::{self, error::RecvError};

/// Measure how late timers are when many are due
#[derive(Debug, Args)]
pub struct Words {
    /// `sqlite` (default), `postgres` (a private server), or the URL of a new database
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Timers, each of a workflow of its own
    #[arg(long, default_value_t = 50_000, value_name = "N")]
    count: usize,
    /// Seconds within which they are due
    #[arg(long, default_value_t = 10.0, value_name = "S")]
    window_seconds: f64,
    /// Seconds until the first is due; making them must take less
    #[arg(long, default_value_t = 30.0, value_name = "S")]
    lead_seconds: f64,
    /// Clients that make them
    #[arg(long, default_value_t = 1_024, value_name = "N")]
    submitters: usize,
}

/// How long after the last due time the last may be.
const LATE_MAX: Duration = Duration::from_secs(60);

#[derive(Debug, Serialize)]
struct Outcome {
    store: &'static str,
    count: usize,
    window_s: f64,
    load: f64,
    create_s: f64,
    lateness_p50_ms: f64,
    lateness_p99_ms: f64,
    lateness_max_ms: f64,
    cpu_s_per_1000_timers: f64,
}

impl Report for Outcome {
    fn line(&self) -> String {
        format!(
            "{} timers due within {} s on {}, load {:.1}: lateness p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms, cpu {:.3} s/1000 \
             (made in {:.1} s)",
            thousands(self.count as f64),
            self.window_s,
            self.store,
            self.load,
            self.lateness_p50_ms,
            self.lateness_p99_ms,
            self.lateness_max_ms,
            self.cpu_s_per_1000_timers,
            self.create_s
        )
    }
}

/// Runs it.
///
/// # Errors
/// The outcome is wrong, or something failed.
pub async fn run(environment: &Environment, words: &Words, printer: Printer) -> Result<(), Failure> {
    if words.count == 0 || words.submitters == 0 {
        return Err(Failure::Usage("at least one timer and submitter is needed".into()));
    }
    let load = process::load();
    let database = Database::at(words.store.as_deref()).await?;
    let told = Told::new(words.submitters);
    let store = database.open(environment).await?;
    let registry = Registry::new().with::<W>(Arc::new(Worker { told: told.clone() }));
    let engine = Engine::start(environment.clone(), store, registry, Limits::default()).await?;
    let clock = Clock { base_ms: environment.now().as_millis(), since: Stopwatch::start() };
    let (spread, lead_ms) = (Spread { count: words.count, window_s: words.window_seconds }, words.lead_seconds * 1e3);
    let patience = move |n| (lead_ms + spread.offset_ms(n) - clock.since.elapsed().as_secs_f64() * 1e3).max(1.0) as u64;
    let made = driver::pause(environment, &engine, &told, words.count, words.submitters, patience).await?;
    let due: HashMap<u64, u64> = database.wake_ups().await?.into_iter().collect();
    if due.len() != words.count || clock.since.elapsed().as_secs_f64() > words.lead_seconds {
        return Err(Failure::Check(
            "some timers were due before all of them were made; give more --lead-seconds".into(),
        ));
    }
    let cpu_before = database.cpu_s()?;
    let mut late = lateness(environment, engine.subscribe(), &due, clock, words).await?;
    let cpu_s = database.cpu_s()? - cpu_before;
    engine.shutdown().await;
    drop(engine);
    let count = words.count as u64;
    let wanted = Stored { workflows: count, closed: count, awaiting: 0, events: (ASKED + 1) * count, unbroken: count };
    database.stored().await?.must_be(wanted)?;
    printer.print(&Outcome {
        store: database.name(),
        count: words.count,
        window_s: words.window_seconds,
        load,
        create_s: made.as_secs_f64(),
        lateness_p50_ms: percentile(&mut late, 0.5),
        lateness_p99_ms: percentile(&mut late, 0.99),
        lateness_max_ms: percentile(&mut late, 1.0),
        cpu_s_per_1000_timers: cpu_s * 1e3 / words.count as f64,
    })?;
    Ok(())
}

/// Wall time, finer than its milliseconds.
#[derive(Debug, Clone, Copy)]
struct Clock {
    base_ms: u64,
    since: Stopwatch,
}

impl Clock {
    fn late_ms(self, due_ms: u64) -> f64 {
        self.since.elapsed().as_secs_f64() * 1e3 - (due_ms as f64 - self.base_ms as f64)
    }
}

/// Due times all over the window, in no order.
#[derive(Debug, Clone, Copy)]
struct Spread {
    count: usize,
    window_s: f64,
}

impl Spread {
    fn offset_ms(self, n: usize) -> f64 {
        let place = n * 2_654_435_761 % self.count;
        self.window_s * 1e3 * place as f64 / self.count as f64
    }
}

/// Milliseconds from each due time until the news that what it led to is durable.
async fn lateness(
    environment: &Environment,
    mut feed: broadcast::Receiver<Committed>,
    due: &HashMap<u64, u64>,
    clock: Clock,
    words: &Words,
) -> Result<Vec<f64>, Failure> {
    let until = Duration::from_secs_f64(words.lead_seconds + words.window_seconds) + LATE_MAX;
    let mut late = Vec::with_capacity(due.len());
    let all = async {
        while late.len() < due.len() {
            match feed.recv().await {
                Ok(news) if news.revision == ASKED + 1 => {
                    late.extend(due.get(&news.workflow.0).map(|due| clock.late_ms(*due)))
                }
                Ok(_) => {}
                Err(RecvError::Lagged(missed)) => {
                    return Err(Failure::Check(format!("the measurement fell behind by {missed} commits")));
                }
                Err(RecvError::Closed) => return Err(Failure::Check("the engine ended".into())),
            }
        }
        Ok(())
    };
    let done = environment.timeout(until.saturating_sub(clock.since.elapsed()), all).await;
    done.unwrap_or_else(|_| Err(Failure::Check("some timers did not fire".into())))?;
    Ok(late)
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn due_times_fill_the_window_evenly_and_in_no_order() {
        let spread = Spread { count: 1_000, window_s: 10.0 };
        let mut offsets: Vec<f64> = (0..1_000).map(|n| spread.offset_ms(n)).collect();
        assert!(!offsets.is_sorted());
        offsets.sort_by(f64::total_cmp);
        assert_eq!((offsets[0], offsets[999]), (0.0, 9_990.0));
        assert!(offsets.windows(2).all(|pair| pair[1] - pair[0] == 10.0));
    }
}
