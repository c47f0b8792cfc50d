//! `limit`: the raw durable writes that W needs, and the store's own writes beside them.

use crate::{
    Failure,
    database::Database,
    limit::{
        postgres::{self, Server},
        raw,
        sqlite::{self, Synchronous},
        store,
    },
    report::Printer,
};
use clap::Args;
use environment::Environment;
use std::{path::PathBuf, time::Duration};

/// Measure the raw durable writes that workload W needs
#[derive(Debug, Args)]
pub struct Words {
    /// Folder on the disk to measure; by default a temporary one
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// A PostgreSQL database to measure too, like `postgres://user@127.0.0.1:5432/bench`
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Process id of that server, so that its processor time counts
    #[arg(long, value_name = "PID", requires = "postgres")]
    postgres_pid: Option<u32>,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 2.0, value_name = "S")]
    seconds: f64,
}

const BATCHES: [usize; 3] = [64, 512, 4_096];
const CONNECTIONS: [usize; 3] = [1, 16, 64];

/// Runs it.
///
/// # Errors
/// The outcome is wrong, or something failed.
pub async fn run(environment: &Environment, words: &Words, printer: Printer) -> Result<(), Failure> {
    let temporary = tempfile::tempdir_in(words.folder.clone().unwrap_or_else(std::env::temp_dir))?;
    let folder = temporary.path();
    let span = Duration::from_secs_f64(words.seconds);
    for write in raw::writes(folder, (words.seconds / 2.0).min(1.0))? {
        printer.print(&write)?;
    }
    for synchronous in [Synchronous::Full, Synchronous::Normal] {
        printer.print(&sqlite::single(folder, synchronous, span)?)?;
        for batch in BATCHES {
            printer.print(&sqlite::group(environment, folder, synchronous, batch, span).await?)?;
        }
    }
    let url = format!("sqlite://{}", folder.join("store.db").display());
    printer.print(&store::writes(environment, &Database::at(Some(&url)).await?, 512, span).await?)?;
    let Some(url) = &words.postgres else { return Ok(()) };
    let server = Server { url, process: words.postgres_pid };
    for connections in CONNECTIONS {
        printer.print(&postgres::single(environment, server, connections, span).await?)?;
    }
    for writers in [1, 2] {
        for batch in BATCHES {
            printer.print(&postgres::group(environment, server, batch, writers, span).await?)?;
        }
    }
    Ok(())
}
