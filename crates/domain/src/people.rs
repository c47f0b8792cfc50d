//! Who acts, what they may do, and how they reached us.

use serde::{Deserialize, Serialize};

/// Somebody with a login.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// Login.
    pub login: String,
    /// A bot: never answered, never obeyed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bot: bool,
}

/// What somebody may do in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Nothing.
    None,
    /// Read.
    Read,
    /// Sort issues.
    Triage,
    /// Push.
    Write,
    /// Manage.
    Maintain,
    /// Everything.
    Admin,
}

impl Permission {
    /// The word people know it by.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }
}

/// How an ask reached us; where its answer goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "via", rename_all = "snake_case")]
pub enum Via {
    /// A button of a check run.
    Button {
        /// The check run.
        check_run: u64,
    },
    /// A comment in the conversation.
    Comment {
        /// The comment.
        comment: u64,
    },
    /// A comment in a review's thread.
    ReviewComment {
        /// The top comment of the thread.
        comment: u64,
        /// The comment itself, if it is not that one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        itself: Option<u64>,
    },
    /// "Re-run" on a check.
    Rerun,
    /// The command line or the API, under a named identity that was authorised there.
    Operator,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_called_what_github_calls_it() {
        use Permission::{Admin, Maintain, None, Read, Triage, Write};
        let all = [None, Read, Triage, Write, Maintain, Admin];
        assert_eq!(all.map(Permission::word), ["none", "read", "triage", "write", "maintain", "admin"]);
        assert!(all.is_sorted(), "each admits what the one before it does");
    }
}
