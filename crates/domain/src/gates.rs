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
    /// Somebody permitted paused it.
    pub paused: bool,
    /// What the repository wants.
    pub policy: &'a Policy,
}

/// The operator's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// Paused by a person, until `resume`. The last one: an ask for a review opens the others, and not this one.
    Paused,
}

/// The order in which the gates are asked.
pub const ORDER: [Closed; 14] = [
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
    Closed::Paused,
];

/// The first gate that is closed.
pub fn decide(facts: &Facts<'_>) -> Option<Closed> {
    walk(facts).find(|asked| asked.answer == Answer::Closed).map(|asked| asked.gate)
}

/// One gate on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The gate.
    pub gate: Closed,
    /// What it answered.
    pub answer: Answer,
}

/// What a gate answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Open.
    Passed,
    /// Open only because somebody permitted asked for this review.
    PassedByAsking,
    /// Closed: here it ends.
    Closed,
    /// Not asked, since an earlier one is closed.
    NotAsked,
}

/// All gates in their order, each asked until the first that is closed.
pub fn walk(facts: &Facts<'_>) -> impl Iterator<Item = Asked> {
    let mut ended = false;
    ORDER.into_iter().map(move |gate| {
        let answer = match (ended, gate.closes(facts)) {
            (true, _) => Answer::NotAsked,
            (false, true) => Answer::Closed,
            (false, false) if gate.closes(&Facts { asked: false, ..facts.clone() }) => Answer::PassedByAsking,
            (false, false) => Answer::Passed,
        };
        ended |= answer == Answer::Closed;
        Asked { gate, answer }
    })
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
            Self::Paused => facts.paused,
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
            Self::Paused => "paused",
        }
    }

    /// What it asks, for the walk through the gates.
    pub const fn question(self) -> &'static str {
        match self {
            Self::InstallationNotAllowed => "Is the installation one that the operator admits?",
            Self::OwnerNotAllowed => "Is the owner one that the operator admits?",
            Self::RepositoryNotAllowed => "Is the repository one that the operator admits?",
            Self::PullRequestClosed => "Is the pull request open?",
            Self::Archived => "Does the repository take writes?",
            Self::SwitchedOff => "Are reviews switched on in this repository?",
            Self::OwnPush => "Did somebody else than the bot push these commits?",
            Self::ForkNotIsolated => "May code from its repository run on the machines here?",
            Self::Fork => "Is it from this repository, or are forks reviewed?",
            Self::Draft => "Is it no draft, or are drafts reviewed?",
            Self::Bot => "Was it opened by a person, or are bots reviewed?",
            Self::ActorNotAllowed => "Is the author one that the operator admits?",
            Self::ActorPermission => "May the author do enough here?",
            Self::Paused => "Is it not paused?",
        }
    }

    /// What was found, after which the gate is open or closed.
    pub fn found(self, facts: &Facts<'_>) -> String {
        let policy = facts.policy;
        let either = |is: bool, yes: &str, no: &str| if is { yes.to_owned() } else { no.to_owned() };
        match self {
            Self::InstallationNotAllowed => either(facts.listed == Listed::NotInstallation, self.words(), "admitted"),
            Self::OwnerNotAllowed => either(facts.listed == Listed::NotOwner, self.words(), "admitted"),
            Self::RepositoryNotAllowed => either(facts.listed == Listed::NotRepository, self.words(), "admitted"),
            Self::PullRequestClosed => either(facts.open, "open", "closed"),
            Self::Archived => either(facts.archived, "archived", "not archived"),
            Self::SwitchedOff => either(policy.enabled, "switched on", self.words()),
            Self::OwnPush => either(facts.own_push, "the head is the bot's own push", "the head is not the bot's push"),
            Self::ForkNotIsolated => match (facts.fork, facts.isolated) {
                (false, _) => "it is not from a fork".to_owned(),
                (true, true) => "from a fork, and machines here are isolated".to_owned(),
                (true, false) => self.words().to_owned(),
            },
            Self::Fork => match (facts.fork, policy.forks) {
                (false, _) => "it is not from a fork".to_owned(),
                (true, true) => "from a fork, and forks are reviewed here".to_owned(),
                (true, false) => "from a fork, and forks are not reviewed here".to_owned(),
            },
            Self::Draft => match (facts.draft, policy.drafts) {
                (false, _) => "no draft".to_owned(),
                (true, true) => "a draft, and drafts are reviewed here".to_owned(),
                (true, false) => "a draft, and drafts are not reviewed here".to_owned(),
            },
            Self::Bot => match (facts.author_is_bot, policy.bots) {
                (false, _) => "opened by a person".to_owned(),
                (true, true) => "opened by a bot, and bots are reviewed here".to_owned(),
                (true, false) => "opened by a bot, and bots are not reviewed here".to_owned(),
            },
            Self::ActorNotAllowed => match facts.author_listed {
                None => "the operator has no list of authors".to_owned(),
                Some(true) => "the author is on the operator's list".to_owned(),
                Some(false) => self.words().to_owned(),
            },
            Self::ActorPermission => {
                let (has, needs) = (facts.author_permission.word(), policy.author_at_least.word());
                match (facts.author_listed, facts.author_is_bot) {
                    (Some(_), _) => "the operator's list counts instead".to_owned(),
                    (None, true) => "a bot has none to ask for".to_owned(),
                    (None, false) => format!("the author has `{has}`, and it takes `{needs}`"),
                }
            }
            Self::Paused => either(facts.paused, "paused until `resume`", "not paused"),
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
