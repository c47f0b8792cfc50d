use super::{Common, Failure, Output, api};
use crate::{
    backend,
    config::Config,
    image::{ProgramImage, Role, SUPERVISOR_IMAGE},
};
use clap::Args;
use environment::Environment;
use serde_json::json;
use std::path::PathBuf;

/// Make an image from this program and this machine's git: no registry is needed.
#[derive(Debug, Args)]
pub(super) struct Image {
    /// Configuration file; by default `longshore.toml` if it is there
    #[arg(long, value_name = "F")]
    config: Option<PathBuf>,
    /// The supervisor's image instead of the worker's
    #[arg(long)]
    supervisor: bool,
    /// Its name; by default `machines.image`, or `longshore:<version>` for the supervisor
    #[arg(long, value_name = "NAME:TAG")]
    name: Option<String>,
}

impl Image {
    pub(super) async fn run(self, common: &Common, output: &Output, environment: Environment) -> Result<(), Failure> {
        let mut config = Config::load(self.config.as_deref(), &api::variables(common)?)?;
        let (role, usual) = match self.supervisor {
            true => (Role::Supervisor, SUPERVISOR_IMAGE.to_owned()),
            false => (Role::Worker, backend::image(&config)),
        };
        let name = self.name.unwrap_or(usual);
        config.machines.image = Some(name.clone());
        output.say(&format!("making `{name}` of this program and this machine's git"));
        let contents = ProgramImage::of_this_machine(role).and_then(|image| image.contents()).map_err(Failure::new)?;
        let bytes = contents.root.len();
        let docker = backend::docker(&environment, &config).map_err(Failure::new)?;
        docker.make_image(contents).await.map_err(|error| Failure::new(error.to_string()))?;
        let data = json!({"image": name, "bytes": bytes});
        output.data(&data, |_| format!("{name}  {} MiB\n", bytes / (1024 * 1024)))
    }
}
