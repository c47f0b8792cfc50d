use super::{Context, PullRequestExecutor, errors};
use crate::parts::repository;
use domain::{people::Permission, policy::Decide, pull_request::Event};
use engine::ActionError;
use github::api;

impl PullRequestExecutor {
    pub(super) async fn read_permission(
        &self,
        context: &Context,
        ask: &str,
        login: &str,
    ) -> Result<Event, ActionError> {
        let repository = repository(&context.state);
        let read = self.parts.github.permission(&repository, login).await.map_err(errors::github)?;
        let owns = match context.state.policy.decide {
            Decide::Codeowners => Some(self.owns(context, &repository, login).await?),
            Decide::Write | Decide::Maintain => None,
        };
        Ok(Event::PermissionRead { ask: ask.to_owned(), permission: permission(read), owns })
    }
}

/// GitHub's word for it, as ours.
pub(super) const fn permission(read: api::Permission) -> Permission {
    match read {
        api::Permission::None => Permission::None,
        api::Permission::Read => Permission::Read,
        api::Permission::Triage => Permission::Triage,
        api::Permission::Write => Permission::Write,
        api::Permission::Maintain => Permission::Maintain,
        api::Permission::Admin => Permission::Admin,
    }
}
