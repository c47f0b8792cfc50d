//! Ids of reminders, for people and for the engine.

use crate::ids::{self, RequestId};
use serde::{Deserialize, Serialize};

/// Six characters that can be read aloud, as requests have them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReminderId(pub String);

impl ReminderId {
    /// The id of what was asked with `ask` on this pull request. Derived, not drawn: the same comment delivered again
    /// is the same reminder.
    pub fn derive(repository_id: u64, number: u64, ask: &str) -> Self {
        Self(RequestId::derive(&key(repository_id, number, ask), 0, 0).0)
    }

    /// Reads what a person typed.
    pub fn parse(text: &str) -> Option<Self> {
        RequestId::parse(text).map(|id| Self(id.0))
    }
}

impl std::fmt::Display for ReminderId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The unique key of a reminder's workflow.
pub fn key(repository_id: u64, number: u64, ask: &str) -> String {
    format!("{}{ask}", prefix_of_pull_request(repository_id, number))
}

/// What the keys of all reminders of a pull request begin with, and no other key.
pub fn prefix_of_pull_request(repository_id: u64, number: u64) -> String {
    format!("{}:", ids::key(repository_id, number))
}

/// What the keys of all reminders of a repository begin with, and no other key.
pub fn prefix_of_repository(repository_id: u64) -> String {
    format!("{repository_id}#")
}
