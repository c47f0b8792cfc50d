//! `paused`: many workflows that wait for a person: what they take, how a start goes that finds them, how one is woken.

use crate::{
    Failure,
    database::{Database, Stored},
    paused::{Node, Said},
    process,
    report::{Printer, Report, thousands},
    stopwatch::{Stopwatch, percentile},
    workload::driver::ASKED,
};
use clap::Args;
use environment::Environment;
use serde::Serialize;
use std::time::Duration;

/// Measure workflows that wait for a person: memory, disk, restart after kill -9, waking
#[derive(Debug, Args)]
pub struct Words {
    /// `sqlite` (default), `postgres` (a private server), or the URL of a new database
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// How many wait
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    count: usize,
    /// Clients that make them; enough for full batches, no more, since memory is what is measured
    #[arg(long, default_value_t = 1_024, value_name = "N")]
    submitters: usize,
    /// How many are woken, one after another, far apart from each other
    #[arg(long, default_value_t = 2_000, value_name = "N")]
    samples: usize,
    /// Milliseconds of rest before each
    #[arg(long, default_value_t = 3, value_name = "MS")]
    rest_ms: u64,
    /// Restarts, each after kill -9; the one in the middle is the figure
    #[arg(long, default_value_t = 3, value_name = "N")]
    restarts: usize,
}

/// Making them may take this long each, at most.
const CREATE_MAX_EACH: Duration = Duration::from_millis(20);
/// Anything else.
const PATIENCE: Duration = Duration::from_secs(180);

#[derive(Debug, Serialize)]
struct Outcome {
    store: &'static str,
    count: usize,
    load: f64,
    /// Of the process that made them, once it is at rest.
    rss_mib: f64,
    /// The most it ever had.
    rss_peak_mib: f64,
    /// Of a process that was started on them and woke `samples`.
    rss_after_restart_mib: f64,
    /// History, indexes and, with SQLite, the WAL included.
    bytes_per_workflow: f64,
    create_s: f64,
    /// Process started -> event accepted -> next step durable.
    restart_ms: f64,
    restart_accepted_ms: f64,
    restarts_ms: Vec<f64>,
    /// Event -> next step durable: two commits.
    wake_p50_ms: f64,
    wake_p99_ms: f64,
    wake_max_ms: f64,
    /// Event -> accepted: one commit.
    wake_accepted_p50_ms: f64,
    wake_accepted_p99_ms: f64,
    samples: usize,
}

impl Report for Outcome {
    fn line(&self) -> String {
        format!(
            "{} paused on {}, load {:.1}, made in {:.1} s\n  memory: {:.1} MiB at rest (most {:.1}), {:.1} MiB after a restart\n  \
             disk: {:.0} bytes each, history included\n  \
             killed, started, event accepted after {:.0} ms, next step durable after {:.0} ms\n  \
             waking one: p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms (accepted: p50 {:.2}, p99 {:.2}; {} samples)",
            thousands(self.count as f64),
            self.store,
            self.load,
            self.create_s,
            self.rss_mib,
            self.rss_peak_mib,
            self.rss_after_restart_mib,
            self.bytes_per_workflow,
            self.restart_accepted_ms,
            self.restart_ms,
            self.wake_p50_ms,
            self.wake_p99_ms,
            self.wake_max_ms,
            self.wake_accepted_p50_ms,
            self.wake_accepted_p99_ms,
            self.samples,
        )
    }
}

