//! The backend of the machines: whether one could start now.

use crate::{backend, config::Config};
use environment::Environment;

/// Begins the notice of a backend that answers later, as `serve` tells it.
const NOT_YET: &str = "no machine can start yet: ";

pub(super) async fn look(environment: &Environment, config: &Config) -> Result<String, String> {
    let (driver, notices) = backend::machines(environment, config).await?;
    if let Some(why) = notices.iter().find_map(|notice| notice.strip_prefix(NOT_YET)) {
        return Err(why.to_owned());
    }
    // Of no deployment: what counts is that there is an answer.
    driver.machines("doctor").await.map_err(|error| error.to_string())?;
    Ok(notices.into_iter().next().unwrap_or_else(|| format!("backend `{}` answers", driver.backend())))
}
