//! What a reading of a pull request finds.

use crate::{gates::Listed, people::Permission, policy::Policy};
use serde::{Deserialize, Serialize};

/// What a reading found.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum Reading {
    /// The pull request.
    PullRequest {
        /// As read.
        snapshot: Box<Snapshot>,
        /// The policy, if it differs from the one in the state.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        policy: Option<Policy>,
    },
    /// 404 or 403: alone never "closed".
    NoAccess {
        /// A few words.
        why: String,
    },
    /// The repository answers elsewhere.
    Moved {
        /// Owner's login.
        owner: String,
        /// Name.
        name: String,
    },
}

/// A pull request as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Snapshot {
    /// Head commit.
    pub head_sha: String,
    /// Head branch.
    pub head_ref: String,
    /// Base commit.
    pub base_sha: String,
    /// Base branch.
    pub base_ref: String,
    /// Title, cut to 120 characters; hostile.
    pub title: String,
    /// Author's login.
    pub author: String,
    /// The author is a bot.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub author_is_bot: bool,
    /// What the author may do.
    pub author_permission: Permission,
    /// On the operator's list of actors; none without a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_listed: Option<bool>,
    /// Open.
    pub open: bool,
    /// Draft.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
    /// The head is in another repository.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fork: bool,
    /// The repository is archived.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// Machines isolate.
    pub isolated: bool,
    /// The operator's lists.
    pub listed: Listed,
}
