//! Where the demo's machines run. For Docker the image is made of this very program, once per build of it: the demo shows
//! what it is, not what an earlier one was. For Fly there is a stand-in, whose machines are processes underneath.

use super::{DemoError, story::Story};
use crate::{
    backend,
    config::{Config, Variables},
    fly_sim::{self, Identity},
    image::{ProgramImage, Role},
};
use environment::Environment;

/// Data folder of the stand-in for Fly, in the story's folder.
pub const FLY: &str = "fly";
/// The workers' app on the stand-in for Fly.
const APP: &str = "longshore-workers";

/// Where machines run.
#[derive(Debug, Clone)]
pub enum Backend {
    /// Child processes.
    Process,
    /// Containers.
    Docker {
        /// The worker's image, which is there.
        image: String,
    },
    /// Machines of a stand-in for Fly, which are child processes underneath.
    FlySim,
}

impl Backend {
    /// Containers, in the daemon that the environment names (`LONGSHORE_MACHINES_DOCKER`) or the system's.
    ///
    /// # Errors
    /// A sentence: the daemon does not answer, or does not take the image.
    pub async fn docker(environment: &Environment) -> Result<Self, String> {
        let made_here = ProgramImage::of_this_machine(Role::Worker)?;
        let image = format!("longshore-worker:demo-{}", made_here.fingerprint()?);
        let mut variables: Variables =
            std::env::vars().filter(|(name, _)| name == "LONGSHORE_MACHINES_DOCKER").collect();
        variables.insert("LONGSHORE_MACHINES_IMAGE".into(), image.clone());
        let config = Config::from_text("", "the demo", &variables).map_err(|error| error.to_string())?;
        let driver = backend::docker(environment, &config)?;
        if !driver.has_image().await.map_err(|error| error.to_string())? {
            let contents = made_here.contents()?;
            driver.make_image(contents).await.map_err(|error| error.to_string())?;
        }
        Ok(Self::Docker { image })
    }

    /// Lines of the section `[machines]`.
    ///
    /// # Errors
    /// The stand-in's folder cannot be used.
    pub fn settings(&self, environment: &Environment, story: &Story) -> Result<String, DemoError> {
        Ok(match self {
            Self::FlySim => {
                let folder = story.folder().join(FLY).join(fly_sim::FOLDER);
                let token = Identity::open(&folder, environment).map_err(DemoError::Sentence)?.token;
                let url = story.fly_url();
                format!(
                    "backend = \"fly\"\nimage = \"registry.fly.io/{APP}:demo\"\nregion = [\"iad\", \"lhr\"]\n\
                     fly_app = \"{APP}\"\nfly_org = \"personal\"\nfly_token = \"{token}\"\n\
                     fly_api_url = \"{url}\"\nfly_logs_url = \"{url}\"\n"
                )
            }
            Self::Process => "backend = \"process\"\n".to_owned(),
            Self::Docker { image } => format!("backend = \"docker\"\nimage = \"{image}\"\n"),
        })
    }
}
