//! GitHub, reached as an App.
//!
//! octocrab signs the App's JWT, holds the connections and knows the base address; the calls themselves are raw, since
//! its typed ones know no buttons, no scoped tokens and no inline comments, and send a POST again when its answer is
//! lost. Here nothing is ever sent twice on its own account: an error says whether it may have happened, and every
//! `put_…` looks before it creates. No redirect is followed, and no address out of a payload is called.

mod answer;
mod attempts;
mod checks;
mod client;
mod comments;
mod commit;
mod contents;
mod diff_lines;
mod graphql;
mod limits;
mod open;
mod pacer;
mod pages;
mod places;
mod pulls;
mod push;
mod reactions;
mod reviews;
mod route;
mod threads;
mod tokens;
mod trees;
mod upstream;

use crate::api::{
    CheckRun, Comment, CommentId, GitHub, GitUpstream, OpenCheckRun, Permission, PublishedReview, PullRequest, Purpose,
    Push, Pushed, Reaction, Reading, Repository, Review, ReviewThread,
};
use crate::app_level::{AppLevel, Attempt, Installation, Listed, OpenPullRequest, Page};
use crate::error::Error;
use answer::Answer;
use async_trait::async_trait;
use client::{Call, Client};
use comments::Existing;
use environment::Environment;
use serde::Deserialize;
use std::time::Duration;
use tokens::{Denied, Tokens};

pub use threads::THREADS_READ_MAX;

/// How the App reaches GitHub.
#[derive(Clone)]
pub struct AppConfig {
    /// The App's id.
    pub app_id: u64,
    /// The App's private key, PEM.
    pub private_key_pem: String,
    /// Another key that is still valid while keys are changed: used where the first one is refused.
    pub private_key_old_pem: Option<String>,
    /// `https://api.github.com`, or another's with its path, `https://host/api/v3`.
    pub api_url: String,
    /// Least time between two calls that change something; GitHub asks for a second.
    pub pace: Duration,
    /// Protected paths that may be pushed all the same: a path, or a folder that ends in `/`.
    pub push_allowed: Vec<String>,
}

impl std::fmt::Debug for AppConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppConfig")
            .field("app_id", &self.app_id)
            .field("api_url", &self.api_url)
            .finish_non_exhaustive()
    }
}

/// Who we are on GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The App's name in addresses; people write `@slug`.
    pub slug: String,
    /// Login of what the App writes: `slug[bot]`.
    pub login: String,
}

/// The App's client. Made within a runtime, since its connections live there.
pub struct App {
    client: Client,
    tokens: Tokens,
    environment: Environment,
    app_id: u64,
    push_allowed: Vec<String>,
    identity: tokio::sync::OnceCell<Identity>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

impl App {
    /// A client that has not called anything yet.
    ///
    /// # Errors
    /// The private key or the address cannot be read.
    pub fn new(config: AppConfig, environment: Environment) -> Result<Self, Error> {
        Ok(Self {
            client: Client::new(&config, environment.clone())?,
            tokens: Tokens::default(),
            environment,
            app_id: config.app_id,
            push_allowed: config.push_allowed,
            identity: tokio::sync::OnceCell::new(),
        })
    }

    /// Who we are; asked once. At start it also shows whether key and App id fit.
    ///
    /// # Errors
    /// GitHub cannot be reached, or does not know the App.
    pub async fn whoami(&self) -> Result<&Identity, Error> {
        #[derive(Deserialize)]
        struct Body {
            slug: String,
        }
        self.identity
            .get_or_try_init(|| async {
                let answer = self.client.as_app(&Call::read("/app".into())).await?;
                let slug = answer.ok()?.json::<Body>()?.slug;
                Ok(Identity { login: format!("{slug}[bot]"), slug })
            })
            .await
    }

