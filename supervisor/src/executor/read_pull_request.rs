use super::{Context, PullRequestExecutor, errors};
use crate::{intake, parts::repository};
use domain::{
    people::Permission,
    pull_request::{Event, Reading, Snapshot, State},
};
use engine::ActionError;
use github::api;
use machines::Isolation;

/// Characters of a title that are kept.
const TITLE_CHARS_MAX: usize = 120;

impl PullRequestExecutor {
    pub(super) async fn read_pull_request(&self, context: &Context) -> Result<Event, ActionError> {
        let state = &*context.state;
        let repository = repository(state);
        let reading = match self.parts.github.pull_request(&repository, state.pr.number).await {
            Ok(api::Reading::Found(found)) => self.found(state, &repository, found).await?,
            Ok(api::Reading::NotFound) => Reading::NoAccess { why: "GitHub answers 404".into() },
            Ok(api::Reading::Forbidden) => Reading::NoAccess { why: "GitHub answers 403".into() },
            Ok(api::Reading::Moved { owner, name }) => Reading::Moved { owner, name },
            Err(github::Error::NoAccess { what }) => Reading::NoAccess { why: what.chars().take(200).collect() },
            Err(error) => return Err(errors::github(error)),
        };
        Ok(Event::PullRequestRead { reading: Box::new(reading) })
    }

    async fn found(
        &self,
        state: &State,
        repository: &api::Repository,
        found: api::PullRequest,
    ) -> Result<Reading, ActionError> {
        let github = &self.parts.config.github;
        let author_listed = intake::actor_listed(github, &found.author);
        // Asked only where it decides: a list of actors replaces it, a bot has none.
        let author_permission = if author_listed.is_some() || found.author_is_bot || !found.open {
            Permission::None
        } else {
            let read = self.parts.github.permission(repository, &found.author).await;
            super::read_permission::permission(read.map_err(errors::github)?)
        };
        let policy = self.policy(repository, &found.default_branch, &state.policy).await?;
        let snapshot = Snapshot {
            listed: intake::listed(github, repository.installation, &repository.owner, &repository.name),
            isolated: self.parts.machines.isolation() != Isolation::None,
            fork: found.head_repository_id != Some(repository.id),
            title: found.title.chars().take(TITLE_CHARS_MAX).collect(),
            head_sha: found.head_sha,
            head_ref: found.head_ref,
            base_sha: found.base_sha,
            base_ref: found.base_ref,
            author: found.author,
            author_is_bot: found.author_is_bot,
            author_permission,
            author_listed,
            open: found.open,
            draft: found.draft,
            archived: found.archived,
        };
        Ok(Reading::PullRequest { snapshot: Box::new(snapshot), policy: policy.filter(|new| *new != state.policy) })
    }
}
