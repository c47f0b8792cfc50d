//! Whether a pull request is reviewed: decided here, in this order, and nowhere else. The first gate that closes gives
//! the reason, which the check shows.

use crate::{people::Permission, policy::Policy};
use serde::{Deserialize, Serialize};

/// What the gates look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The operator's lists admit the installation, the owner and the repository.
    pub listed: Listed,
    /// The pull request is open.
    pub open: bool,
    /// The repository is archived.
    pub archived: bool,
    /// It is a draft.
    pub draft: bool,
    /// The author is a bot.
    pub author_is_bot: bool,
    /// The head is in another repository.
    pub fork: bool,
    /// Where machines do not isolate, a fork is never run.
    pub isolated: bool,
    /// What the author may do.
    pub author_permission: Permission,
    /// The operator's list of actors: none if there is no list.
    pub author_listed: Option<bool>,
    /// The head is our own push and nobody asked for a run of it.
    pub own_push: bool,
    /// Somebody permitted asked for this review.
    pub asked: bool,
    /// What the repository wants.
    pub policy: &'a Policy,
}

/// The operator's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// Admitted.
    Yes,
    /// The installation is not on its list.
    NotInstallation,
    /// The owner is not on its list.
    NotOwner,
    /// The repository is not on its list.
    NotRepository,
}

/// Why a pull request is not reviewed. Stable: the name is in tables, logs and the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// The installation is not allowed here.
    InstallationNotAllowed,
    /// The owner is not allowed here.
    OwnerNotAllowed,
    /// The repository is not allowed here.
    RepositoryNotAllowed,
    /// The pull request is closed.
    PullRequestClosed,
    /// The repository's file says no.
    SwitchedOff,
    /// The repository is archived.
    Archived,
    /// Our own push.
    OwnPush,
    /// A draft.
    Draft,
    /// A bot's.
    Bot,
    /// From a fork.
    Fork,
    /// From a fork, and the machines do not isolate.
    ForkNotIsolated,
    /// The author is not on the list of actors.
    ActorNotAllowed,
    /// The author may too little.
    ActorPermission,
}

/// The order in which the gates are asked.
pub const ORDER: [Closed; 13] = [
    Closed::InstallationNotAllowed,
    Closed::OwnerNotAllowed,
    Closed::RepositoryNotAllowed,
    Closed::PullRequestClosed,
    Closed::Archived,
    Closed::SwitchedOff,
    Closed::OwnPush,
    Closed::ForkNotIsolated,
    Closed::Fork,
    Closed::Draft,
    Closed::Bot,
    Closed::ActorNotAllowed,
    Closed::ActorPermission,
];

/// The first gate that is closed.
pub fn decide(facts: &Facts<'_>) -> Option<Closed> {
    ORDER.into_iter().find(|gate| gate.closes(facts))
}

impl Closed {
    fn closes(self, facts: &Facts<'_>) -> bool {
        let policy = facts.policy;
        match self {
            Self::InstallationNotAllowed => facts.listed == Listed::NotInstallation,
            Self::OwnerNotAllowed => facts.listed == Listed::NotOwner,
            Self::RepositoryNotAllowed => facts.listed == Listed::NotRepository,
            Self::PullRequestClosed => !facts.open,
            Self::Archived => facts.archived,
            Self::SwitchedOff => !policy.enabled && !facts.asked,
            Self::OwnPush => facts.own_push && !facts.asked,
            Self::ForkNotIsolated => facts.fork && !facts.isolated,
            Self::Fork => facts.fork && !policy.forks && !facts.asked,
            Self::Draft => facts.draft && !policy.drafts && !facts.asked,
            Self::Bot => facts.author_is_bot && !policy.bots && !facts.asked,
            Self::ActorNotAllowed => facts.author_listed == Some(false) && !facts.asked,
            Self::ActorPermission => {
                // A list of actors replaces the permission; a bot that is admitted has none to ask for.
                facts.author_listed.is_none()
                    && !facts.asked
                    && !facts.author_is_bot
                    && facts.author_permission < policy.author_at_least
            }
        }
    }

    /// A few words: the check's title says `Not reviewed: <words>`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::InstallationNotAllowed => "this installation is not on the operator's list",
            Self::OwnerNotAllowed => "this owner is not on the operator's list",
            Self::RepositoryNotAllowed => "this repository is not on the operator's list",
            Self::PullRequestClosed => "closed",
            Self::Archived => "the repository is archived",
            Self::SwitchedOff => "switched off in `.github/longshore.yml`",
            Self::OwnPush => "our own push",
            Self::Draft => "draft",
            Self::Bot => "opened by a bot",
            Self::Fork => "from a fork",
            Self::ForkNotIsolated => "from a fork, and machines here are not isolated",
            Self::ActorNotAllowed => "the author is not on the operator's list",
            Self::ActorPermission => "the author has no write access",
        }
    }

    /// Somebody permitted may open it with the button "Review it".
    pub const fn can_be_asked(self) -> bool {
        matches!(self, Self::Fork | Self::Bot | Self::ActorNotAllowed | Self::ActorPermission)
    }

    /// Nothing at all is written to a repository that is not ours to serve, or that takes no writes.
    pub const fn is_silent(self) -> bool {
        matches!(
            self,
            Self::InstallationNotAllowed
                | Self::OwnerNotAllowed
                | Self::RepositoryNotAllowed
                | Self::PullRequestClosed
                | Self::Archived
                | Self::OwnPush
        )
    }
}

#[cfg(test)]
mod tests;
