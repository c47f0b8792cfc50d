//! Waiting for a machine. Fly waits for at most a minute and then answers 408; a look by id says what is.

use super::{Inner, api::Call, pace::Action, wire::FlyMachine};
use crate::Error;
use reqwest::Method;
use std::time::Duration;

/// Longest wait in one call; Fly's own bound is a minute.
const WAIT_MAX: Duration = Duration::from_secs(50);
/// On top of it, for the answer's way.
const ANSWER: Duration = Duration::from_secs(10);
/// Before the next look, where Fly did not wait.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A moment until which something is tried.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Duration);

impl Inner {
    pub fn deadline(&self, span: Duration) -> Deadline {
        Deadline(self.environment.monotonic() + span)
    }

    /// What is left until then; zero when it has passed.
    pub fn left(&self, deadline: Deadline) -> Duration {
        deadline.0.saturating_sub(self.environment.monotonic())
    }

    /// The machine once `done` holds for it, or as it is at the deadline; none as soon as it is certainly not there. What
    /// cannot be looked at is looked at again.
    pub async fn wait_for(
        &self,
        id: &str,
        states: &str,
        deadline: Deadline,
        done: impl Fn(&FlyMachine) -> bool + Send,
    ) -> Result<Option<FlyMachine>, Error> {
        // A state that Fly says is reached is looked at once at once; a look that lags behind is no reason to hurry.
        let mut eager = true;
        loop {
            let looked = self.fly_machine(id).await;
            let left = self.left(deadline);
            let version = match looked {
                Ok(None) => return Ok(None),
                Ok(Some(found)) if left.is_zero() || done(&found) => return Ok(Some(found)),
                Err(error) if left.is_zero() || matches!(error, Error::Permanent { .. }) => return Err(error),
                Ok(Some(found)) => Some(found.instance_id),
                Err(_) => None,
            };
            let waited = match version {
                Some(version) => self.wait_once(id, states, version, left).await,
                None => false,
            };
            if !(waited && eager) {
                self.environment.sleep(LOOK_AGAIN.min(left)).await;
            }
            eager = !(waited && eager);
        }
    }

    /// Whether Fly waited: it says that a state was reached, or that the time is over.
    async fn wait_once(&self, id: &str, states: &str, version: String, left: Duration) -> bool {
        let path = format!("{}/machines/{id}/wait", self.app_path());
        let mut call = Call::new(Method::GET, path, Action::WaitForMachine, id, format!("wait for machine `{id}`"));
        // Whole seconds, at least one.
        let seconds = left.min(WAIT_MAX).as_secs().max(1);
        call.query = vec![("state", states.to_owned()), ("timeout", seconds.to_string())];
        if !version.is_empty() {
            call.query.push(("version", version));
        }
        call.time_max = Duration::from_secs(seconds) + ANSWER;
        self.api.call(call).await.is_ok()
    }
}
