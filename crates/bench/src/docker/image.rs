//! The worker's image with one thing more: its first process leaves a file in the volume before it becomes the worker. The
//! shell that does so is a millisecond on both sides of the comparison.

use super::{Docker, FIRST, IMAGE};
use crate::Failure;
use bollard::{
    models::{ContainerConfig, ContainerCreateBody},
    query_parameters::{CommitContainerOptionsBuilder, CreateContainerOptions, RemoveContainerOptions},
};
use std::{path::Path, process::Stdio};
use tokio::process::Command;

/// The worker's image, as `longshore image` makes it.
const UNSTAMPED: &str = "longshore-worker:bench-unstamped";

impl Docker {
    /// Makes [`IMAGE`] by the program that is measured.
    ///
    /// # Errors
    /// The program or the daemon does not do it.
    pub async fn make_image(&self, program: &Path) -> Result<(), Failure> {
        let mut make = Command::new(program);
        make.arg("image")
            .envs([("LONGSHORE_MACHINES_DOCKER", &*self.address), ("LONGSHORE_MACHINES_IMAGE", UNSTAMPED)]);
        let made = make.current_dir("/").stdin(Stdio::null()).output().await?;
        if !made.status.success() {
            let words = String::from_utf8_lossy(&made.stderr).into_owned();
            return Err(Failure::Check(format!("the worker's image is not made: {words}")));
        }
        let worker = self.client.inspect_image(UNSTAMPED).await?.config.and_then(|config| config.entrypoint);
        let worker = worker.ok_or_else(|| Failure::Check("the worker's image has no entry point".into()))?;
        let body = ContainerCreateBody { image: Some(UNSTAMPED.into()), ..Default::default() };
        let never_started = self.client.create_container(None::<CreateContainerOptions>, body).await?.id;
        let (name, tag) = IMAGE.split_once(':').unwrap_or((IMAGE, "latest"));
        let options = CommitContainerOptionsBuilder::default().container(&never_started).repo(name).tag(tag).build();
        let config = ContainerConfig { entrypoint: Some(stamping(worker)), ..Default::default() };
        self.client.commit_container(options, config).await?;
        Ok(self.client.remove_container(&never_started, None::<RemoveContainerOptions>).await?)
    }
}

/// A command that makes the file and then becomes another one.
fn stamping(worker: Vec<String>) -> Vec<String> {
    let script = format!(": > /session/{FIRST} && exec \"$0\" \"$@\"");
    ["/bin/sh".to_owned(), "-c".to_owned(), script].into_iter().chain(worker).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_follows_the_stamp_with_its_own_words() {
        let words = stamping(vec!["/usr/local/bin/longshore".into(), "worker".into()]);
        assert_eq!(words[2], ": > /session/first-instruction && exec \"$0\" \"$@\"");
        assert_eq!(words[3..], ["/usr/local/bin/longshore", "worker"]);
    }
}
