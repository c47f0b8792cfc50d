//! The worker's image: whether it is there and fit, and how it is made where there is no registry.

use super::{Inner, failure::Failure};
use crate::Error;
use bollard::{body_full, models::ImageInspect, query_parameters::CreateImageOptionsBuilder};
use futures_util::TryStreamExt;

/// The user that images of ours run as, and that owns their `/session`.
pub const ENTRYPOINT_USER: &str = "10001:10001";

/// What an image is made of.
#[derive(Debug, Clone)]
pub struct Contents {
    /// A tar of the root folder, in which what is written belongs to [`ENTRYPOINT_USER`]: `/session` of a worker.
    pub root: bytes::Bytes,
    /// What it runs.
    pub command: Vec<String>,
    /// Where it runs it.
    pub folder: String,
    /// `NAME=value`.
    pub environment: Vec<String>,
}

impl Inner {
    /// The user that the image runs as, `10001:10001`. An image without one, or with root, is refused.
    pub async fn image_user(&self) -> Result<String, Error> {
        let image = &self.settings.image;
        let found = self.find_image().await?.ok_or_else(|| self.image_missing())?;
        let user = found.config.and_then(|config| config.user).unwrap_or_default();
        numeric(&user).ok_or_else(|| Error::Permanent {
            what: format!(
                "image `{image}` runs as {}: it must name a user and a group that are not root's, by number: \
                 `USER {ENTRYPOINT_USER}`",
                if user.is_empty() { "root" } else { &user }
            ),
        })
    }

    pub async fn has_image(&self) -> Result<bool, Error> {
        Ok(self.find_image().await?.is_some())
    }

    async fn find_image(&self) -> Result<Option<ImageInspect>, Error> {
        let image = &self.settings.image;
        match self.look(|docker| async move { docker.inspect_image(image).await }).await {
            Ok(found) => Ok(Some(found)),
            Err(Failure::Missing(_)) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    pub fn image_missing(&self) -> Error {
        Error::Permanent {
            what: format!(
                "the Docker daemon at `{}` has no image `{}`: pull it, or make it with `longshore image`",
                self.connection.address, self.settings.image
            ),
        }
    }

    pub async fn make_image(&self, contents: Contents) -> Result<(), Error> {
        let json = |words: &[String]| serde_json::Value::from(words).to_string();
        let mut changes = vec![
            format!("USER {ENTRYPOINT_USER}"),
            format!("WORKDIR {}", contents.folder),
            format!("ENTRYPOINT {}", json(&contents.command)),
        ];
        changes.extend(contents.environment.iter().map(|pair| format!("ENV {pair}")));
        let (repository, tag) = parts(&self.settings.image);
        let options =
            CreateImageOptionsBuilder::default().from_src("-").repo(repository).tag(tag).changes(changes).build();
        let root = body_full(contents.root);
        let made = self.change(|docker| async move {
            let mut said = docker.create_image(Some(options), Some(root), None);
            while said.try_next().await?.is_some() {}
            Ok(())
        });
        Ok(made.await?)
    }
}

/// `user:group`, both numbers and neither root's.
fn numeric(user: &str) -> Option<String> {
    let (user, group) = user.split_once(':')?;
    let fits = |id: &str| id.parse::<u32>().is_ok_and(|id| id != 0);
    (fits(user) && fits(group)).then(|| format!("{user}:{group}"))
}

/// `host:5000/name:tag` as name and tag.
fn parts(image: &str) -> (&str, &str) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_two_numbers_that_are_not_root_s() {
        assert_eq!(numeric("10001:10001").as_deref(), Some("10001:10001"));
        for unfit in ["", "root", "0:0", "10001", "10001:0", "0:10001", "worker:worker", "1:-1", "1:1:1"] {
            assert_eq!(numeric(unfit), None, "{unfit}");
        }
    }

    #[test]
    fn a_tag_is_not_taken_for_a_port() {
        assert_eq!(parts("longshore-worker:1"), ("longshore-worker", "1"));
        assert_eq!(parts("longshore-worker"), ("longshore-worker", "latest"));
        assert_eq!(parts("host:5000/worker"), ("host:5000/worker", "latest"));
        assert_eq!(parts("host:5000/worker:2"), ("host:5000/worker", "2"));
    }
}
