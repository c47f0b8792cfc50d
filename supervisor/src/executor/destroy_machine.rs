use super::{Context, PullRequestExecutor, errors};
use domain::pull_request::Event;
use engine::ActionError;

impl PullRequestExecutor {
    /// Ends the run first, so that whatever its worker still says is answered 410; then the machine, confirmed.
    pub(super) async fn destroy_machine(
        &self,
        context: &Context,
        run: u32,
        machine: Option<&str>,
    ) -> Result<Event, ActionError> {
        self.parts.recovery.hold("the end of a machine")?;
        self.runs.end(context.workflow, run, "the run is over").await.map_err(errors::ours)?;
        let machines = &self.parts.machines;
        let id = match machine {
            Some(id) => Some(id.to_owned()),
            None => {
                let name = self.machine_name(context, run);
                let all = machines.machines(&self.parts.deployment).await.map_err(errors::machines)?;
                all.into_iter().find(|machine| machine.name == name).map(|machine| machine.id)
            }
        };
        if let Some(id) = id {
            machines.destroy_machine(&id).await.map_err(errors::machines)?;
        }
        if let Some(sockets) = &self.sockets
            && let Err(error) = sockets.close(context.workflow, run)
        {
            // The next start forgets it: the run has ended.
            tracing::warn!(workflow = %context.workflow, run, %error, "the folder of a run's socket stays");
        }
        Ok(Event::MachineGone { run })
    }
}
