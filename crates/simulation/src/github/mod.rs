//! GitHub, on the level of what its calls mean: pull requests with commits, check runs, reviews, comments, the list of
//! webhook attempts. What the App client does in several calls is done in the same calls here ([`calls`]), so that a crash
//! or a lost answer can come between them.

mod app;
mod calls;
mod effects;

pub(crate) use calls::Client;

use crate::production::APP;
use environment::Timestamp;
use github::{
    api::{CheckAction, CheckState, Permission, Repository},
    app_level::Attempt,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Everything GitHub knows.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    pub pulls: Vec<Pull>,
    pub checks: Vec<Check>,
    pub reviews: Vec<Review>,
    pub comments: Vec<Comment>,
    pub threads: Vec<Thread>,
    pub deliveries: Vec<Delivery>,
    pub attempts: Vec<(Attempt, usize)>,
    /// What a button offered: request, digits of the patch.
    pub offered: BTreeMap<String, String>,
    /// Requests that somebody permitted answered with yes.
    pub approved: BTreeSet<String>,
    pub file: Option<String>,
    /// Least permission that decides.
    pub decides: Option<Permission>,
    pub ids: u64,
}

/// A pull request.
#[derive(Debug, Clone)]
pub(crate) struct Pull {
    pub number: u64,
    pub author: String,
    pub branch: String,
    pub head: String,
    pub before: String,
    pub moved_at_ms: u64,
    pub base: String,
    pub open: bool,
    pub draft: bool,
    /// Its branch is in somebody else's copy of the repository.
    pub fork: bool,
    pub commits: Vec<Commit>,
    /// Since when it has been open or closed.
    pub since_ms: u64,
    /// When readings said that it is closed, in their order.
    pub told_closed_ms: Vec<u64>,
}

/// A commit that we pushed.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub sha: String,
    pub parent: String,
    pub decision: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub id: u64,
    pub app: u64,
    pub head_sha: String,
    pub external_id: String,
    pub state: CheckState,
    pub actions: Vec<CheckAction>,
    pub title: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Review {
    pub id: u64,
    pub number: u64,
    pub marker: String,
    pub submitted: bool,
    pub comments: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub id: u64,
    pub number: u64,
    pub marker: String,
    pub body: String,
    /// Its creation landed after the caller had given up.
    pub late: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Thread {
    pub id: String,
    pub number: u64,
    pub body: String,
    pub resolved: bool,
    /// Of a review that is not submitted yet.
    pub review: u64,
}

/// A webhook.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub guid: String,
    pub event: String,
    pub action: String,
    pub body: Vec<u8>,
    /// It says what no reading shows: a click, a comment.
    pub decision: bool,
    /// Events that must follow from it.
    pub expects: Vec<String>,
    /// The supervisor said that nothing follows from it.
    pub ignored: bool,
}

/// What people here may do.
pub(crate) const PEOPLE: [(&str, Permission); 5] = [
    ("ann", Permission::Admin),
    ("bob", Permission::Write),
    ("cho", Permission::Maintain),
    ("eve", Permission::Read),
    ("dan", Permission::None),
];

/// The repository that forks come from.
pub(crate) const FORK: u64 = 99;

/// The one repository.
pub(crate) fn repository() -> Repository {
    Repository { installation: 5, id: 42, owner: "acme".into(), name: "shop".into() }
}

pub(crate) fn permission(login: &str) -> Permission {
    PEOPLE.iter().find(|(known, _)| *known == login).map_or(Permission::None, |(_, permission)| *permission)
}

impl Check {
    pub(crate) fn is_completed(&self) -> bool {
        matches!(self.state, CheckState::Completed(_))
    }
}

impl Pull {
    pub(crate) fn word(&self) -> &'static str {
        if self.open { "open" } else { "closed" }
    }
}

impl Hub {
    pub(crate) fn id(&mut self) -> u64 {
        self.ids += 1;
        1_000 + self.ids
    }

    /// A commit that is nowhere else.
    pub(crate) fn sha(&mut self) -> String {
        let id = self.id();
        hex::encode(&Sha256::digest(format!("commit {id}"))[..20])
    }

    pub(crate) fn pull(&self, number: u64) -> Option<&Pull> {
        self.pulls.iter().find(|pull| pull.number == number)
    }

    pub(crate) fn pull_mut(&mut self, number: u64) -> Option<&mut Pull> {
        self.pulls.iter_mut().find(|pull| pull.number == number)
    }

    pub(crate) fn pull_by_key(&self, key: &str) -> Option<&Pull> {
        self.pull(key.split_once('#')?.1.parse().ok()?)
    }

    pub(crate) fn may_decide(&self, login: &str) -> bool {
        permission(login) >= self.decides.unwrap_or(Permission::Write)
    }

    pub(crate) fn commits_of(&self, request: &str) -> Vec<&String> {
        let commits = self.pulls.iter().flat_map(|pull| &pull.commits);
        commits.filter(|commit| commit.decision == request).map(|commit| &commit.sha).collect()
    }

    /// Ids of reminders that comments told of.
    pub(crate) fn reminders_told(&self) -> Vec<String> {
        let after = self.comments.iter().filter_map(|comment| comment.body.split_once(" cancel reminder "));
        let ids = after.map(|(_, rest)| rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>());
        ids.filter(|id| id != "ID").collect()
    }

    /// An attempt to deliver, as GitHub lists it.
    pub(crate) fn attempted(&mut self, delivery: usize, at: Timestamp, status_code: u16) {
        let id = self.id();
        let Some(it) = self.deliveries.get(delivery) else { return };
        let (guid, event, action) = (it.guid.clone(), it.event.clone(), Some(it.action.clone()));
        self.attempts.push((Attempt { id, guid, at, status_code, event, action }, delivery));
    }

    /// Our check runs with buttons, newest last.
    pub(crate) fn with_buttons(&self) -> Vec<&Check> {
        self.checks.iter().filter(|check| check.app == APP && !check.actions.is_empty()).collect()
    }
}
