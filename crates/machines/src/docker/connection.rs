//! The way to the daemon. A connection is made per call, so that a daemon that was restarted is simply there again.

use super::failure::{Failure, not_docker};
use crate::Error;
use bollard::{API_DEFAULT_VERSION, Docker};
use std::time::Duration;
use tokio::sync::OnceCell;

/// The client's own time limit. Longer than each of ours ([`super::call`]), so that it is ours that ends a call: the
/// client's ends the wait for a `stop` while the stop goes on, and says nothing of it.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(300);

/// A daemon's address, and a client once the daemon was heard.
#[derive(Debug)]
pub struct Connection {
    pub address: String,
    client: OnceCell<Docker>,
}

impl Connection {
    /// Reads the address; connects to nothing.
    pub fn to(address: &str) -> Result<Self, Error> {
        if ["unix://", "tcp://", "http://"].iter().any(|scheme| address.starts_with(scheme)) {
            return Ok(Self { address: address.to_owned(), client: OnceCell::new() });
        }
        let what = format!(
            "`{address}` is no address of a Docker daemon: say `unix:///var/run/docker.sock` or `tcp://host:2375`"
        );
        Err(Error::Permanent { what })
    }

    /// The client. The first time it asks who is there: an address may lead to something else.
    pub async fn client(&self) -> Result<Docker, Failure> {
        self.client.get_or_try_init(|| self.connect()).await.cloned()
    }

    async fn connect(&self) -> Result<Docker, Failure> {
        let seconds = CLIENT_TIMEOUT.as_secs();
        let client = match self.address.strip_prefix("unix://") {
            Some(path) => Docker::connect_with_unix(path, seconds, API_DEFAULT_VERSION),
            None => Docker::connect_with_http(&self.address, seconds, API_DEFAULT_VERSION),
        };
        let client = client.map_err(|error| Failure::before(error, &self.address))?;
        // Speaks the daemon's version from here on; what is not Docker does not tell one.
        client.negotiate_version().await.map_err(|error| not_docker(error, &self.address))
    }
}
