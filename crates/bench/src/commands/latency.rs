//! `latency`: an idle engine; from an event until the result of the action that it leads to is durable: two commits.

use crate::{
    Failure,
    database::Database,
    process,
    report::{Printer, Report},
    stopwatch::{Stopwatch, percentile},
    workload::{Told, W, Worker, driver, watch::until},
};
use clap::Args;
use engine::{Engine, Limits, Registry};
use environment::Environment;
use serde::Serialize;
use std::{sync::Arc, time::Duration};

/// Measure an idle engine: event to its action's result durable
#[derive(Debug, Args)]
pub struct Words {
    /// A new database; by default a file in a temporary folder
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Workflows, one after another
    #[arg(long, default_value_t = 2_000, value_name = "N")]
    samples: usize,
    /// Milliseconds of rest before each
    #[arg(long, default_value_t = 3, value_name = "MS")]
    rest_ms: u64,
}

#[derive(Debug, Serialize)]
struct Outcome {
    store: &'static str,
    samples: usize,
    load: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

impl Report for Outcome {
    fn line(&self) -> String {
        let Self { samples, load, p50_ms, p99_ms, max_ms, .. } = self;
        format!(
            "idle, event to its action's result durable: p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms, max {max_ms:.2} ms \
             ({samples} samples, load {load:.1})"
        )
    }
}

/// Runs it.
///
/// # Errors
/// The outcome is wrong, or something failed.
pub async fn run(environment: &Environment, words: &Words, printer: Printer) -> Result<(), Failure> {
    let load = process::load();
    let database = Database::at(words.store.as_deref()).await?;
    let store = database.open(environment).await?;
    let registry = Registry::new().with::<W>(Arc::new(Worker { told: Told::new(0) }));
    let engine = Engine::start(environment.clone(), store, registry, Limits::default()).await?;
    let mut feed = engine.subscribe();
    let mut samples = Vec::with_capacity(words.samples);
    for n in 0..words.samples {
        let key = Told::key(0, n);
        let begun = driver::submit(&engine, &key, 0, driver::opened(&key, 0)).await?;
        // Started: the volume was created and the machine started, two actions after the first event.
        until(environment, &mut feed, begun, 3).await?;
        environment.sleep(Duration::from_millis(words.rest_ms)).await;
        let watch = Stopwatch::start();
        driver::submit(&engine, &key, 1, driver::called_back(&key, 1)).await?;
        until(environment, &mut feed, begun, 5).await?;
        samples.push(watch.elapsed().as_secs_f64() * 1e3);
    }
    engine.shutdown().await;
    drop(engine);
    let stored = database.stored().await?;
    let workflows = words.samples as u64;
    stored.must_be(crate::database::Stored {
        workflows,
        closed: 0,
        awaiting: workflows,
        events: 5 * workflows,
        unbroken: workflows,
    })?;
    let mut at = |share| percentile(&mut samples, share);
    let (p50_ms, p99_ms, max_ms) = (at(0.5), at(0.99), at(1.0));
    printer.print(&Outcome { store: database.name(), samples: words.samples, load, p50_ms, p99_ms, max_ms })?;
    Ok(())
}
