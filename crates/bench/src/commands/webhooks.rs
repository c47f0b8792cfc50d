//! `webhooks`: recorded webhooks over HTTP to the real program: signature checked, durable, answered.

use crate::{
    Failure,
    database::Database,
    process,
    report::{Printer, Report, thousands},
    stopwatch::{Stopwatch, percentile},
    whole::{Connection, Github, Payload, Supervisor, program, recorded},
};
use clap::Args;
use environment::Environment;
use serde::Serialize;
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Measure webhooks: signature checked, durable, answered
#[derive(Debug, Args)]
pub struct Words {
    /// `sqlite` (default), `postgres` (a private server), or the URL of a new database
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// The `longshore` to measure; by default the one beside this program
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Recorded webhooks
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/github/webhooks/pull_request"))]
    payloads: PathBuf,
    /// Kept connections
    #[arg(long, default_value_t = 64, value_name = "N")]
    connections: usize,
    /// Pull requests that they concern, by turns
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    pull_requests: usize,
    /// Webhooks sent as fast as they are answered
    #[arg(long, default_value_t = 40_000, value_name = "N")]
    count: usize,
    /// Then, at this rate, and at most for ten seconds
    #[arg(long, default_value_t = 2_500.0, value_name = "PER_S")]
    rate: f64,
}

/// Different bodies, signed before anything is measured.
const BODIES: usize = 1_000;
/// Sent before anything is measured.
const WARM_UP_MAX: usize = 500;
/// How long webhooks are sent at the rate.
const PACED_S: f64 = 10.0;

#[derive(Debug, Serialize)]
struct Outcome {
    store: &'static str,
    load: f64,
    connections: usize,
    bytes_per_webhook: usize,
    webhooks_per_s: f64,
    p50_ms: f64,
    p99_ms: f64,
    rate_per_s: f64,
    at_rate_p50_ms: f64,
    at_rate_p99_ms: f64,
    at_rate_max_ms: f64,
    recorded: u64,
    supervisor_cpu_ms_per_webhook: f64,
    supervisor_rss_mib: f64,
}

impl Report for Outcome {
    fn line(&self) -> String {
        format!(
            "webhooks of {} bytes on {}, load {:.1}: {}/s by {} connections (p50 {:.1} ms, p99 {:.1} ms), {:.2} ms cpu each\n  \
             at {}/s: p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms; {} recorded, all of them found after kill -9",
            thousands(self.bytes_per_webhook as f64),
            self.store,
            self.load,
            thousands(self.webhooks_per_s),
            self.connections,
            self.p50_ms,
            self.p99_ms,
            self.supervisor_cpu_ms_per_webhook,
            thousands(self.rate_per_s),
            self.at_rate_p50_ms,
            self.at_rate_p99_ms,
            self.at_rate_max_ms,
            thousands(self.recorded as f64),
        )
    }
}