    /// Calls GitHub with a token for `repository` and `purpose`. A token that is refused is replaced once.
    async fn call(&self, repository: &Repository, purpose: Purpose, call: &Call) -> Result<Answer, Denied> {
        let token = self.tokens.get(&self.client, &self.environment, repository, purpose).await?;
        let answer = self.client.as_installation(&token, call).await?;
        if answer.status() != 401 {
            return Ok(answer);
        }
        self.tokens.forget(repository, purpose, &token);
        let token = self.tokens.get(&self.client, &self.environment, repository, purpose).await?;
        Ok(self.client.as_installation(&token, call).await?)
    }
}

#[async_trait]
impl GitHub for App {
    async fn pull_request(&self, repository: &Repository, number: u64) -> Result<Reading<PullRequest>, Error> {
        self.read_pull_request(repository, number).await
    }

    async fn file(&self, repository: &Repository, path: &str, reference: &str) -> Result<Option<Vec<u8>>, Error> {
        self.read_file(repository, path, reference).await
    }

    async fn branch_sha(&self, repository: &Repository, branch: &str) -> Result<Option<String>, Error> {
        Ok(self.read_branch(repository, branch).await?.map(|branch| branch.sha))
    }

    async fn permission(&self, repository: &Repository, login: &str) -> Result<Permission, Error> {
        self.read_permission(repository, login).await
    }

    async fn put_check_run(&self, repository: &Repository, check: &CheckRun) -> Result<u64, Error> {
        self.bring_check_run_about(repository, check).await
    }

    async fn open_check_runs(
        &self,
        repository: &Repository,
        name: &str,
        sha: &str,
    ) -> Result<Vec<OpenCheckRun>, Error> {
        self.list_open_check_runs(repository, name, sha).await
    }

    async fn put_review(
        &self,
        repository: &Repository,
        number: u64,
        review: &Review,
    ) -> Result<PublishedReview, Error> {
        self.bring_review_about(repository, number, review).await
    }

    async fn put_comment(&self, repository: &Repository, number: u64, comment: &Comment) -> Result<u64, Error> {
        self.bring_comment_about(repository, number, comment, Existing::BroughtUpToDate).await
    }

    async fn put_comment_once(&self, repository: &Repository, number: u64, comment: &Comment) -> Result<u64, Error> {
        self.bring_comment_about(repository, number, comment, Existing::Left).await
    }

    async fn review_threads(&self, repository: &Repository, number: u64) -> Result<Vec<ReviewThread>, Error> {
        self.own_threads(repository, number).await
    }

    async fn resolve_thread(&self, repository: &Repository, thread: &str) -> Result<bool, Error> {
        self.resolve(repository, thread).await
    }

    async fn react(&self, repository: &Repository, comment: CommentId, reaction: Reaction) -> Result<(), Error> {
        self.show_reaction(repository, comment, reaction).await
    }

    async fn push(&self, repository: &Repository, push: &Push) -> Result<Pushed, Error> {
        self.push_approved(repository, push).await
    }

    async fn git_upstream(&self, repository: &Repository) -> Result<GitUpstream, Error> {
        self.upstream(repository).await
    }
}

#[async_trait]
impl AppLevel for App {
    async fn attempts(&self, cursor: Option<&str>) -> Result<Page<Attempt, String>, Error> {
        self.list_attempts(cursor).await
    }

    async fn payload(&self, attempt: u64) -> Result<Option<Vec<u8>>, Error> {
        self.read_payload(attempt).await
    }

    async fn installations(&self, page: u32) -> Result<Page<Installation>, Error> {
        self.list_installations(page).await
    }

    async fn repositories(&self, installation: u64, page: u32) -> Result<Page<Listed>, Error> {
        self.list_repositories(installation, page).await
    }

    async fn open_pull_requests(&self, repository: &Repository, page: u32) -> Result<Page<OpenPullRequest>, Error> {
        self.list_open(repository, page).await
    }
}

#[cfg(test)]
mod tests;
