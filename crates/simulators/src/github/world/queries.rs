//! Questions that several callers ask of the world.

use super::{CheckRun, CheckSuite, Installation, PullRequest, Repository, ReviewComment, World};

impl World {
    /// The repository that has this name today.
    pub fn repository(&self, owner: &str, name: &str) -> Option<&Repository> {
        self.repositories
            .values()
            .find(|it| !it.deleted && it.owner.eq_ignore_ascii_case(owner) && it.name.eq_ignore_ascii_case(name))
    }

    /// The repository that once had this name.
    pub fn moved_repository(&self, owner: &str, name: &str) -> Option<&Repository> {
        let full_name = format!("{owner}/{name}");
        self.repositories
            .values()
            .find(|it| !it.deleted && it.former.iter().any(|was| was.eq_ignore_ascii_case(&full_name)))
    }

    /// The installation that reaches this repository.
    pub fn installation_of(&self, repository: u64) -> Option<&Installation> {
        self.installations.values().find(|it| !it.deleted && it.repositories.contains(&repository))
    }

    /// Open pull requests whose head is this branch.
    pub fn pulls_of_branch(&self, repository: u64, branch: &str) -> Vec<PullRequest> {
        let of_branch = |it: &&PullRequest| it.open && it.head_repository == repository && it.head_ref == branch;
        self.pulls.values().filter(of_branch).cloned().collect()
    }

    /// Pull requests that GitHub names in checks: same repository, open, this head. Forks stay unnamed.
    pub fn pulls_of_sha(&self, repository: u64, sha: &str) -> Vec<&PullRequest> {
        self.pulls
            .values()
            .filter(|it| {
                it.repository == repository && it.head_repository == repository && it.open && it.head_sha == sha
            })
            .collect()
    }

    /// The App's suite of a commit.
    pub fn suite_of(&self, repository: u64, sha: &str) -> Option<&CheckSuite> {
        self.suites.values().find(|it| it.repository == repository && it.head_sha == sha)
    }

    /// Check runs of a suite, oldest first.
    pub fn checks_of_suite(&self, suite: u64) -> Vec<&CheckRun> {
        self.checks.values().filter(|it| it.suite == suite).collect()
    }

    /// Check runs of a commit, oldest first.
    pub fn checks_of_sha(&self, repository: u64, sha: &str) -> Vec<&CheckRun> {
        self.checks.values().filter(|it| it.repository == repository && it.head_sha == sha).collect()
    }

    /// Comments of a review, oldest first.
    pub fn comments_of_review(&self, review: u64) -> Vec<&ReviewComment> {
        self.review_comments.values().filter(|it| it.review == review).collect()
    }

    /// Who resolved the thread that a comment began; none while it is open.
    pub fn resolved_by(&self, comment: u64) -> Option<&str> {
        self.threads.get(&comment)?.resolved_by.as_deref()
    }

    /// A number that neither a pull request nor anything else of the repository has.
    pub fn next_number(&self, repository: u64) -> u64 {
        self.pulls.keys().filter(|(of, _)| *of == repository).map(|(_, number)| number + 1).max().unwrap_or(1)
    }
}
