//! Accounts, repositories, installations of the App, and the tokens made for them.

use environment::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What kind of account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserKind {
    User,
    Bot,
    Organization,
}

/// An account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    pub id: u64,
    pub login: String,
    pub kind: UserKind,
}

/// What a person may do in a repository: GitHub's `role_name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Nothing, not even read.
    None,
    /// Read.
    Read,
    /// Read, and sort issues.
    Triage,
    /// Push.
    Write,
    /// Push, and manage without the dangerous parts.
    Maintain,
    /// Everything.
    Admin,
}

impl Role {
    /// `role_name` of the answer.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }

    /// `permission` of the answer, which knows four of the six roles.
    pub fn coarse(self) -> &'static str {
        match self {
            Self::Triage => "read",
            Self::Maintain => "write",
            other => other.name(),
        }
    }
}

/// A repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Repository {
    pub id: u64,
    pub owner: String,
    pub name: String,
    /// `owner/name` it had before; they answer 301.
    pub former: Vec<String>,
    /// Folder under `repos/`; stays when the repository is renamed.
    pub folder: String,
    pub description: Option<String>,
    pub default_branch: String,
    pub private: bool,
    pub archived: bool,
    pub deleted: bool,
    pub fork_of: Option<u64>,
    pub roles: BTreeMap<String, Role>,
    /// The truth about branches; git's refs follow it.
    pub branches: BTreeMap<String, String>,
    pub protected: BTreeSet<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Repository {
    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// What `login` may do. Everybody may read what is not private.
    pub fn role(&self, login: &str) -> Role {
        let floor = if self.private { Role::None } else { Role::Read };
        self.roles.get(&login.to_lowercase()).copied().unwrap_or(floor)
    }
}

/// The App on an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Installation {
    pub id: u64,
    pub account: String,
    pub repositories: BTreeSet<u64>,
    pub permissions: BTreeMap<String, String>,
    pub suspended_at: Option<Timestamp>,
    pub deleted: bool,
    pub created_at: Timestamp,
}

/// An installation token, known by its digest alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Token {
    pub sha256: String,
    pub installation: u64,
    /// None: all that the installation has.
    pub repositories: Option<BTreeSet<u64>>,
    pub permissions: BTreeMap<String, String>,
    pub expires_at: Timestamp,
}
