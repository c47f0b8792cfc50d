use super::{Common, Failure, Output, api, api::Api, output::printable};
use crate::{
    backup,
    config::Config,
    deployment::{self, DeploymentSecret},
};
use clap::Args;
use environment::Environment;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Put a backup into an empty database, or say that a restored one may be believed.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// A file that `longshore backup` wrote; the database that it goes to is the configured one
    #[arg(required_unless_present = "confirm", conflicts_with = "confirm")]
    from: Option<PathBuf>,
    /// What is missing since the backup is dealt with: the running supervisor may delete again
    #[arg(long)]
    confirm: bool,
    /// Configuration file; by default `longshore.toml` if it is there
    #[arg(long, value_name = "F")]
    config: Option<PathBuf>,
}

impl Restore {
    pub(super) async fn run(self, common: &Common, output: &Output, environment: Environment) -> Result<(), Failure> {
        let Some(from) = self.from else {
            let said: Value = Api::find(common, environment)?.post("/recovery/confirm", &json!({})).await?;
            return output.data(&said, |said| format!("{}\n", printable(said["message"].as_str().unwrap_or_default())));
        };
        let config = Config::load(self.config.as_deref(), &api::variables(common)?)?;
        let data = &config.server.data;
        let cannot = |why| Failure::new(format!("the data folder `{}` cannot be used: {why}", data.display()));
        deployment::data_folder(data).map_err(cannot)?;
        let restored = backup::restore(&config, &environment, &from).await;
        let restored = restored.map_err(|error| Failure::new(error.to_string()))?;
        let rows: u64 = restored.rows.values().sum();
        let data_of = json!({"head": restored.head, "rows": restored.rows, "recovery": true});
        output.data(&data_of, |_| format!("{rows} rows restored\n"))?;
        output.say("the database is in recovery: nothing is deleted outside until `longshore restore --confirm`");
        if !DeploymentSecret::file(data).exists() {
            output.say(&format!(
                "`{}` is not there: put the old one there before `longshore serve`, or running workers and our own \
                 comments are strangers",
                DeploymentSecret::file(data).display()
            ));
        }
        Ok(())
    }
}
