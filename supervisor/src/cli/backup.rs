use super::{Common, Failure, Output, api};
use crate::{backup, config::Config};
use clap::Args;
use environment::Environment;
use serde_json::json;
use std::path::PathBuf;

/// Write a backup of the database to a new file, also while a supervisor uses it.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// File to write; it must not be there yet
    to: PathBuf,
    /// Configuration file; by default `longshore.toml` if it is there
    #[arg(long, value_name = "F")]
    config: Option<PathBuf>,
}

impl Backup {
    pub(super) async fn run(self, common: &Common, output: &Output, environment: Environment) -> Result<(), Failure> {
        let config = Config::load(self.config.as_deref(), &api::variables(common)?)?;
        let written = backup::back_up(&config, &environment, &self.to).await;
        let written = written.map_err(|error| Failure::new(error.to_string()))?;
        let file = self.to.display().to_string();
        let rows: u64 = written.rows.values().sum();
        output.data(&json!({"file": file, "bytes": written.bytes, "rows": written.rows}), |_| format!("{file}\n"))?;
        output.say(&format!("{rows} rows, {} bytes", written.bytes));
        output.say("not in it: the data folder's `deployment.secret`, the configuration and the volumes");
        Ok(())
    }
}
