//! `machines`: from a webhook to the worker's first instruction, held against the backend's own calls in the same run.
//!
//! Samples of both kinds take turns, so that whatever else the machine does meets both. When a first instruction ran is
//! read from the volume afterwards, by the time of a file that the machine's first process made; nothing is asked while a
//! sample is under way. That time has the step of the kernel's clock tick (1 to 10 ms), on both sides.

use crate::{
    Failure,
    database::{self, Newest},
    docker::{Docker, IMAGE, Plain},
    process,
    report::{Printer, Report},
    stopwatch::{Stopwatch, median, percentile, unix_ms},
    whole::{Connection, Github, Payload, Supervisor, program},
};
use bollard::models::ContainerInspectResponse;
use clap::{Args, ValueEnum};
use environment::Environment;
use serde::Serialize;
use simulators::github::{
    control::{Client, PullName},
    fixtures::demo_fixture,
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Measure from a webhook to the worker's first instruction, against the backend's own calls
#[derive(Debug, Args)]
pub struct Words {
    /// Where machines run
    #[arg(long, value_enum)]
    backend: Backend,
    /// The Docker daemon, `unix://…`; by default a private one, which needs root
    #[arg(long, value_name = "ADDRESS")]
    docker: Option<String>,
    /// The `longshore` to measure; by default the one beside this program
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Machines of each kind
    #[arg(long, default_value_t = 20, value_name = "N")]
    samples: u64,
}

/// Backends with calls of their own to be held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Backend {
    /// Containers
    Docker,
}

/// How long a review may take, its machine's start included; and the end of all of them.
const REVIEW_MAX: Duration = Duration::from_secs(120);
/// Between two looks, while nothing is measured.
const LOOK: Duration = Duration::from_millis(50);
/// The same, while the first machine is looked for.
const LOOK_CLOSELY: Duration = Duration::from_millis(5);
/// Machines before the first that counts.
const WARM_UPS_MAX: u64 = 5;
/// Status of a reviewed pull request.
const ASKING: &str = "awaiting_decision";
/// What is told of the way: names of events, in the order in which they come.
const STEPS: [&str; 5] = ["hinted", "pull_request_read", "slot_granted", "check_published", "volume_created"];

#[derive(Debug, Serialize)]
struct Outcome {
    backend: &'static str,
    load: f64,
    samples: u64,
    /// Volume, inspect, create and start, made directly: from before the first call to the first instruction.
    plain_p50_ms: f64,
    plain_p90_ms: f64,
    /// From before the webhook is sent to the first instruction.
    ours_p50_ms: f64,
    ours_p90_ms: f64,
    /// Of what we add, in what the plain calls take: (ours - plain) / plain.
    share: f64,
    /// From before the webhook is sent until each of these was recorded, p50.
    steps_p50_ms: Vec<(&'static str, f64)>,
}

impl Report for Outcome {
    fn line(&self) -> String {
        let steps = self.steps_p50_ms.iter().map(|(name, ms)| format!("{name} {ms:.0}, "));
        format!(
            "{} machines of each kind on {}, load {:.1}: webhook to first instruction p50 {:.0} ms (p90 {:.0}), \
             plain calls p50 {:.0} ms (p90 {:.0}), our share {:.1} %\n  p50 ms after the webhook: {}first instruction {:.0}",
            self.samples,
            self.backend,
            self.load,
            self.ours_p50_ms,
            self.ours_p90_ms,
            self.plain_p50_ms,
            self.plain_p90_ms,
            self.share * 100.0,
            steps.collect::<String>(),
            self.ours_p50_ms,
        )
    }
}

/// Runs it.
///
/// # Errors
/// A machine did not run, something is left, or something failed.
pub async fn run(environment: &Environment, words: &Words, printer: Printer) -> Result<(), Failure> {
    let Backend::Docker = words.backend;
    if words.samples == 0 {
        return Err(Failure::Usage("at least one machine of each kind is needed".into()));
    }
    let program = program(words.program.as_deref())?;
    let docker = Docker::at(words.docker.as_deref()).await?;
    docker.make_image(&program).await?;
    let bench = Bench::open(environment, docker, &program).await?;
    let measured = bench.measure(words.samples).await;
    let ended = bench.end(words.samples + WARM_UPS_MAX).await;
    let outcome = measured?;
    ended?;
    Ok(printer.print(&outcome)?)
}

struct Bench<'a> {
    environment: &'a Environment,
    docker: Docker,
    github: Github,
    client: Client,
    supervisor: Supervisor,
    database: PathBuf,
    _folder: tempfile::TempDir,
}

/// One machine of ours.
struct Sample {
    first_ms: f64,
    steps_ms: [f64; STEPS.len()],
}

impl<'a> Bench<'a> {
    async fn open(environment: &'a Environment, docker: Docker, program: &Path) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let github = Github::stand(environment, &folder.path().join("github")).await?;
        let more = [
            "machines.backend = \"docker\"".to_owned(),
            format!("machines.docker = \"{}\"", docker.address),
            format!("machines.image = \"{IMAGE}\""),
            "volumes.retention = \"0s\"".to_owned(),
        ];
        let supervisor = Supervisor::start(environment, program, folder.path(), None, &github.url()?, &more).await?;
        let client = github.client()?;
        client.create_repository(demo_fixture().repository).await.map_err(refused)?;
        let database = folder.path().join("data/longshore.db");
        Ok(Self { environment, docker, github, client, supervisor, database, _folder: folder })
    }

