//! What a webhook says, reduced to the facts that are used. All of it is hearsay until it was read from the API.

/// A repository as a payload names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryRef {
    /// GitHub's id.
    pub id: u64,
    /// Owner's login; empty where the payload leaves it out.
    pub owner: String,
    /// Name.
    pub name: String,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// GitHub's id.
    pub id: u64,
    /// Login; an App's ends in `[bot]`.
    pub login: String,
    /// A bot or an App.
    pub is_bot: bool,
}

/// A person or an organisation that installed the App.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// GitHub's id.
    pub id: u64,
    /// Login.
    pub login: String,
}

/// What a payload says about a pull request. A hint: the pull request is read before anything follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequestHint {
    /// Number.
    pub number: u64,
    /// Head commit.
    pub head_sha: String,
    /// Base commit.
    pub base_sha: String,
    /// A draft.
    pub draft: bool,
    /// Open.
    pub open: bool,
    /// Merged.
    pub merged: bool,
}

/// What a payload says about a check run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRunRef {
    /// GitHub's id.
    pub id: u64,
    /// `workflow:run`, if it is ours.
    pub external_id: String,
    /// Name.
    pub name: String,
    /// Commit.
    pub head_sha: String,
    /// App that made it; 0 if the payload does not say.
    pub app_id: u64,
}

/// Where a comment was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentKind {
    /// In the conversation of an issue or pull request.
    Issue,
    /// At a line of the diff.
    Review,
}

/// A webhook's facts. `installation` is none where a payload does not carry it (a repository's own webhook).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// `pull_request`, any action.
    PullRequest {
        /// `opened`, `synchronize` …
        action: String,
        /// Installation.
        installation: Option<u64>,
        /// Repository.
        repository: RepositoryRef,
        /// The pull request.
        pull_request: PullRequestHint,
        /// Who.
        sender: Sender,
    },
    /// `check_run.requested_action`: a click on a button.
    CheckRunRequestedAction {
        /// Installation.
        installation: Option<u64>,
        /// Repository.
        repository: RepositoryRef,
        /// The check run.
        check_run: CheckRunRef,
        /// The button's identifier.
        identifier: String,
        /// Who clicked.
        sender: Sender,
    },
    /// `check_run.rerequested`: "Re-run" on one check.
    CheckRunRerequested {
        /// Installation.
        installation: Option<u64>,
        /// Repository.
        repository: RepositoryRef,
        /// The check run.
        check_run: CheckRunRef,
        /// Who clicked.
        sender: Sender,
    },
    /// `check_suite.rerequested`: "Re-run all checks".
    CheckSuiteRerequested {
        /// Installation.
        installation: Option<u64>,
        /// Repository.
        repository: RepositoryRef,
        /// Commit; pull requests are found by it, since a fork's are not listed.
        head_sha: String,
        /// Numbers of pull requests, empty for a fork's.
        pull_requests: Vec<u64>,
        /// App whose suite it is; 0 if the payload does not say.
        app_id: u64,
        /// Who clicked.
        sender: Sender,
    },
    /// `issue_comment.created` or `pull_request_review_comment.created`.
    Comment {
        /// Installation.
        installation: Option<u64>,
        /// Repository.
        repository: RepositoryRef,
        /// Where.
        kind: CommentKind,
        /// The comment.
        comment_id: u64,
        /// Top comment of its thread, for a review comment that is an answer.
        in_reply_to: Option<u64>,
        /// Number of the issue or pull request.
        number: u64,
        /// It is a pull request.
        is_pull_request: bool,
        /// Text, hostile.
        body: String,
        /// Who wrote it.
        author: Sender,
    },
    /// `installation`, any action.
    Installation {
        /// `created`, `deleted`, `suspend`, `unsuspend`, `new_permissions_accepted`.
        action: String,
        /// Its id.
        id: u64,
        /// Where it was installed.
        account: Account,
        /// Repositories, where the payload lists them.
        repositories: Vec<RepositoryRef>,
    },
    /// `installation_repositories`, any action.
    InstallationRepositories {
        /// Installation.
        id: u64,
        /// Repositories it may see now.
        added: Vec<RepositoryRef>,
        /// Repositories it may not see any more.
        removed: Vec<RepositoryRef>,
    },
    /// `repository`, any action: `renamed`, `transferred`, `archived`, `unarchived`, `deleted`, `privatized` …
    RepositoryChanged {
        /// Action.
        action: String,
        /// Installation.
        installation: Option<u64>,
        /// The repository under its present name.
        repository: RepositoryRef,
    },
    /// `ping`.
    Ping,
    /// Anything else: acknowledged and counted.
    Other {
        /// Event.
        event: String,
        /// Action, if it has one.
        action: Option<String>,
    },
}
