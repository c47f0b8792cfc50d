//! The end of a machine, confirmed.
//!
//! One of which no id is known is one whose start was never answered. It is looked for where it would be: on its volume.
//! That it is not in a list proves nothing, since lists lag; that its volume has no machine proves that it is not there now
//! (DESIGN section 6). The workflow asks only a minute after the last attempt to start it was given up. A start that lands
//! later still finds its run ended, and its worker is answered 410; and should it hold the volume when the next run starts,
//! that start ends it first ([`PullRequestExecutor::end_late_ones`]).

use super::{Context, PullRequestExecutor, errors};
use domain::pull_request::Event;
use engine::ActionError;
use machines::Machine;

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
        let ids = match machine {
            Some(id) => vec![id.to_owned()],
            None => self.unanswered(context, run).await?,
        };
        for id in ids {
            self.parts.machines.destroy_machine(&id).await.map_err(errors::machines)?;
        }
        if let Some(sockets) = &self.sockets
            && let Err(error) = sockets.close(context.workflow, run)
        {
            // The next start forgets it: the run has ended.
            tracing::warn!(workflow = %context.workflow, run, %error, "the folder of a run's socket stays");
        }
        Ok(Event::MachineGone { run })
    }

    /// The machine of a run whose start was never answered, if it is there.
    async fn unanswered(&self, context: &Context, run: u32) -> Result<Vec<String>, ActionError> {
        let state = &*context.state;
        let stranded = state.stranded.iter().find(|it| it.machine.as_ref().is_some_and(|machine| machine.run == run));
        let volume = stranded.map_or(state.volume.as_ref(), |stranded| stranded.volume.as_ref());
        // Without a volume nothing was started.
        let Some(volume) = volume.and_then(|volume| volume.id.as_deref()) else { return Ok(Vec::new()) };
        let name = self.machine_name(context, run);
        let holders = self.parts.machines.holders(volume).await.map_err(errors::machines)?;
        Ok(holders.into_iter().filter(|machine| machine.name == name).map(|machine| machine.id).collect())
    }

    /// Ends machines of earlier runs of this workflow that have the volume: their starts landed after they were looked for.
    pub(super) async fn end_late_ones(&self, context: &Context, run: u32, volume: &str) -> Result<(), ActionError> {
        self.parts.recovery.hold("the end of a machine")?;
        let holders = self.parts.machines.holders(volume).await.map_err(errors::machines)?;
        let labels = self.labels(context, run);
        let late = |machine: &Machine| {
            let of = &machine.labels;
            let ours = of.deployment == labels.deployment && of.workflow == labels.workflow;
            ours && of.run < run && machine.name == self.machine_name(context, of.run)
        };
        for machine in holders.iter().filter(|machine| late(machine)) {
            let (run, id) = (machine.labels.run, &machine.id);
            tracing::warn!(workflow = %context.workflow, run, %id, "a machine whose start landed late is ended");
            self.parts.machines.destroy_machine(id).await.map_err(errors::machines)?;
        }
        Ok(())
    }
}
