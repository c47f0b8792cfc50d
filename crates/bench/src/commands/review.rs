//! `review`: what a real review takes in the database while it waits for a person: the product's own pull request
//! workflow, history, results, documents and logs included.

use crate::{
    Failure,
    database::Database,
    process,
    report::{Printer, Report, thousands},
    stopwatch::Stopwatch,
    whole::{Github, Supervisor, program},
};
use clap::Args;
use environment::Environment;
use serde::Serialize;
use simulators::github::{control::Client, fixtures::demo_fixture};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// Measure what a real review takes while it waits for a person
#[derive(Debug, Args)]
pub struct Words {
    /// The `longshore` to measure; by default the one beside this program
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Pull requests that are reviewed
    #[arg(long, default_value_t = 8, value_name = "N")]
    count: u64,
}

/// How long a review may take, its machine's start included.
const REVIEW_MAX: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);

#[derive(Debug, Serialize)]
struct Outcome {
    reviews: u64,
    load: f64,
    /// All of it, indexes included, the free space of half-filled pages not.
    bytes_per_review: f64,
    /// By table or index, the largest first.
    tables: Vec<(String, f64)>,
    /// Of the history.
    events_per_review: f64,
    seconds_per_review: f64,
}

impl Report for Outcome {
    fn line(&self) -> String {
        let tables = self.tables.iter().map(|(name, bytes)| format!("\n  {name}: {}", thousands(*bytes)));
        format!(
            "{} reviews that wait for a person, load {:.1}: {} bytes each, {:.0} events{}",
            self.reviews,
            self.load,
            thousands(self.bytes_per_review),
            self.events_per_review,
            tables.collect::<String>()
        )
    }
}

/// Runs it.
///
/// # Errors
/// The outcome is wrong, or something failed.
pub async fn run(environment: &Environment, words: &Words, printer: Printer) -> Result<(), Failure> {
    if words.count == 0 {
        return Err(Failure::Usage("at least one review is needed".into()));
    }
    let program = program(words.program.as_deref())?;
    let (load, folder) = (process::load(), tempfile::tempdir()?);
    let github = Github::stand(environment, &folder.path().join("github")).await?;
    let database = Database::at(None).await?;
    let url = Some(database.url());
    let supervisor =
        Supervisor::start(environment, &program, folder.path(), url.as_deref(), &github.url()?, &[]).await?;
    let before = database.table_bytes()?;
    let begun = Stopwatch::start();
    open(&github.client()?, &supervisor, words.count).await?;
    let all_wait = until_all_wait(environment, &database, words.count).await;
    let span = begun.elapsed();
    supervisor.end(environment).await?;
    all_wait?;
    let stored = database.stored().await?;
    let after = database.table_bytes()?;
    let mut tables = growth(&before, &after, words.count);
    tables.retain(|(_, bytes)| *bytes > 0.0);
    printer.print(&Outcome {
        reviews: words.count,
        load,
        bytes_per_review: tables.iter().map(|(_, bytes)| bytes).sum(),
        tables,
        events_per_review: stored.events as f64 / words.count as f64,
        seconds_per_review: span.as_secs_f64() / words.count as f64,
    })?;
    Ok(())
}

async fn open(client: &Client, supervisor: &Supervisor, count: u64) -> Result<(), Failure> {
    let failed = |error: simulators::github::control::ClientError| Failure::Check(error.to_string());
    client.set_webhook_url(&format!("http://{}/webhooks/github", supervisor.address)).await.map_err(failed)?;
    let fixture = demo_fixture();
    client.create_repository(fixture.repository).await.map_err(failed)?;
    for n in 1..=count {
        let mut pull = fixture.pull.clone();
        (pull.number, pull.head_ref) = (Some(n), format!("{}-{n}", pull.head_ref));
        client.open_pull(pull).await.map_err(failed)?;
    }
    Ok(())
}

/// Until each of them asks a person and nothing of it is under way.
async fn until_all_wait(environment: &Environment, database: &Database, count: u64) -> Result<(), Failure> {
    let waited = Stopwatch::start();
    loop {
        let stored = database.stored().await?;
        if (stored.workflows, stored.awaiting) == (count, count) {
            return Ok(());
        }
        if waited.elapsed() > REVIEW_MAX * u32::try_from(count).unwrap_or(u32::MAX) {
            return Err(Failure::Check(format!("{} of {count} reviews came to ask a person", stored.awaiting)));
        }
        environment.sleep(LOOK).await;
    }
}

fn growth(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>, count: u64) -> Vec<(String, f64)> {
    let grown = |(name, bytes): (&String, &u64)| {
        let grown = bytes.saturating_sub(before.get(name).copied().unwrap_or(0));
        (name.clone(), grown as f64 / count as f64)
    };
    let mut tables: Vec<_> = after.iter().map(grown).collect();
    tables.sort_by(|one, other| other.1.total_cmp(&one.1));
    tables
}
