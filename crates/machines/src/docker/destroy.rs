//! Ending a machine: asked, killed, removed, and looked for until it is certainly gone.

use super::{Inner, call::Kind, failure::Failure, look};
use crate::Error;
use bollard::query_parameters::StopContainerOptionsBuilder;
use std::time::Duration;

/// Between the request to end and the end by force, in seconds; as the process driver gives.
const GRACE_S: i32 = 2;
/// How long a stop may take: its grace, and a daemon that is slow to see the end. Longer than the grace by far, or the
/// answer would be lost while the stop goes on.
const STOP_MAX: Duration = Duration::from_secs(30);
/// How long a removed container may still be seen.
const GONE_MAX: Duration = Duration::from_secs(20);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

impl Inner {
    pub async fn destroy(&self, id: &str) -> Result<(), Error> {
        let unconfirmed = |what: String| Error::Unconfirmed { machine: id.to_owned(), what };
        match self.container(id).await.map_err(|error| unconfirmed(error.to_string()))? {
            None => return Ok(()),
            Some(found) if look::machine(&found).is_none() => {
                return Err(Error::Permanent { what: format!("container `{id}` is none of ours: it is left alone") });
            }
            Some(found) => {
                if found.state.and_then(|state| state.oom_killed) == Some(true) {
                    tracing::warn!(machine = id, "something in the machine was ended at its memory limit");
                }
            }
        }
        // A failed stop is no reason to stop: the removal is by force.
        let options = StopContainerOptionsBuilder::default().t(GRACE_S).build();
        let stop =
            self.call(Kind::Change, STOP_MAX, |docker| async move { docker.stop_container(id, Some(options)).await });
        match stop.await {
            Ok(()) | Err(Failure::Missing(_)) => {}
            Err(other) => tracing::warn!(machine = id, error = %Error::from(other), "a machine was not asked to end"),
        }
        self.remove_container(id).await.map_err(|error| unconfirmed(error.to_string()))?;
        let gone = self.environment.timeout(GONE_MAX, self.gone(id)).await;
        gone.map_err(|_| unconfirmed(format!("Docker still shows it {} s after its removal", GONE_MAX.as_secs())))?
            .map_err(|error| unconfirmed(error.to_string()))
    }

    /// A removed container has no process and no mount any more.
    async fn gone(&self, id: &str) -> Result<(), Error> {
        while self.container(id).await?.is_some() {
            self.environment.sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }
}
