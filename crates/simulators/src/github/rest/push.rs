//! A branch moves: what GitHub does then, whoever moved it.

use super::{Refusal, suites::suite_for};
use crate::github::{
    hub::{Change, Hub},
    log::LogError,
    webhook,
    world::{Fact, PushRecord, Repository},
};
use serde_json::json;

/// A branch to move.
#[derive(Debug)]
pub struct Pushed<'a> {
    pub repository: u64,
    pub branch: &'a str,
    /// The new head.
    pub sha: &'a str,
    pub by: &'a str,
}

/// Moves the branch, brings its pull requests along, and tells the App.
pub async fn push_to_branch(change: &mut Change<'_>, push: Pushed<'_>) -> Result<(), Refusal> {
    let Pushed { branch, sha, by, .. } = push;
    let now = change.hub().now();
    let mut repo = change.repositories.get(&push.repository).cloned().ok_or_else(Refusal::not_found)?;
    let hub = change.hub().clone();
    let commit = hub.git().commit_info(&repo, sha).await?.ok_or_else(Refusal::not_found)?;
    let before = repo.branches.insert(branch.to_string(), sha.to_string());
    if before.as_deref() == Some(sha) {
        return Ok(());
    }
    repo.updated_at = now;
    let record = PushRecord {
        id: change.next_id(),
        repository: repo.id,
        branch: branch.to_string(),
        before: before.unwrap_or_else(|| "0".repeat(sha.len())),
        after: sha.to_string(),
        subject: commit.message.lines().next().unwrap_or_default().to_string(),
        by: by.to_string(),
        at: now,
    };
    change.put(Fact::Repository(repo.clone()));
    change.put(Fact::Push(record.clone()));
    let suite = suite_for(change, &repo, sha);
    webhook::check_suite(change, &repo, &suite, "requested", by).await?;
    for mut pull in change.pulls_of_branch(repo.id, branch) {
        let base = change.repositories.get(&pull.repository).cloned().ok_or_else(Refusal::not_found)?;
        if base.id != repo.id {
            hub.git().share(&repo, &base, sha).await?;
        }
        pull.head_sha = sha.to_string();
        pull.base_sha = base.branches.get(&pull.base_ref).cloned().unwrap_or(pull.base_sha);
        pull.updated_at = now;
        change.put(Fact::PullRequest(pull.clone()));
        let fields = json!({ "before": record.before, "after": record.after });
        webhook::pull_request(change, &base, &pull, "synchronize", by, fields).await?;
    }
    Ok(())
}

impl Hub {
    /// Brings git's refs of a repository to what the log says. A failure is mended at the next start.
    pub async fn level_git(&self, repository: u64) {
        let world = self.read().await;
        let Some(repo) = world.repositories.get(&repository) else { return };
        let branches = repo.branches.iter().map(|(branch, sha)| (format!("refs/heads/{branch}"), sha.clone()));
        let pulls = world.pulls.values().filter(|it| it.repository == repository);
        let pulls = pulls.map(|it| (format!("refs/pull/{}/head", it.number), it.head_sha.clone()));
        let refs: Vec<(String, String)> = branches.chain(pulls).collect();
        if let Err(error) = self.git().level(repo, &refs).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                repo = repo.full_name(),
                "refs are behind the log"
            );
        }
    }

    /// The same for every repository, after a start.
    pub async fn level_all_git(&self) {
        let all: Vec<u64> = self.read().await.repositories.values().filter(|it| !it.deleted).map(|it| it.id).collect();
        for repository in all {
            self.level_git(repository).await;
        }
    }
}

/// Commits the change, then lets git follow it.
pub async fn commit_and_level(change: Change<'_>, what: &str, repositories: &[u64]) -> Result<(), LogError> {
    let hub = change.hub().clone();
    change.commit(what)?;
    for repository in repositories {
        hub.level_git(*repository).await;
    }
    Ok(())
}

/// Repositories whose refs follow a push to `repository`: itself, and the bases of its pull requests.
pub fn followers(repository: &Repository, change: &Change<'_>) -> Vec<u64> {
    let bases = change.pulls.values().filter(|it| it.head_repository == repository.id).map(|it| it.repository);
    let mut all: Vec<u64> = bases.chain([repository.id]).collect();
    all.sort_unstable();
    all.dedup();
    all
}
