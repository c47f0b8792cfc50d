//! The parts of GitHub's payloads that are read. Lenient: what is not used is not looked at, and what GitHub has left
//! out in some recording is optional here.

use serde::{Deserialize, Deserializer};

/// Any payload: which action it is about.
#[derive(Deserialize)]
pub(super) struct Any {
    #[serde(default)]
    pub action: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct User {
    #[serde(default)]
    pub id: u64,
    #[serde(default)]
    pub login: String,
    #[serde(default, rename = "type")]
    pub kind: String,
}

#[derive(Deserialize)]
pub(super) struct Owner {
    #[serde(default)]
    pub login: String,
}

#[derive(Deserialize)]
pub(super) struct Repository {
    pub id: u64,
    pub name: String,
    #[serde(default)]
    pub full_name: String,
    #[serde(default)]
    pub owner: Option<Owner>,
}

#[derive(Deserialize)]
pub(super) struct Installation {
    pub id: u64,
}

#[derive(Deserialize)]
pub(super) struct Commit {
    pub sha: String,
}

#[derive(Deserialize)]
pub(super) struct PullRequest {
    pub number: u64,
    pub head: Commit,
    pub base: Commit,
    #[serde(default)]
    pub state: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub draft: bool,
    #[serde(default, deserialize_with = "null_is_default")]
    pub merged: bool,
}

#[derive(Deserialize)]
pub(super) struct PullRequestEvent {
    #[serde(default)]
    pub installation: Option<Installation>,
    pub repository: Repository,
    pub pull_request: PullRequest,
    pub sender: User,
}

#[derive(Deserialize)]
pub(super) struct App {
    pub id: u64,
}

#[derive(Deserialize)]
pub(super) struct CheckRun {
    pub id: u64,
    #[serde(default, deserialize_with = "null_is_default")]
    pub external_id: String,
    #[serde(default)]
    pub name: String,
    pub head_sha: String,
    #[serde(default)]
    pub app: Option<App>,
}

#[derive(Deserialize)]
pub(super) struct RequestedAction {
    #[serde(default)]
    pub identifier: String,
}

#[derive(Deserialize)]
pub(super) struct CheckRunEvent {
    #[serde(default)]
    pub installation: Option<Installation>,
    pub repository: Repository,
    pub check_run: CheckRun,
    #[serde(default)]
    pub requested_action: Option<RequestedAction>,
    pub sender: User,
}

#[derive(Deserialize)]
pub(super) struct Numbered {
    pub number: u64,
}

#[derive(Deserialize)]
pub(super) struct CheckSuite {
    pub head_sha: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub pull_requests: Vec<Numbered>,
    #[serde(default)]
    pub app: Option<App>,
}

#[derive(Deserialize)]
pub(super) struct CheckSuiteEvent {
    #[serde(default)]
    pub installation: Option<Installation>,
    pub repository: Repository,
    pub check_suite: CheckSuite,
    pub sender: User,
}

#[derive(Deserialize)]
pub(super) struct Comment {
    pub id: u64,
    #[serde(default)]
    pub in_reply_to_id: Option<u64>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub body: String,
    /// Null when the account was deleted.
    #[serde(default)]
    pub user: Option<User>,
}

#[derive(Deserialize)]
pub(super) struct Issue {
    pub number: u64,
    /// There only if the issue is a pull request.
    #[serde(default)]
    pub pull_request: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct IssueCommentEvent {
    #[serde(default)]
    pub installation: Option<Installation>,
    pub repository: Repository,
    pub issue: Issue,
    pub comment: Comment,
    pub sender: User,
}

#[derive(Deserialize)]
pub(super) struct ReviewCommentEvent {
    #[serde(default)]
    pub installation: Option<Installation>,
    pub repository: Repository,
    pub pull_request: Numbered,
    pub comment: Comment,
    pub sender: User,
}

#[derive(Deserialize)]
pub(super) struct FullInstallation {
    pub id: u64,
    #[serde(default)]
    pub account: Option<User>,
}

#[derive(Deserialize)]
pub(super) struct InstallationEvent {
    pub installation: FullInstallation,
    #[serde(default, deserialize_with = "null_is_default")]
    pub repositories: Vec<Repository>,
}

#[derive(Deserialize)]
pub(super) struct InstallationRepositoriesEvent {
    pub installation: Installation,
    #[serde(default, deserialize_with = "null_is_default")]
    pub repositories_added: Vec<Repository>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub repositories_removed: Vec<Repository>,
}

#[derive(Deserialize)]
pub(super) struct RepositoryEvent {
    #[serde(default)]
    pub installation: Option<Installation>,
    pub repository: Repository,
}

/// GitHub writes `null` where nothing is known.
fn null_is_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
