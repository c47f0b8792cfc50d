//! Ending a machine: asked, destroyed by force, and looked for until it is certainly gone.
//!
//! Certainly means: a look by id says so, while the API is calm and the host answers. A machine on a host that does not
//! answer may run, and write; it is marked for its end, which comes when the host is back, and is not confirmed before.

use super::{
    Inner, api::Call, exit, look, pace::Action, refusal::Meaning, start::GRACE, wait::Deadline, wire::FlyMachine,
    words::MachineWord,
};
use crate::Error;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

/// For all of it; within the time that the supervisor gives one attempt.
const DESTROY_MAX: Duration = Duration::from_secs(50);
/// How long its program may take to end by itself, and Fly to see it.
const STOP_MAX: Duration = Duration::from_secs(8);

impl Inner {
    pub async fn destroy(&self, id: &str) -> Result<(), Error> {
        let unconfirmed = |what: String| Error::Unconfirmed { machine: id.to_owned(), what };
        let deadline = self.deadline(DESTROY_MAX);
        let looked = self.fly_machine(id).await.map_err(|error| unconfirmed(error.to_string()))?;
        let Some(found) = looked else { return Ok(()) };
        if found.host_status.is_ok() && look::machine(&found).is_none() {
            return Err(Error::Permanent { what: format!("machine `{id}` is none of ours: it is left alone") });
        }
        self.believe(&format!("whoever needs machine `{id}`")).map_err(|error| unconfirmed(error.to_string()))?;
        exit::tell(&found);
        self.end(id, &found, deadline).await.map_err(|error| unconfirmed(error.to_string()))
    }

    async fn end(&self, id: &str, found: &FlyMachine, deadline: Deadline) -> Result<(), Error> {
        let answers = found.host_status.is_ok();
        let ended = matches!(found.state, MachineWord::Stopped | MachineWord::Failed | MachineWord::Destroying);
        // Nobody starts it between its end and its removal.
        let lease = if answers { self.lease(id, deadline).await? } else { None };
        if answers && !ended {
            self.ask_to_end(id, lease.as_ref(), deadline).await;
        }
        let removed = self.remove(id, lease.as_ref()).await;
        if !answers {
            let host = &found.host_status;
            return Err(look::retryable(format!(
                "its host does not answer ({host}): it may run, and ends when the host is back"
            )));
        }
        let gone = match removed {
            // It may have been done: a look says.
            Err(error @ Error::Permanent { .. }) => Err(error),
            _ => self.see_gone(id, deadline).await,
        };
        if gone.is_err()
            && let Some(nonce) = lease
        {
            self.release(id, nonce).await;
        }
        gone?;
        self.young.forget(id);
        Ok(())
    }

    /// A failed stop is no reason to stop: the removal is by force.
    async fn ask_to_end(&self, id: &str, lease: Option<&String>, deadline: Deadline) {
        let path = format!("{}/machines/{id}/stop", self.app_path());
        let mut call = Call::new(Method::POST, path, Action::StopMachine, id, format!("stop machine `{id}`"));
        call.body = Some(json!({"signal": "SIGTERM", "timeout": format!("{}s", GRACE.as_secs())}));
        call.nonce = lease.cloned();
        match self.api.call(call).await {
            Ok(_) => {
                let until = self.deadline(STOP_MAX.min(self.left(deadline)));
                let ended =
                    |found: &FlyMachine| found.state != MachineWord::Started && found.state != MachineWord::Stopping;
                if let Ok(Some(found)) = self.wait_for(id, "stopped,destroyed", until, ended).await {
                    exit::tell(&found);
                }
            }
            Err(failure) if failure.meaning() == Some(&Meaning::Missing) => {}
            Err(failure) => {
                tracing::warn!(machine = id, error = %Error::from(failure), "a machine was not asked to end")
            }
        }
    }

    async fn remove(&self, id: &str, lease: Option<&String>) -> Result<(), Error> {
        let path = format!("{}/machines/{id}", self.app_path());
        let mut call = Call::new(Method::DELETE, path, Action::DestroyMachine, id, format!("destroy machine `{id}`"));
        call.query.push(("force", "true".into()));
        call.nonce = lease.cloned();
        match self.api.call(call).await {
            Err(failure) if failure.meaning() != Some(&Meaning::Missing) => Err(failure.into()),
            _gone => Ok(()),
        }
    }

    async fn see_gone(&self, id: &str, deadline: Deadline) -> Result<(), Error> {
        match self.wait_for(id, "destroyed", deadline, |_| false).await? {
            None => Ok(()),
            Some(found) if found.host_status.is_ok() => Err(look::retryable(format!(
                "Fly shows it as `{}` {} s after it was told to destroy it",
                found.state,
                DESTROY_MAX.as_secs()
            ))),
            Some(found) => Err(look::retryable(format!(
                "its host does not answer ({}): it may run, and ends when the host is back",
                found.host_status
            ))),
        }
    }
}
