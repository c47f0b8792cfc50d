//! How many calls may be under way at once: GitHub counts more than a hundred of one App as abuse (its secondary rate
//! limit), and while it hangs, every call more would be one more connection that hangs.

use crate::error::Error;
use environment::Environment;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Calls at once, with room below GitHub's 100 for another program that uses the same App.
pub(super) const CALLS_AT_ONCE_MAX: usize = 80;
/// What a call waits for its place, well within the time limit of the action that makes it: so that one that was never
/// sent is not taken for one whose answer was lost.
const PLACE_WAIT_MAX: Duration = Duration::from_secs(15);

pub(super) struct Places {
    places: Semaphore,
    environment: Environment,
}

impl Places {
    pub fn new(places: usize, environment: Environment) -> Self {
        Self { places: Semaphore::new(places), environment }
    }

    /// A place for one call, first come, first served.
    ///
    /// # Errors
    /// None became free in time; the call was not sent.
    pub async fn enter(&self, call: &str) -> Result<SemaphorePermit<'_>, Error> {
        match self.environment.timeout(PLACE_WAIT_MAX, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(Error::Retryable {
                what: format!(
                    "{call}: not sent; as many calls as GitHub allows at once are under way, and none ended within 15 s"
                ),
                retry_after: None,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::hasty_clock;

    #[tokio::test]
    async fn a_call_that_finds_no_place_in_time_was_not_sent() {
        let places = Places::new(1, hasty_clock());
        let held = places.enter("GET /app").await.expect("a place");
        let error = places.enter("GET /app").await.map(drop).expect_err("it is taken");
        assert!(matches!(error, Error::Retryable { retry_after: None, .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "GitHub: GET /app: not sent; as many calls as GitHub allows at once are under way, and none ended within 15 s"
        );
        drop(held);
        assert!(places.enter("GET /app").await.is_ok(), "it is free again");
    }
}
