//! The claim: with a single-use token, and a nonce that tells a retry from a second machine.

use crate::{
    Boot, Exit,
    git::is_object_id,
    supervisor::{Backoff, CallError, Supervisor},
};
use environment::Environment;
use protocol::{ClaimRequest, ClaimResponse};
use std::time::Duration;

/// How long a supervisor that does not answer is waited for. Longer than any boot deadline: the supervisor says when it
/// is too late, and only one that never comes back is given up.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

pub(super) async fn claim(
    environment: &Environment,
    supervisor: &Supervisor,
    boot: &Boot,
) -> Result<ClaimResponse, Exit> {
    let request = ClaimRequest {
        token: boot.token.expose().to_owned(),
        nonce: environment.random_id(),
        worker_version: env!("CARGO_PKG_VERSION").into(),
    };
    let (began, mut backoff) = (environment.now(), Backoff::new());
    loop {
        let error = match supervisor.claim(&request).await {
            Ok(claimed) => return checked(claimed, boot),
            Err(error) => error,
        };
        tracing::warn!(run = boot.run, "the claim was not answered with a task: {error}");
        match error {
            CallError::Away(_) if environment.now().since(began) < PATIENCE => backoff.pause(environment).await,
            CallError::Away(_) => return Err(Exit::SupervisorAway),
            CallError::Stale => return Err(Exit::Stale),
            CallError::ClaimedByAnother => return Err(Exit::ClaimedByAnother),
            CallError::Refused { .. } => return Err(Exit::Refused),
        }
    }
}

/// A task for another run than this machine was started for, or about something that is not a commit, means that
/// somebody is confused; better stop than guess.
fn checked(claimed: ClaimResponse, boot: &Boot) -> Result<ClaimResponse, Exit> {
    let task = &claimed.task;
    if (task.run, &task.workflow) != (boot.run, &boot.workflow) {
        let started_for = format!("run {} of {}", boot.run, boot.workflow);
        tracing::error!("the task is for run {} of {}, this machine is for {started_for}", task.run, task.workflow);
        return Err(Exit::Refused);
    }
    if !is_object_id(&task.head_sha) || !is_object_id(&task.base_sha) {
        tracing::error!("the task's head and base are not commit ids");
        return Err(Exit::Refused);
    }
    Ok(claimed)
}
