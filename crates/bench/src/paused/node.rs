//! A node: the engine on a database, in a process of its own.

use super::Said;
use crate::{
    Failure, database,
    stopwatch::Stopwatch,
    workload::{Told, W, Worker, driver, watch::until},
};
use clap::{Args, Subcommand};
use engine::{Committed, Engine, Limits, Registry};
use environment::Environment;
use std::{io::Write, sync::Arc, time::Duration};
use tokio::{io::AsyncReadExt, sync::broadcast};

/// How long a paused workflow waits for its person: longer than any measurement.
const PATIENCE_MS: u64 = 30 * 24 * 3_600_000;
/// How long the engine may take to put everything aside.
const REST_MAX: Duration = Duration::from_secs(60);
/// Revision of a woken workflow whose next step is durable: the event, and the answer of the action that it led to.
const STEPPED: u64 = driver::ASKED + 2;

/// The engine in a process of its own, for `paused`
#[derive(Debug, Args)]
pub struct Words {
    /// The database
    #[arg(long, value_name = "URL")]
    store: String,
    /// Paused workflows, made or there already
    #[arg(long, value_name = "N")]
    count: usize,
    /// Clients that made them
    #[arg(long, value_name = "N")]
    submitters: usize,
    #[command(subcommand)]
    part: Part,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Make them
    Create,
    /// Wake some
    Wake {
        /// The one that is woken as soon as the engine has started
        #[arg(long, value_name = "N")]
        first: usize,
        /// So many of the first `others`, one after another
        #[arg(long, value_name = "N")]
        samples: usize,
        /// How many were never woken
        #[arg(long, value_name = "N")]
        others: usize,
        /// Milliseconds of rest before each
        #[arg(long, value_name = "MS")]
        rest_ms: u64,
    },
}

/// Runs until standard input ends.
///
/// # Errors
/// Something failed; it is said on standard error.
pub async fn run(environment: &Environment, words: &Words) -> Result<(), Failure> {
    let told = Told::new(words.submitters);
    let store = database::open(&words.store, environment).await?;
    let registry = Registry::new().with::<W>(Arc::new(Worker { told: told.clone() }));
    let engine = Engine::start(environment.clone(), store, registry, Limits::default()).await?;
    match &words.part {
        Part::Create => create(environment, &engine, &told, words).await?,
        Part::Wake { first, samples, others, rest_ms } => {
            let picks = (1..=*samples).map(|sample| pick(sample, *others)).collect();
            wake(environment, &engine, words, *first, picks, Duration::from_millis(*rest_ms)).await?;
        }
    }
    let mut rest = Vec::new();
    tokio::io::stdin().read_to_end(&mut rest).await?;
    engine.shutdown().await;
    Ok(())
}

async fn create(environment: &Environment, engine: &Engine, told: &Told, words: &Words) -> Result<(), Failure> {
    let (count, submitters) = (words.count, words.submitters);
    let span = driver::pause(environment, engine, told, count, submitters, |_| PATIENCE_MS).await?;
    say(&Said::Paused { seconds: span.as_secs_f64() })?;
    let waited = Stopwatch::start();
    while engine.counters().live > 0 && waited.elapsed() < REST_MAX {
        environment.sleep(Duration::from_millis(100)).await;
    }
    say(&Said::AtRest { live: engine.counters().live })
}

async fn wake(
    environment: &Environment,
    engine: &Engine,
    words: &Words,
    first: usize,
    picks: Vec<usize>,
    rest: Duration,
) -> Result<(), Failure> {
    let mut feed = engine.subscribe();
    let workflow = click(engine, first, words).await?;
    say(&Said::Accepted)?;
    until(environment, &mut feed, workflow, STEPPED).await?;
    say(&Said::Stepped)?;
    let (mut accepted_ms, mut stepped_ms) = (Vec::new(), Vec::new());
    for n in picks {
        environment.sleep(rest).await;
        let (accepted, stepped) = one(environment, engine, &mut feed, n, words).await?;
        accepted_ms.push(accepted);
        stepped_ms.push(stepped);
    }
    say(&Said::Woken { accepted_ms, stepped_ms })
}

async fn one(
    environment: &Environment,
    engine: &Engine,
    feed: &mut broadcast::Receiver<Committed>,
    n: usize,
    words: &Words,
) -> Result<(f64, f64), Failure> {
    let watch = Stopwatch::start();
    let workflow = click(engine, n, words).await?;
    let accepted = watch.elapsed();
    until(environment, feed, workflow, STEPPED).await?;
    Ok((accepted.as_secs_f64() * 1e3, watch.elapsed().as_secs_f64() * 1e3))
}

async fn click(engine: &Engine, n: usize, words: &Words) -> Result<engine::WorkflowId, Failure> {
    let key = driver::paused_key(n, words.submitters);
    driver::submit(engine, &key, 2, driver::requested(&key)).await
}

/// Far apart from each other, and none twice among fewer than there are: the factor is a prime above any count.
fn pick(sample: usize, count: usize) -> usize {
    sample * 2_654_435_761 % count
}

fn say(what: &Said) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(what).map_err(std::io::Error::from)?)?;
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::pick;
    use std::collections::BTreeSet;

    #[test]
    fn no_workflow_is_woken_twice() {
        let woken: BTreeSet<_> = (0..1_000).map(|sample| pick(sample, 1_000)).collect();
        assert_eq!(woken.len(), 1_000);
    }
}
