//! A lease keeps others from starting or changing a machine while it is ended. It runs out by itself: one that a crash left
//! behind is waited for.

use super::{Inner, api::Call, look, pace::Action, refusal::Meaning, wait::Deadline, wire::Lease};
use crate::Error;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

/// As long as an end may take; a crash leaves it for no longer.
const LEASE_S: u64 = 60;
/// Between two tries for a lease that somebody holds.
const TRY_AGAIN: Duration = Duration::from_secs(2);

impl Inner {
    /// A lease on the machine; none if that is gone.
    pub async fn lease(&self, id: &str, deadline: Deadline) -> Result<Option<String>, Error> {
        loop {
            let path = format!("{}/machines/{id}/lease", self.app_path());
            let mut call = Call::new(Method::POST, path, Action::Lease, id, format!("lease machine `{id}`"));
            // Fly's own clients say it in the query, the contract in the body.
            call.query.push(("ttl", LEASE_S.to_string()));
            call.body = Some(json!({"ttl": LEASE_S, "description": "longshore: its end"}));
            let failure = match self.api.call(call).await {
                Ok(answer) => return Ok(Some(answer.json::<Lease>().map_err(Error::from)?.nonce())),
                Err(failure) => failure,
            };
            match failure.meaning() {
                Some(Meaning::Missing) => return Ok(None),
                // A lost answer may have left us a lease of which we do not know the nonce: it runs out.
                Some(Meaning::Leased) => {}
                _ if failure.is_ambiguous() => {}
                _ => return Err(failure.into()),
            }
            if self.left(deadline) < TRY_AGAIN * 2 {
                return Err(look::retryable(Error::from(failure).to_string()));
            }
            self.environment.sleep(TRY_AGAIN).await;
        }
    }

    /// Gives it back, so that the next attempt need not wait.
    pub async fn release(&self, id: &str, nonce: String) {
        let path = format!("{}/machines/{id}/lease", self.app_path());
        let mut call = Call::new(Method::DELETE, path, Action::Lease, id, format!("release machine `{id}`"));
        call.nonce = Some(nonce);
        if let Err(failure) = self.api.call(call).await {
            tracing::debug!(machine = id, error = %Error::from(failure), "a lease was not given back: it runs out");
        }
    }
}
