//! `rest`: what a supervisor takes that has nothing to do.

use crate::{
    Failure, process,
    report::{Printer, Report},
    stopwatch::Stopwatch,
    whole::{Github, Supervisor, program},
};
use clap::Args;
use environment::Environment;
use serde::Serialize;
use std::{path::PathBuf, time::Duration};

/// Measure a supervisor at rest: memory and processor time
#[derive(Debug, Args)]
pub struct Words {
    /// The `longshore` to measure; by default the one beside this program
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Seconds before, in which it comes to rest
    #[arg(long, default_value_t = 5.0, value_name = "S")]
    settle_seconds: f64,
    /// Seconds in which it is watched
    #[arg(long, default_value_t = 30.0, value_name = "S")]
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct Outcome {
    load: f64,
    rss_mib: f64,
    rss_peak_mib: f64,
    seconds: f64,
    /// Counted in steps of 10 ms.
    cpu_ms: f64,
    /// Of one core.
    cpu_percent: f64,
}

impl Report for Outcome {
    fn line(&self) -> String {
        format!(
            "a supervisor at rest, load {:.1}: {:.1} MiB resident (most {:.1}), {:.0} ms cpu in {:.0} s ({:.2} % of a core)",
            self.load, self.rss_mib, self.rss_peak_mib, self.cpu_ms, self.seconds, self.cpu_percent
        )
    }
}

/// Runs it.
///
/// # Errors
/// It does not start, or does not live as long.
pub async fn run(environment: &Environment, words: &Words, printer: Printer) -> Result<(), Failure> {
    let program = program(words.program.as_deref())?;
    let (load, folder) = (process::load(), tempfile::tempdir()?);
    let github = Github::stand(environment, &folder.path().join("github")).await?;
    let supervisor = Supervisor::start(environment, &program, folder.path(), None, &github.url()?, &[]).await?;
    environment.sleep(Duration::from_secs_f64(words.settle_seconds)).await;
    let (cpu_before, watched) = (process::cpu_s(supervisor.id())?, Stopwatch::start());
    environment.sleep(Duration::from_secs_f64(words.seconds)).await;
    let (cpu_s, seconds) = (process::cpu_s(supervisor.id())? - cpu_before, watched.elapsed().as_secs_f64());
    let (rss_mib, rss_peak_mib) = process::memory_mib(supervisor.id())?;
    supervisor.kill().await?;
    let (cpu_ms, cpu_percent) = (cpu_s * 1e3, cpu_s * 100.0 / seconds);
    printer.print(&Outcome { load, rss_mib, rss_peak_mib, seconds, cpu_ms, cpu_percent })?;
    Ok(())
}
