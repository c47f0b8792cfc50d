//! `engine`: workload W through the engine's handle, beside the limit of the same minutes.

use crate::{
    Failure,
    database::Database,
    limit::{
        Measured, postgres,
        sqlite::{self, Synchronous},
    },
    process,
    report::{Printer, Report, thousands},
    stopwatch::median,
    workload::{TRANSITIONS, Told, W, Worker, driver},
};
use clap::Args;
use engine::{Limits, Registry};
use environment::Environment;
use serde::Serialize;
use std::{sync::Arc, time::Duration};

/// The batch whose limit the engine is held against: the engine's own largest.
const LIMIT_BATCH: usize = 512;

/// Run workload W, and the limit beside it.
#[derive(Debug, Args)]
pub struct Words {
    /// `sqlite` or `postgres`, a file or server of the benchmark's own; or a new database, like
    /// `sqlite:///var/tmp/bench.db` or `postgres://user@host/bench`
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Workflows per run
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    workflows: usize,
    /// Clients, each with one workflow under way
    #[arg(long, default_value_t = 1_536, value_name = "N")]
    submitters: usize,
    /// Connections that commit, the limit's as well: by default 1 on SQLite, 2 on PostgreSQL
    #[arg(long, value_name = "N")]
    committers: Option<u16>,
    /// Runs; the one in the middle is the figure
    #[arg(long, default_value_t = 3, value_name = "N")]
    runs: usize,
    /// Seconds of the limit before each run
    #[arg(long, default_value_t = 3.0, value_name = "S")]
    limit_seconds: f64,
}

/// One run.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    /// Durable transitions per second.
    pub transitions_per_s: f64,
    /// The limit just before.
    pub limit_transitions_per_s: f64,
    /// One by the other.
    pub ratio: f64,
    /// Processor time of the limit: how quick the machine was.
    pub limit_cpu_s_per_1000_workflows: f64,
    /// Processor time, submitters and executor included.
    pub cpu_s_per_1000_workflows: f64,
    /// Commits it took.
    pub commits: u64,
    /// Events that came too early and were kept.
    pub kept_early: u64,
    /// Of a finished workflow, history included.
    pub bytes_per_workflow: f64,
}

/// The run in the middle, and all of them.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// What was run.
    pub store: &'static str,
    /// Per run.
    pub workflows: usize,
    /// Clients.
    pub submitters: usize,
    /// Load of the machine when it began.
    pub load: f64,
    /// The run with the median ratio.
    #[serde(flatten)]
    pub middle: Run,
    /// All.
    pub runs: Vec<Run>,
}

impl Report for Outcome {
    fn line(&self) -> String {
        let Self { workflows, submitters, load, runs, .. } = self;
        let tell = |run: &Run| {
            format!(
                "{} transitions/s, {:.1} % of the limit ({}/s), cpu {:.3} s/1000 workflows (the limit {:.3}), {} commits, {} early, {:.0} bytes each",
                thousands(run.transitions_per_s),
                run.ratio * 100.0,
                thousands(run.limit_transitions_per_s),
                run.cpu_s_per_1000_workflows,
                run.limit_cpu_s_per_1000_workflows,
                thousands(run.commits as f64),
                run.kept_early,
                run.bytes_per_workflow
            )
        };
        let mut lines = vec![format!("{workflows} workflows by {submitters} submitters, load {load:.1}")];
        lines.extend(runs.iter().enumerate().map(|(n, run)| format!("  run {}: {}", n + 1, tell(run))));
        lines.push(format!("  median: {}", tell(&self.middle)));
        lines.join("\n")
    }
}

/// Runs it.
///
/// # Errors
/// The outcome is wrong, or something failed.
pub async fn run(environment: &Environment, words: &Words, printer: Printer) -> Result<(), Failure> {
    if words.workflows == 0 || words.submitters == 0 || words.runs == 0 {
        return Err(Failure::Usage("at least one workflow, submitter and run is needed".into()));
    }
    if words.runs > 1 && words.store.as_ref().is_some_and(|url| url.starts_with("postgres://")) {
        return Err(Failure::Usage(
            "each run fills a database of its own; give `--runs 1` with that of a server".into(),
        ));
    }
    let load = process::load();
    let (mut runs, mut name) = (Vec::new(), "");
    for n in 0..words.runs {
        // Each run fills a database of its own.
        let url = words.store.as_ref().map(|url| match url.starts_with("sqlite://") && n > 0 {
            true => format!("{url}.{n}"),
            false => url.clone(),
        });
        let database = Database::at(url.as_deref()).await?;
        name = database.name();
        let limit = limit(environment, &database, words).await?;
        runs.push(once(environment, &database, words, &limit).await?);
    }
    let middle = median(&mut runs.iter().map(|run| run.ratio).collect::<Vec<_>>());
    let middle = runs.iter().find(|run| run.ratio == middle).cloned();
    let middle = middle.ok_or_else(|| Failure::Check("no run has the median ratio".into()))?;
    let (workflows, submitters) = (words.workflows, words.submitters);
    printer.print(&Outcome { store: name, workflows, submitters, load, middle, runs })?;
    Ok(())
}

impl Words {
    fn committers(&self, database: &Database) -> u16 {
        self.committers.unwrap_or(if database.server().is_some() { 2 } else { 1 })
    }
}

/// The least that these databases must write for W, by as many committers.
async fn limit(environment: &Environment, database: &Database, words: &Words) -> Result<Measured, Failure> {
    let span = Duration::from_secs_f64(words.limit_seconds);
    match database.server() {
        Some(server) => {
            postgres::group(environment, server, LIMIT_BATCH, words.committers(database).into(), span).await
        }
        None => sqlite::group(environment, database.folder(), Synchronous::Full, LIMIT_BATCH, span).await,
    }
}

async fn once(environment: &Environment, database: &Database, words: &Words, limit: &Measured) -> Result<Run, Failure> {
    let told = Told::new(words.submitters);
    let registry = Registry::new().with::<W>(Arc::new(Worker { told: told.clone() }));
    let engine = database.start(environment, registry, Limits::default(), words.committers(database)).await?;
    let cpu_before = database.cpu_s()?;
    let span = driver::run(environment, &engine, &told, words.workflows, words.submitters).await?;
    let cpu_s = database.cpu_s()? - cpu_before;
    let counters = engine.counters();
    engine.shutdown().await;
    drop(engine);
    database.stored().await?.all_closed(words.workflows as u64)?;
    let transitions_per_s = (TRANSITIONS * words.workflows as u64) as f64 / span.as_secs_f64();
    Ok(Run {
        transitions_per_s,
        limit_transitions_per_s: limit.transitions_per_s,
        limit_cpu_s_per_1000_workflows: limit.cpu_s_per_1000_workflows,
        ratio: transitions_per_s / limit.transitions_per_s,
        cpu_s_per_1000_workflows: cpu_s * 1_000.0 / words.workflows as f64,
        commits: counters.commits,
        kept_early: counters.kept_early,
        bytes_per_workflow: database.bytes().await? as f64 / words.workflows as f64,
    })
}