    async fn measure(&self, samples: u64) -> Result<Outcome, Failure> {
        let load = process::load();
        let (plain, before) = self.warm_up().await?;
        let (mut plains, mut ours) = (Vec::new(), Vec::new());
        for n in 1..=samples {
            // By turns who is first.
            if n % 2 == 0 {
                plains.push(plain.sample(self.environment, &self.docker, n).await?);
            }
            ours.push(self.sample(before + n).await?);
            if n % 2 == 1 {
                plains.push(plain.sample(self.environment, &self.docker, n).await?);
            }
        }
        let mut firsts: Vec<f64> = ours.iter().map(|sample| sample.first_ms).collect();
        let step = |place: usize| median(&mut ours.iter().map(|sample| sample.steps_ms[place]).collect::<Vec<_>>());
        let (plain_p50_ms, ours_p50_ms) = (median(&mut plains), median(&mut firsts));
        Ok(Outcome {
            backend: "docker",
            load,
            samples,
            plain_p50_ms,
            plain_p90_ms: percentile(&mut plains, 0.9),
            ours_p50_ms,
            ours_p90_ms: percentile(&mut firsts, 0.9),
            share: (ours_p50_ms - plain_p50_ms) / plain_p50_ms,
            steps_p50_ms: STEPS.into_iter().enumerate().map(|(place, name)| (name, step(place))).collect(),
        })
    }

    /// The first machine, which is not counted: it is what the plain ones are made after, once it was seen alive. One that
    /// was quicker than the look is no example; then the next one is. And how many there were.
    async fn warm_up(&self) -> Result<(Plain, u64), Failure> {
        for n in 1..=WARM_UPS_MAX {
            self.hint(n).await?;
            let found = self.look_for_machine(n).await?;
            self.until(ASKING, n).await?;
            if let Some(found) = found {
                return Ok((Plain::like(found)?, n));
            }
        }
        Err(Failure::Check(format!("none of {WARM_UPS_MAX} machines was seen alive")))
    }

    async fn look_for_machine(&self, n: u64) -> Result<Option<ContainerInspectResponse>, Failure> {
        while self.count(ASKING)? < n {
            if let Some(found) = self.docker.container("longshore-pr_").await? {
                return Ok(Some(found));
            }
            self.environment.sleep(LOOK_CLOSELY).await;
        }
        Ok(None)
    }

    /// One pull request, until its review asks a person and its machine is gone.
    async fn sample(&self, n: u64) -> Result<Sample, Failure> {
        let from = self.hint(n).await?;
        self.until(ASKING, n).await?;
        let Newest { volume, history } = database::newest(&self.database)?;
        let volume = volume.ok_or_else(|| Failure::Check("a reviewed pull request has no volume".into()))?;
        let first = self.docker.first_instruction_ms(&volume).await?;
        let first =
            first.ok_or_else(|| Failure::Check("a machine was reviewed by and left no first instruction".into()))?;
        let mut steps_ms = [0.0; STEPS.len()];
        for (step, name) in steps_ms.iter_mut().zip(STEPS) {
            let at = history.iter().find(|(event, _)| event == name).map(|(_, at)| *at);
            *step = at.ok_or_else(|| Failure::Check(format!("no `{name}` is in the history")))? - from;
        }
        Ok(Sample { first_ms: first - from, steps_ms })
    }

    /// A pull request is opened, and its webhook sent by us rather than by the stand-in: when that began, in Unix
    /// milliseconds.
    async fn hint(&self, n: u64) -> Result<f64, Failure> {
        let mut pull = demo_fixture().pull;
        (pull.number, pull.head_ref) = (Some(n), format!("{}-{n}", pull.head_ref));
        self.client.open_pull(pull).await.map_err(refused)?;
        let deliveries = self.client.deliveries().await.map_err(refused)?;
        let hint = deliveries.into_iter().rev().find(|it| it.event == "pull_request");
        let hint = hint.ok_or_else(|| Failure::Check("the stand-in has no webhook of the pull request".into()))?;
        let payload = Payload::signed(hint.payload.to_string());
        let mut connection = Connection::open(self.supervisor.address).await?;
        let from = unix_ms()?;
        let (status, body) = connection.deliver(&payload, &hint.guid).await?;
        match status {
            202 => Ok(from),
            _ => Err(Failure::Check(format!("the webhook was answered {status} {body}"))),
        }
    }

    /// Until so many workflows have that status and nothing of them is under way.
    async fn until(&self, status: &str, count: u64) -> Result<(), Failure> {
        let waited = Stopwatch::start();
        loop {
            let found = self.count(status)?;
            if found == count {
                return Ok(());
            }
            if waited.elapsed() > REVIEW_MAX {
                return Err(Failure::Check(format!("{found} of {count} workflows are `{status}`")));
            }
            self.environment.sleep(LOOK).await;
        }
    }

    fn count(&self, status: &str) -> Result<u64, Failure> {
        database::at_rest(&self.database, status)
    }

    /// Every pull request is closed, and nothing is left of any.
    async fn end(self, pulls: u64) -> Result<(), Failure> {
        let closed = self.close(pulls).await;
        self.supervisor.end(self.environment).await?;
        closed?;
        drop(self.github);
        self.docker.must_be_empty().await
    }

    async fn close(&self, pulls: u64) -> Result<(), Failure> {
        let url = format!("http://{}/webhooks/github", self.supervisor.address);
        self.client.set_webhook_url(&url).await.map_err(refused)?;
        let (repository, mut closed) = (demo_fixture().pull.repository, 0);
        for n in 1..=pulls {
            // One that was never opened, because a sample failed, is no matter of the end.
            let name = PullName::new(&repository, n);
            if self.client.pull(&name).await.map_err(refused)?.is_some() {
                self.client.close(&name, "maintainer").await.map_err(refused)?;
                closed += 1;
            }
        }
        self.until("closed", closed).await
    }
}

fn refused(error: simulators::github::control::ClientError) -> Failure {
    Failure::Check(error.to_string())
}
