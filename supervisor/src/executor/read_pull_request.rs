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
        // What the policy is read from goes out at the same time, if the branch is still called what it was.
        let guessed = self.tips.branch(repository.id);
        let (reading, tip) = tokio::join!(
            self.parts.github.pull_request(&repository, state.pr.number),
            self.tip(&repository, guessed.as_deref()),
        );
        let reading = match reading {
            Ok(api::Reading::Found(found)) => {
                let tip = if guessed.as_deref() == Some(&*found.default_branch) {
                    tip
                } else {
                    self.tip(&repository, Some(&found.default_branch)).await
                };
                self.found(state, &repository, found, tip.map_err(errors::github)?).await?
            }
            Ok(api::Reading::NotFound) => Reading::NoAccess { why: "GitHub answers 404".into() },
            Ok(api::Reading::Forbidden) => Reading::NoAccess { why: "GitHub answers 403".into() },
            Ok(api::Reading::Moved { owner, name }) => Reading::Moved { owner, name },
            Err(github::Error::NoAccess { what }) => Reading::NoAccess { why: what.chars().take(200).collect() },
            Err(error) => return Err(errors::github(error)),
        };
        Ok(Event::PullRequestRead { reading: Box::new(reading) })
    }

    /// The commit that a branch is at; none without a branch.
    async fn tip(&self, repository: &api::Repository, branch: Option<&str>) -> Result<Option<String>, github::Error> {
        match branch {
            Some(branch) => self.parts.github.branch_sha(repository, branch).await,
            None => Ok(None),
        }
    }

    async fn found(
        &self,
        state: &State,
        repository: &api::Repository,
        found: api::PullRequest,
        tip: Option<String>,
    ) -> Result<Reading, ActionError> {
        let github = &self.parts.config.github;
        let author_listed = intake::actor_listed(github, &found.author);
        // Asked only where it decides: a list of actors replaces it, a bot has none.
        let asks = author_listed.is_none() && !found.author_is_bot && found.open;
        let author_permission = async {
            if !asks {
                return Ok(Permission::None);
            }
            let read = self.parts.github.permission(repository, &found.author).await;
            Ok(super::read_permission::permission(read.map_err(errors::github)?))
        };
        let policy = self.policy(repository, (&found.default_branch, tip), &state.policy);
        let (author_permission, policy) = tokio::try_join!(author_permission, policy)?;
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
