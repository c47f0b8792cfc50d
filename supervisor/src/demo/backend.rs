//! Where the demo's machines run. For Docker the image is made of this very program, once per build of it: the demo shows
//! what it is, not what an earlier one was.

use crate::{
    backend,
    config::{Config, Variables},
    image::{ProgramImage, Role},
};
use environment::Environment;

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
    pub fn settings(&self) -> String {
        match self {
            Self::Process => "backend = \"process\"\n".to_owned(),
            Self::Docker { image } => format!("backend = \"docker\"\nimage = \"{image}\"\n"),
        }
    }
}
