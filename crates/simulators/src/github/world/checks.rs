//! Check suites and check runs of the App.

use environment::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAction {
    pub label: String,
    pub description: String,
    pub identifier: String,
}

/// A check run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckRun {
    pub id: u64,
    pub suite: u64,
    pub repository: u64,
    pub name: String,
    pub head_sha: String,
    pub external_id: String,
    pub details_url: Option<String>,
    pub status: String,
    pub conclusion: Option<String>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub title: Option<String>,
    pub summary: Option<String>,
    pub text: Option<String>,
    pub annotations: Vec<Value>,
    pub actions: Vec<CheckAction>,
    pub created_at: Timestamp,
}

/// All check runs of the App for one commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckSuite {
    pub id: u64,
    pub repository: u64,
    pub head_sha: String,
    pub head_branch: Option<String>,
    pub before: Option<String>,
    /// Reset by a re-request until a check run of the suite moves again.
    pub requeued: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