/// Runs it.
///
/// # Errors
/// The outcome is wrong, or something failed.
pub async fn run(environment: &Environment, words: &Words, printer: Printer) -> Result<(), Failure> {
    if words.connections == 0 || words.pull_requests == 0 || words.count == 0 || words.rate <= 0.0 {
        return Err(Failure::Usage("at least one connection, pull request, webhook and a rate is needed".into()));
    }
    let program = program(words.program.as_deref())?;
    let payloads: Arc<[Payload]> = recorded(&words.payloads, BODIES, words.pull_requests)?.into();
    let bytes_per_webhook = payloads.iter().map(|payload| payload.body.len()).sum::<usize>() / payloads.len();
    let (load, folder, github) = (process::load(), tempfile::tempdir()?, Github::silent().await?);
    let database = Database::at(words.store.as_deref()).await?;
    let supervisor =
        Supervisor::start(environment, &program, folder.path(), Some(&database.url()), &github.url()?, &[]).await?;
    let sender = Sender { environment: environment.clone(), to: supervisor.address, payloads, next: Arc::default() };

    let warm_up = WARM_UP_MAX.min(words.count);
    sender.send(warm_up, words.connections, None).await?;
    let (cpu_before, begun) = (process::cpu_s(supervisor.id())?, Stopwatch::start());
    let mut fast = sender.send(words.count, words.connections, None).await?;
    let (span, cpu_s) = (begun.elapsed(), process::cpu_s(supervisor.id())? - cpu_before);
    let at_rate = (words.rate * PACED_S).min(words.count as f64) as usize;
    let mut paced = sender.send(at_rate, words.connections, Some(words.rate)).await?;

    let supervisor_rss_mib = process::memory_mib(supervisor.id())?.0;
    supervisor.kill().await?;
    let sent = (warm_up + words.count + at_rate) as u64;
    let there = database.events_from("gh:").await?;
    if there != sent {
        return Err(Failure::Check(format!("{sent} webhooks were acknowledged, and {there} are stored")));
    }
    printer.print(&Outcome {
        store: database.name(),
        load,
        connections: words.connections,
        bytes_per_webhook,
        webhooks_per_s: words.count as f64 / span.as_secs_f64(),
        p50_ms: percentile(&mut fast, 0.5),
        p99_ms: percentile(&mut fast, 0.99),
        rate_per_s: words.rate,
        at_rate_p50_ms: percentile(&mut paced, 0.5),
        at_rate_p99_ms: percentile(&mut paced, 0.99),
        at_rate_max_ms: percentile(&mut paced, 1.0),
        recorded: sent,
        supervisor_cpu_ms_per_webhook: cpu_s * 1e3 / words.count as f64,
        supervisor_rss_mib,
    })?;
    Ok(())
}

/// Sends webhooks, each under a delivery id of its own.
#[derive(Clone)]
struct Sender {
    environment: Environment,
    to: SocketAddr,
    payloads: Arc<[Payload]>,
    next: Arc<AtomicUsize>,
}

impl Sender {
    /// Sends so many; milliseconds that each took. At a rate, one that could not be sent when it was due has waited since
    /// then.
    async fn send(&self, count: usize, connections: usize, rate: Option<f64>) -> Result<Vec<f64>, Failure> {
        let (begun, first) = (Stopwatch::start(), self.next.fetch_add(count, Ordering::Relaxed));
        let task = |place: usize| {
            let sender = self.clone();
            self.environment.spawn(async move {
                let mut connection = Connection::open(sender.to).await?;
                let mut took = Vec::with_capacity(count / connections + 1);
                for n in (place..count).step_by(connections) {
                    let due = rate.map(|rate| Duration::from_secs_f64(n as f64 / rate));
                    took.push(sender.one(&mut connection, first + n, begun, due).await?);
                }
                Ok::<_, Failure>(took)
            })
        };
        let mut all = Vec::with_capacity(count);
        for task in (0..connections.min(count)).map(task).collect::<Vec<_>>() {
            let took = task.await.map_err(|error| Failure::Check(format!("a sender ended abnormally: {error}")))??;
            all.extend(took);
        }
        Ok(all)
    }

    async fn one(
        &self,
        connection: &mut Connection,
        n: usize,
        begun: Stopwatch,
        due: Option<Duration>,
    ) -> Result<f64, Failure> {
        if let Some(due) = due {
            self.environment.sleep(due.saturating_sub(begun.elapsed())).await;
        }
        let from = due.unwrap_or_else(|| begun.elapsed());
        let payload = &self.payloads[n % self.payloads.len()];
        let (status, body) = connection.deliver(payload, &format!("00000000-0000-4000-8000-{n:012x}")).await?;
        if status != 202 || !body.contains(r#""taken":"recorded""#) || !body.contains(r#""duplicate":false"#) {
            return Err(Failure::Check(format!("webhook {n} was answered {status} {body}")));
        }
        Ok((begun.elapsed().saturating_sub(from)).as_secs_f64() * 1e3)
    }
}
