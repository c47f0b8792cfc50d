//! The benchmarks of the engine, its stores, and the whole supervisor.
//!
//! Every figure comes through the public API: events in, actions carried out by an executor that does nothing, results
//! back as events. Before a figure is printed the database is read, and what is missing there is a failure.

mod commands;
mod database;
mod docker;
mod failure;
mod limit;
mod paused;
mod process;
mod report;
mod stopwatch;
mod whole;
mod workload;

pub use failure::Failure;

use clap::{Parser, Subcommand};
use environment::Environment;
use report::Printer;
use std::process::ExitCode;

/// Measures the engine and its stores; `docs/performance.md` says what the figures mean.
#[derive(Debug, Parser)]
#[command(name = "longshore-bench", version, max_term_width = 100)]
struct Cli {
    /// One JSON object per measurement
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Measure the raw durable writes that workload W needs, without an engine
    Limit(commands::limit::Words),
    /// Run workload W, and the limit beside it
    Engine(commands::engine::Words),
    /// Measure an idle engine: from an event until its action's result is durable
    Latency(commands::latency::Words),
    /// Measure workflows that wait for a person: memory, disk, restart after kill -9, waking
    Paused(commands::paused::Words),
    /// Measure how late timers are when many are due
    Timers(commands::timers::Words),
    /// Measure webhooks: signature checked, durable, answered
    Webhooks(commands::webhooks::Words),
    /// Measure from a webhook to the worker's first instruction, against the backend's own calls
    Machines(commands::machines::Words),
    /// Measure a supervisor at rest: memory and processor time
    Rest(commands::rest::Words),
    /// Measure what a real review takes while it waits for a person
    Review(commands::review::Words),
    /// What `paused` starts, kills and starts again
    #[command(hide = true)]
    Node(paused::node::Words),
}

/// Parses, wires, runs.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(run(&cli)));
    let Err(failure) = done else { return ExitCode::SUCCESS };
    let usage = matches!(failure, Failure::Usage(_));
    eprintln!("error: {failure}");
    ExitCode::from(if usage { 2 } else { 1 })
}

async fn run(cli: &Cli) -> Result<(), Failure> {
    let (environment, printer) = (Environment::real(), Printer { json: cli.json });
    match &cli.verb {
        Verb::Limit(words) => commands::limit::run(&environment, words, printer).await,
        Verb::Engine(words) => commands::engine::run(&environment, words, printer).await,
        Verb::Latency(words) => commands::latency::run(&environment, words, printer).await,
        Verb::Paused(words) => commands::paused::run(&environment, words, printer).await,
        Verb::Timers(words) => commands::timers::run(&environment, words, printer).await,
        Verb::Webhooks(words) => commands::webhooks::run(&environment, words, printer).await,
        Verb::Machines(words) => commands::machines::run(&environment, words, printer).await,
        Verb::Rest(words) => commands::rest::run(&environment, words, printer).await,
        Verb::Review(words) => commands::review::run(&environment, words, printer).await,
        Verb::Node(words) => paused::node::run(&environment, words).await,
    }
}
