//! What GitHub says to the App itself or to a whole installation rather than about one pull request: which webhooks were
//! sent and how they were answered, where the App is installed, and what is open there.

use crate::{api::Repository, error::Error};
use async_trait::async_trait;
use environment::Timestamp;

/// One attempt to deliver a webhook. Several may share a GUID: a redelivery has an id of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// GitHub's id of the attempt.
    pub id: u64,
    /// `X-GitHub-Delivery`, the same in each attempt.
    pub guid: String,
    /// When it was made.
    pub at: Timestamp,
    /// Of the answer; 0 if there was none.
    pub status_code: u16,
    /// `pull_request` …
    pub event: String,
    /// `opened` …
    pub action: Option<String>,
}

impl Attempt {
    /// The receiver took it.
    pub fn was_taken(&self) -> bool {
        (200..300).contains(&self.status_code)
    }
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, N = u32> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next page is; none after the last.
    pub next: Option<N>,
}

/// Where the App is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// GitHub's id.
    pub id: u64,
    /// It may not be used for now.
    pub suspended: bool,
}

/// A repository that an installation reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Under its present name.
    pub repository: Repository,
    /// Read-only.
    pub archived: bool,
}

/// An open pull request, as far as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPullRequest {
    /// Number.
    pub number: u64,
    /// Head commit.
    pub head_sha: String,
    /// Base branch.
    pub base_ref: String,
    /// A draft.
    pub draft: bool,
}

/// Reads, a page at a time; whoever calls decides how many.
#[async_trait]
pub trait AppLevel: Send + Sync {
    /// Attempts to deliver webhooks, newest first. GitHub lists those of the last days; what follows the page is found by
    /// its cursor.
    async fn attempts(&self, cursor: Option<&str>) -> Result<Page<Attempt, String>, Error>;

    /// The body that an attempt carried; none if GitHub has it no more.
    async fn payload(&self, attempt: u64) -> Result<Option<Vec<u8>>, Error>;

    /// Every installation of the App. Pages count from 1.
    async fn installations(&self, page: u32) -> Result<Page<Installation>, Error>;

    /// Repositories that an installation reaches.
    async fn repositories(&self, installation: u64, page: u32) -> Result<Page<Listed>, Error>;

    /// Open pull requests of a repository.
    async fn open_pull_requests(&self, repository: &Repository, page: u32) -> Result<Page<OpenPullRequest>, Error>;
}
