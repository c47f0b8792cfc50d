use super::{Common, Failure, Output, api};
use crate::{backend, config::Config, image::WorkerImage};
use clap::Args;
use environment::Environment;
use serde_json::json;
use std::path::PathBuf;

/// Make the worker's image for the `docker` backend from this program: no registry is needed.
#[derive(Debug, Args)]
pub(super) struct Image {
    /// Configuration file; by default `longshore.toml` if it is there
    #[arg(long, value_name = "F")]
    config: Option<PathBuf>,
}

impl Image {
    pub(super) async fn run(self, common: &Common, output: &Output, environment: Environment) -> Result<(), Failure> {
        let config = Config::load(self.config.as_deref(), &api::variables(common)?)?;
        let name = backend::image(&config);
        output.say(&format!("making `{name}` of this program and this machine's git"));
        let contents = WorkerImage::of_this_machine().and_then(|image| image.contents()).map_err(Failure::new)?;
        let bytes = contents.root.len();
        let docker = backend::docker(&environment, &config).map_err(Failure::new)?;
        docker.make_image(contents).await.map_err(|error| Failure::new(error.to_string()))?;
        let data = json!({"image": name, "bytes": bytes});
        output.data(&data, |_| format!("{name}  {} MiB\n", bytes / (1024 * 1024)))
    }
}
