use super::{CallFailure, FileChange, Role, WebhookRule};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// A pull request, by repository and number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullName {
    /// `owner/name`.
    pub repository: String,
    /// Number.
    pub number: u64,
}

impl PullName {
    /// `acme/shop` and 7.
    pub fn new(repository: impl Into<String>, number: u64) -> Self {
        Self { repository: repository.into(), number }
    }
}

/// A repository to make, with its first commit on `main`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRepository {
    /// Owner's login; an organisation with the App installed.
    pub owner: String,
    /// Name.
    pub name: String,
    /// What it is.
    #[serde(default)]
    pub description: Option<String>,
    /// Content of `main`.
    pub files: Vec<FileChange>,
    /// What people may do in it. Who is not named may read.
    #[serde(default)]
    pub roles: BTreeMap<String, Role>,
    /// The App does not get to see it.
    #[serde(default)]
    pub not_installed: bool,
    /// Only whom it is shown to may read it.
    #[serde(default)]
    pub private: bool,
}

/// A repository whose objects lie somewhere else on this machine and are only read there. Given again, it borrows anew;
/// branches that it does not name stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BorrowedRepository {
    /// Owner's login; an organisation with the App installed.
    pub owner: String,
    /// Name. Nobody reads it without a role or a token.
    pub name: String,
    /// Git's object folders, absolute.
    pub objects: Vec<PathBuf>,
    /// Commits whose parents are not there, or shall not be seen.
    pub shallow: Vec<String>,
    /// Branches and their commits; `main` is the default one.
    pub branches: BTreeMap<String, String>,
    /// What people may do in it.
    pub roles: BTreeMap<String, Role>,
}

/// A pull request to open between two branches that are there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchPull {
    /// `owner/name`.
    pub repository: String,
    /// Number.
    pub number: u64,
    /// Title.
    pub title: String,
    /// Who opens it.
    pub author: String,
    /// Branch that is proposed.
    pub head_ref: String,
    /// Branch it goes to.
    pub base_ref: String,
}

/// A pull request to open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPull {
    /// `owner/name` of the base.
    pub repository: String,
    /// Number; none: the next.
    #[serde(default)]
    pub number: Option<u64>,
    /// Title.
    pub title: String,
    /// Description, Markdown.
    #[serde(default)]
    pub body: Option<String>,
    /// Who opens it.
    pub author: String,
    /// Branch that is made for it.
    pub head_ref: String,
    /// Branch it goes to; none: the default one.
    #[serde(default)]
    pub base_ref: Option<String>,
    /// Not ready for review.
    #[serde(default)]
    pub draft: bool,
    /// What its commit changes.
    pub changes: Vec<FileChange>,
    /// The commit's message; none: the title.
    #[serde(default)]
    pub message: Option<String>,
    /// The head lies in this account's fork, which is made if need be.
    #[serde(default)]
    pub fork_owner: Option<String>,
}

/// In which order held webhooks are let go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As they happened.
    AsTheyCame,
    /// Last first.
    Reversed,
    /// By these delivery ids; held ones that are not named follow as they came.
    Ids(Vec<u64>),
}

/// What can be done. `repository` is `owner/name`; `by` is the login of who does it. People come into being when they are
/// first named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Makes a repository.
    CreateRepository(NewRepository),
    /// Makes a repository over objects that lie elsewhere.
    BorrowRepository(BorrowedRepository),
    /// Opens a pull request.
    OpenPull(NewPull),
    /// Opens a pull request between branches that are there.
    OpenBranchPull(BranchPull),
    /// Commits on a branch (made if need be, from the default one) and pushes.
    Push { repository: String, branch: String, changes: Vec<FileChange>, message: String, by: String },
    /// Moves a branch to a commit that exists: a force push.
    ForcePush { repository: String, branch: String, sha: String, by: String },
    /// Closes without merging.
    Close { pull: PullName, by: String },
    /// Merges.
    Merge { pull: PullName, by: String },
    /// Opens a closed one again.
    Reopen { pull: PullName, by: String },
    /// Turns it into a draft, or makes it ready.
    SetDraft { pull: PullName, draft: bool, by: String },
    /// Gives it another base branch.
    Retarget { pull: PullName, base_ref: String, by: String },
    /// Gives it another title.
    Retitle { pull: PullName, title: String, by: String },
    /// Clicks a button of a check run.
    Click { check_run: u64, identifier: String, by: String },
    /// Clicks "Re-run" of a check run.
    Rerun { check_run: u64, by: String },
    /// Clicks "Re-run all checks" of a commit.
    RerunSuite { repository: String, sha: String, by: String },
    /// Comments in the conversation, or in a review comment's thread.
    Comment { pull: PullName, by: String, body: String, in_reply_to: Option<u64> },
    /// Comments at a line of the head, on the right side.
    CommentAt { pull: PullName, by: String, path: String, line: u64, body: String },
    /// Resolves the thread that a review comment began, or opens it again.
    Resolve { comment: u64, resolved: bool, by: String },
    /// Says what someone may do.
    SetRole { repository: String, login: String, role: Role },
    /// Protects a branch, or no longer.
    Protect { repository: String, branch: String, protected: bool },
    /// Gives a repository another name; the old one answers 301.
    Rename { repository: String, name: String, by: String },
    /// Gives a repository to another account, where the App is installed too.
    Transfer { repository: String, owner: String, by: String },
    /// Archives a repository, or opens it again.
    Archive { repository: String, archived: bool, by: String },
    /// Deletes a repository.
    DeleteRepository { repository: String, by: String },
    /// Adds a repository to the installation of its owner, or takes it out.
    Grant { repository: String, granted: bool, by: String },
    /// Suspends the installation on an account, or no longer.
    Suspend { owner: String, suspended: bool },
    /// Uninstalls the App from an account.
    Uninstall { owner: String },
    /// Says where webhooks go, and pings it.
    SetWebhookUrl { url: Option<String> },
    /// Adds a rule for webhooks to come.
    AddWebhookRule(WebhookRule),
    /// Lets held webhooks go, and forgets the rules that held them.
    ReleaseWebhooks(Order),
    /// Lets calls to come fail.
    FailCalls(CallFailure),
    /// Slows every API call down.
    SetLatency { millis: u64 },
    /// So many calls are left before the rate limit; none: no end in sight.
    SetRateLimit { remaining: Option<u64> },
    /// GitHub behaves again.
    ResetSwitches,
}

/// What came of a command; each field only where it makes sense.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Id of the thing that was made or changed.
    #[serde(default)]
    pub id: u64,
    /// Number of the pull request.
    #[serde(default)]
    pub number: u64,
    /// Commit that was made.
    #[serde(default)]
    pub sha: String,
    /// Installation of the App.
    #[serde(default)]
    pub installation: u64,
}
