//! One call to the daemon, within a time of ours.

use super::{Inner, failure::Failure};
use bollard::{Docker, errors::Error as Client};
use std::time::Duration;

/// Looking something up: milliseconds; seconds on a daemon that swaps.
const LOOK_MAX: Duration = Duration::from_secs(20);
/// Changing something: creating a container sets up a file system, removing one takes it down.
const CHANGE_MAX: Duration = Duration::from_secs(60);

/// Whether a lost answer may hide an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Look,
    Change,
}

impl Inner {
    /// Asks the daemon something.
    pub async fn look<T, F: Future<Output = Result<T, Client>> + Send>(
        &self,
        work: impl FnOnce(Docker) -> F + Send,
    ) -> Result<T, Failure> {
        self.call(Kind::Look, LOOK_MAX, work).await
    }

    /// Makes the daemon do something.
    pub async fn change<T, F: Future<Output = Result<T, Client>> + Send>(
        &self,
        work: impl FnOnce(Docker) -> F + Send,
    ) -> Result<T, Failure> {
        self.call(Kind::Change, CHANGE_MAX, work).await
    }

    /// With a time of one's own: a stop takes its grace and more.
    pub async fn call<T, F: Future<Output = Result<T, Client>> + Send>(
        &self,
        kind: Kind,
        time_max: Duration,
        work: impl FnOnce(Docker) -> F + Send,
    ) -> Result<T, Failure> {
        let address = &self.connection.address;
        let called = async {
            let client = self.connection.client().await?;
            work(client).await.map_err(|error| Failure::of(error, kind, address))
        };
        match self.environment.timeout(time_max, called).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::silent(kind, time_max, address)),
        }
    }
}