/// Runs it.
///
/// # Errors
/// The outcome is wrong, or something failed.
pub async fn run(environment: &Environment, words: &Words, printer: Printer) -> Result<(), Failure> {
    let woken = words.restarts + words.samples;
    if words.submitters == 0 || words.samples == 0 || words.restarts == 0 || woken > words.count {
        return Err(Failure::Usage(
            "at least one submitter, sample and restart is needed, and more paused than woken".into(),
        ));
    }
    let load = process::load();
    let database = Database::at(words.store.as_deref()).await?;
    let made = make(environment, words, &database).await?;
    database.stored().await?.must_be(paused(words.count, 0))?;
    let mut restarts = Vec::new();
    for restart in 0..words.restarts - 1 {
        let begun = begin(environment, words, &database, restart, 0).await?;
        restarts.push((begun.accepted_ms, begun.stepped_ms));
        begun.node.kill().await?;
    }
    let mut last = begin(environment, words, &database, words.restarts - 1, words.samples).await?;
    restarts.push((last.accepted_ms, last.stepped_ms));
    let Said::Woken { mut accepted_ms, mut stepped_ms } = last.node.hear(PATIENCE).await? else {
        return Err(strange());
    };
    let rss_after_restart_mib = process::memory_mib(last.node.id())?.0;
    last.node.end(PATIENCE).await?;
    database.stored().await?.must_be(paused(words.count, woken))?;

    restarts.sort_by(|one, other| one.1.total_cmp(&other.1));
    let (restart_accepted_ms, restart_ms) = restarts[restarts.len() / 2];
    printer.print(&Outcome {
        store: database.name(),
        count: words.count,
        load,
        rss_mib: made.rss_mib,
        rss_peak_mib: made.rss_peak_mib,
        rss_after_restart_mib,
        bytes_per_workflow: made.bytes as f64 / words.count as f64,
        create_s: made.create_s,
        restart_ms,
        restart_accepted_ms,
        restarts_ms: restarts.iter().map(|(_, stepped)| *stepped).collect(),
        wake_p50_ms: percentile(&mut stepped_ms, 0.5),
        wake_p99_ms: percentile(&mut stepped_ms, 0.99),
        wake_max_ms: percentile(&mut stepped_ms, 1.0),
        wake_accepted_p50_ms: percentile(&mut accepted_ms, 0.5),
        wake_accepted_p99_ms: percentile(&mut accepted_ms, 0.99),
        samples: words.samples,
    })?;
    Ok(())
}

struct Made {
    create_s: f64,
    rss_mib: f64,
    rss_peak_mib: f64,
    bytes: u64,
}

/// Makes them, waits until their process is at rest, looks at it, and kills it.
async fn make(environment: &Environment, words: &Words, database: &Database) -> Result<Made, Failure> {
    let count = u32::try_from(words.count).map_err(|_| Failure::Usage("so many are not kept".into()))?;
    let mut node = Node::start(environment, &node_words(words, database, &["create"]))?;
    let Said::Paused { seconds: create_s } = node.hear(PATIENCE + CREATE_MAX_EACH * count).await? else {
        return Err(strange());
    };
    let Said::AtRest { live } = node.hear(PATIENCE).await? else { return Err(strange()) };
    if live > 0 {
        return Err(Failure::Check(format!("{live} workflows are still in memory, though nothing keeps them there")));
    }
    let (rss_mib, rss_peak_mib) = process::memory_mib(node.id())?;
    let bytes = database.bytes().await?;
    node.kill().await?;
    Ok(Made { create_s, rss_mib, rss_peak_mib, bytes })
}

struct Begun {
    node: Node,
    accepted_ms: f64,
    stepped_ms: f64,
}

/// Starts a process on them that wakes one at once, and then `samples` others.
async fn begin(
    environment: &Environment,
    words: &Words,
    database: &Database,
    restart: usize,
    samples: usize,
) -> Result<Begun, Failure> {
    // Each start wakes one from the end, so the others are the rest of them.
    let numbers = [words.count - 1 - restart, samples, words.count - words.restarts];
    let [first, samples, others] = numbers.map(|number| number.to_string());
    let rest_ms = words.rest_ms.to_string();
    let part = ["wake", "--first", &first, "--samples", &samples, "--others", &others, "--rest-ms", &rest_ms];
    let watch = Stopwatch::start();
    let mut node = Node::start(environment, &node_words(words, database, &part))?;
    let Said::Accepted = node.hear(PATIENCE).await? else { return Err(strange()) };
    let accepted_ms = watch.elapsed().as_secs_f64() * 1e3;
    let Said::Stepped = node.hear(PATIENCE).await? else { return Err(strange()) };
    Ok(Begun { node, accepted_ms, stepped_ms: watch.elapsed().as_secs_f64() * 1e3 })
}

fn node_words(words: &Words, database: &Database, part: &[&str]) -> Vec<String> {
    let (count, submitters) = (words.count.to_string(), words.submitters.to_string());
    let common = ["--store", &database.url(), "--count", &count, "--submitters", &submitters];
    common.iter().chain(part).map(ToString::to_string).collect()
}

/// What the tables must hold when so many of them were woken.
fn paused(count: usize, woken: usize) -> Stored {
    let (count, woken) = (count as u64, woken as u64);
    Stored { workflows: count, closed: 0, awaiting: count - woken, events: ASKED * count + 2 * woken, unbroken: count }
}

fn strange() -> Failure {
    Failure::Check("a node said something else than what was to come".into())
}
