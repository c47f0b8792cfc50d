//! Pull requests and what was pushed.

use environment::Timestamp;
use serde::{Deserialize, Serialize};

/// A pull request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PullRequest {
    pub id: u64,
    pub repository: u64,
    pub number: u64,
    pub title: String,
    pub body: Option<String>,
    pub author: String,
    pub head_repository: u64,
    pub head_ref: String,
    pub head_sha: String,
    pub base_ref: String,
    pub base_sha: String,
    pub open: bool,
    pub draft: bool,
    pub merged_by: Option<String>,
    pub merge_commit: Option<String>,
    pub labels: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub closed_at: Option<Timestamp>,
}

impl PullRequest {
    /// It was merged.
    pub fn merged(&self) -> bool {
        self.merged_by.is_some()
    }
}

/// A branch moved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PushRecord {
    pub id: u64,
    pub repository: u64,
    pub branch: String,
    pub before: String,
    pub after: String,
    pub subject: String,
    pub by: String,
    pub at: Timestamp,
}
