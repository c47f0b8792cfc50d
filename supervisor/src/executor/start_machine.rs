use super::{Context, PullRequestExecutor, errors};
use crate::{
    http::machine::SOCKET,
    parts::repository,
    runs::{NewRun, Opened},
    seams::RunId,
};
use domain::pull_request::{Action, Event};
use engine::ActionError;
use machines::{MachineSpec, Resources, docker::SOCKET_DIR};
use protocol::boot;
use std::collections::BTreeMap;

impl PullRequestExecutor {
    pub(super) async fn start_machine(&self, context: &Context, run: u32) -> Result<Event, ActionError> {
        let state = &*context.state;
        let volume_id = state.volume.as_ref().and_then(|volume| volume.id.clone());
        let volume_id = volume_id.ok_or_else(|| errors::missing("the volume"))?;
        let machines = &self.parts.machines;
        // Opening a run again is no harm, so what it needs does not wait for the look at the volume.
        let (there, opened) = tokio::join!(machines.volume(&volume_id), self.open(context, run));
        if there.map_err(errors::machines)?.is_none() {
            return Ok(Event::VolumeLost { run });
        }
        let opened = opened?;
        let name = self.machine_name(context, run);
        let sockets = match &self.sockets {
            Some(sockets) => Some(sockets.open(context.workflow, run).map_err(unheard)?),
            None => None,
        };
        let spec = MachineSpec {
            environment: self.environment(context, run, &name, opened.token.reveal()),
            name,
            labels: self.labels(context, run),
            volume_id,
            sockets,
            resources: Resources::default(),
        };
        let mut started = machines.start_machine(&spec).await;
        if let Err(machines::Error::InUse { .. }) = &started {
            self.end_late_ones(context, run, &spec.volume_id).await?;
            started = machines.start_machine(&spec).await;
        }
        match started {
            Ok(machine) => Ok(Event::MachineStarted { run, machine: machine.id }),
            Err(error) if is_given_up(&error, context.attempt, context.maybe_done) => {
                tracing::warn!(workflow = %context.workflow, run, %error, "a volume is given up: the run gets another one");
                Ok(Event::VolumeLost { run })
            }
            Err(error) => Err(errors::machines(error)),
        }
    }

    async fn open(&self, context: &Context, run: u32) -> Result<Opened, ActionError> {
        let new = NewRun {
            id: RunId { workflow: context.workflow, key: context.key.clone(), run },
            task: self.task(context, run).await?,
            repository: repository(&context.state),
            boot_ms: context.state.policy.watchdog.claim_ms,
        };
        self.runs.open(&new).await.map_err(errors::ours)
    }

    /// Name of the machine of a run: the same for every attempt.
    pub(super) fn machine_name(&self, context: &Context, run: u32) -> String {
        self.parts.owner(&context.state, 0).machine_name(run).to_string()
    }

    /// The machine's whole environment: nothing in it is worth stealing once the run is claimed.
    fn environment(&self, context: &Context, run: u32, name: &str, token: &str) -> BTreeMap<String, String> {
        let url = match &self.sockets {
            Some(_) => format!("unix:{SOCKET_DIR}/{SOCKET}"),
            None => self.parts.machine_url.clone(),
        };
        BTreeMap::from([
            (boot::SUPERVISOR_URL.to_owned(), url),
            (boot::WORKFLOW.to_owned(), context.workflow.to_string()),
            (boot::RUN.to_owned(), run.to_string()),
            (boot::TOKEN.to_owned(), token.to_owned()),
            (boot::MACHINE.to_owned(), name.to_owned()),
        ])
    }
}

/// Whether the run goes on with another volume. A host that is full or silent may be back, so that is the last attempt's
/// answer; and none while a machine may have been started on the volume after all.
fn is_given_up(error: &machines::Error, attempt: u32, maybe_done: bool) -> bool {
    let last = attempt >= Action::StartMachine { run: 0 }.options().attempts_max;
    match error {
        machines::Error::VolumeLost { .. } => !maybe_done,
        machines::Error::VolumeStuck { .. } => last && !maybe_done,
        _ => false,
    }
}

fn unheard(error: std::io::Error) -> ActionError {
    let message = format!("the supervisor cannot listen for the machine: {error}");
    ActionError::Retryable { message, retry_after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_given_up_when_it_is_lost_or_has_been_stuck_for_all_attempts() {
        let (volume, what) = (String::new(), String::new());
        let lost = machines::Error::VolumeLost { volume: volume.clone(), what: what.clone() };
        let stuck = machines::Error::VolumeStuck { volume, what: what.clone() };
        let last = Action::StartMachine { run: 1 }.options().attempts_max;
        assert!(is_given_up(&lost, 1, false));
        assert!(!is_given_up(&stuck, last - 1, false) && is_given_up(&stuck, last, false));
        // A machine may have been started on it, and may still write it.
        assert!(!is_given_up(&lost, last, true) && !is_given_up(&stuck, last, true));
        assert!(!is_given_up(&machines::Error::Retryable { what, retry_after: None }, last, false));
    }
}
