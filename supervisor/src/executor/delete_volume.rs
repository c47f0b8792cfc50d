use super::{Context, PullRequestExecutor, errors};
use domain::pull_request::{Event, Phase};
use engine::ActionError;

impl PullRequestExecutor {
    pub(super) async fn delete_volume(
        &self,
        context: &Context,
        volume: Option<&str>,
        copy: u32,
    ) -> Result<Event, ActionError> {
        self.parts.recovery.hold("the deletion of a volume")?;
        let machines = &self.parts.machines;
        let id = match volume {
            Some(id) => Some(id.to_owned()),
            None => {
                let name = self.parts.owner(&context.state, copy).volume_name().to_string();
                let all = machines.volumes(&self.parts.deployment).await.map_err(errors::machines)?;
                all.into_iter().find(|volume| volume.name == name).map(|volume| volume.id)
            }
        };
        if let Some(id) = id {
            machines.delete_volume(&id).await.map_err(errors::machines)?;
        }
        // A copy that was left behind goes without the session; with the pull request's own volume goes all of it.
        if matches!(context.state.phase, Phase::Closing { .. }) {
            self.runs.forget_checkpoint(&context.key).await.map_err(errors::ours)?;
        }
        Ok(Event::VolumeDeleted { copy })
    }
}
