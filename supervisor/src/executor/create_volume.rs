use super::{Context, PullRequestExecutor, errors};
use domain::pull_request::Event;
use engine::ActionError;
use machines::{Labels, VolumeSpec};

impl PullRequestExecutor {
    pub(super) async fn create_volume(&self, context: &Context, run: u32, copy: u32) -> Result<Event, ActionError> {
        let spec = VolumeSpec {
            name: self.parts.owner(&context.state, copy).volume_name().to_string(),
            labels: self.labels(context, 0),
            size_gib: self.parts.config.volumes.size_gib,
        };
        let volume = self.parts.machines.create_volume(&spec).await.map_err(errors::machines)?;
        Ok(Event::VolumeCreated { run, copy, volume: volume.id })
    }

    /// Who a machine or volume belongs to.
    pub(super) fn labels(&self, context: &Context, run: u32) -> Labels {
        Labels {
            deployment: self.parts.deployment.clone(),
            workflow: context.workflow.to_string(),
            run,
            operation: format!("{}:{}", context.workflow, context.action),
        }
    }
}
