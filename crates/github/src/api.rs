//! What the supervisor asks of GitHub, in verbs. The App client does it over HTTP; the simulation has its own.

use crate::error::Error;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// A repository as an installation sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Repository {
    /// Installation that grants access.
    pub installation: u64,
    /// GitHub's id; stays when the repository is renamed.
    pub id: u64,
    /// Owner's login.
    pub owner: String,
    /// Name.
    pub name: String,
}

/// A pull request as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// Repository id that answered.
    pub repository_id: u64,
    /// Number.
    pub number: u64,
    /// Title, hostile.
    pub title: String,
    /// Author's login.
    pub author: String,
    /// The author is a bot.
    pub author_is_bot: bool,
    /// Head commit.
    pub head_sha: String,
    /// Head branch.
    pub head_ref: String,
    /// Id of the repository of the head; none if it was deleted.
    pub head_repository_id: Option<u64>,
    /// Base commit.
    pub base_sha: String,
    /// Base branch.
    pub base_ref: String,
    /// The base branch is protected or the default one; none if not known.
    pub draft: bool,
    /// Open.
    pub open: bool,
    /// Merged.
    pub merged: bool,
    /// Default branch of the repository.
    pub default_branch: String,
    /// The repository is archived.
    pub archived: bool,
    /// Names of labels.
    pub labels: Vec<String>,
}

/// Permission of a person on a repository, as GitHub's `role_name`/`permission` pair says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// None.
    None,
    /// Read.
    Read,
    /// Triage.
    Triage,
    /// Write.
    Write,
    /// Maintain.
    Maintain,
    /// Admin.
    Admin,
}

/// A check run to bring about. `id` none: look up by (name, sha, external id) among ours, else create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRun {
    /// Known id.
    pub id: Option<u64>,
    /// Name, `longshore`.
    pub name: String,
    /// Commit.
    pub head_sha: String,
    /// `workflow:run`.
    pub external_id: String,
    /// Page with more.
    pub details_url: Option<String>,
    /// Status and conclusion.
    pub state: CheckState,
    /// Title, ≤ 255 bytes.
    pub title: String,
    /// Markdown, ≤ 65,535 characters; already encoded.
    pub summary: String,
    /// Places in the diff; sent in pages of 50, and only once per check run.
    pub annotations: Vec<Annotation>,
    /// Buttons, at most 3.
    pub actions: Vec<CheckAction>,
}

/// Status and conclusion of a check run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Not started.
    Queued,
    /// Runs.
    InProgress,
    /// Ended.
    Completed(Conclusion),
}

/// Conclusion of a check run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Nothing found.
    Success,
    /// Findings, or not completed.
    Neutral,
    /// Findings, and the repository asked for it.
    Failure,
    /// A person must decide.
    ActionRequired,
    /// Not reviewed.
    Skipped,
    /// Replaced.
    Cancelled,
}

/// A button: label ≤ 20, description ≤ 40, identifier ≤ 20 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAction {
    /// On the button.
    pub label: String,
    /// Beside it.
    pub description: String,
    /// Comes back in the webhook.
    pub identifier: String,
}

/// A place in the diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// Path.
    pub path: String,
    /// First line.
    pub start_line: u32,
    /// Last line.
    pub end_line: u32,
    /// `notice`, `warning`, `failure`.
    pub level: String,
    /// Title.
    pub title: String,
    /// Text, not Markdown.
    pub message: String,
}

/// A review to bring about: at most one submitted per marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Commit it is about.
    pub head_sha: String,
    /// Markdown, encoded. The client appends the marker.
    pub body: String,
    /// Authenticated marker; found again in `body`.
    pub marker: String,
    /// Inline comments.
    pub comments: Vec<InlineComment>,
}

/// An inline comment of a review, on the right side of the diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlineComment {
    /// Path.
    pub path: String,
    /// Last line it is about.
    pub line: u32,
    /// First line, if more than one.
    pub start_line: Option<u32>,
    /// Markdown, encoded.
    pub body: String,
    /// Authenticated marker of the finding it is about, by which its thread is found again; empty: none.
    pub marker: String,
}

/// A thread under one of our inline comments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewThread {
    /// GitHub's node id.
    pub id: String,
    /// Somebody resolved it.
    pub resolved: bool,
    /// We may resolve it.
    pub can_resolve: bool,
    /// Our comment that began it, marker included.
    pub body: String,
}

/// What a published review is known by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedReview {
    /// GitHub's id.
    pub id: u64,
    /// Inline comments that were taken; lines outside the diff go into the body instead.
    pub comments: u32,
}

/// A comment to bring about on the pull request: at most one per marker; the body is brought up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Markdown, encoded.
    pub body: String,
    /// Authenticated marker.
    pub marker: String,
    /// Review comment to answer in its thread; none for the conversation.
    pub in_reply_to: Option<u64>,
}

/// A comment on a pull request, by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentId {
    /// In the conversation.
    Conversation(u64),
    /// In the thread of a review.
    Review(u64),
}

/// A reaction to a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// 👀: it was taken in.
    Eyes,
}

impl Reaction {
    /// GitHub's name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eyes => "eyes",
        }
    }
}

/// A push of an approved patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Pull request.
    pub number: u64,
    /// Branch of the head, in the same repository.
    pub branch: String,
    /// Expected parent.
    pub head_sha: String,
    /// The approved diff, byte for byte.
    pub diff: String,
    /// Subject of the commit.
    pub subject: String,
    /// Body; the trailer `Longshore-Decision: <id>` is appended by the client.
    pub body: String,
    /// Decision id of the trailer.
    pub decision: String,
    /// Paths the decision named; anything else in the diff is refused.
    pub paths: Vec<String>,
}

/// How a push ended, when it did not fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pushed {
    /// Commit made, or found again by its trailer.
    Done {
        /// The commit.
        sha: String,
    },
    /// Refused by the guard or because the head moved; nothing was written.
    Refused {
        /// A sentence.
        reason: String,
    },
}

/// What an installation token is for. One repository, one purpose, kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// `contents: read`, `pull_requests: read`, `metadata: read`.
    Read,
    /// `checks: write`, `pull_requests: write`, `issues: write`.
    Publish,
    /// `contents: write`.
    Push,
    /// `contents: write`, `pull_requests: write`: GitHub lets an App resolve a thread only with both.
    Resolve,
    /// `metadata: read`, the one that is for all repositories of an installation: it sees their names, nothing in them.
    List,
}

/// A read of something that may be gone or closed to us; neither alone means that a pull request was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<T> {
    /// It is there.
    Found(T),
    /// 404: deleted, renamed away, or not ours to see.
    NotFound,
    /// 403 or a suspended installation.
    Forbidden,
    /// The repository answers under another name or owner now.
    Moved {
        /// Owner's login.
        owner: String,
        /// Name.
        name: String,
    },
}

/// A check run of ours that is not completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCheckRun {
    /// GitHub's id.
    pub id: u64,
    /// What we called it when it was made: `workflow:run`.
    pub external_id: String,
}

/// GitHub, as an App sees it.
#[async_trait]
pub trait GitHub: Send + Sync {
    /// The pull request, with its repository.
    async fn pull_request(&self, repository: &Repository, number: u64) -> Result<Reading<PullRequest>, Error>;

    /// A file of a commit; `None` if there is none. At most 64 KiB.
    async fn file(&self, repository: &Repository, path: &str, reference: &str) -> Result<Option<Vec<u8>>, Error>;

    /// Commit of a branch.
    async fn branch_sha(&self, repository: &Repository, branch: &str) -> Result<Option<String>, Error>;

    /// What `login` may do.
    async fn permission(&self, repository: &Repository, login: &str) -> Result<Permission, Error>;

    /// Brings a check run about; its id.
    async fn put_check_run(&self, repository: &Repository, check: &CheckRun) -> Result<u64, Error>;

    /// Check runs of ours of this name on a commit that are not completed.
    async fn open_check_runs(&self, repository: &Repository, name: &str, sha: &str)
    -> Result<Vec<OpenCheckRun>, Error>;

    /// Brings a review about: looks for ours with the marker, else creates it pending, then submits it.
    async fn put_review(&self, repository: &Repository, number: u64, review: &Review)
    -> Result<PublishedReview, Error>;

    /// Brings a comment about; its id.
    async fn put_comment(&self, repository: &Repository, number: u64, comment: &Comment) -> Result<u64, Error>;

    /// Brings a comment about that was true when it was written: one that is there already is left as it is. Its id.
    async fn put_comment_once(&self, repository: &Repository, number: u64, comment: &Comment) -> Result<u64, Error>;

    /// Threads that inline comments of ours began, newest first; at most
    /// [`THREADS_READ_MAX`](crate::THREADS_READ_MAX) threads are looked through.
    async fn review_threads(&self, repository: &Repository, number: u64) -> Result<Vec<ReviewThread>, Error>;

    /// Resolves a thread; one that is resolved already stays so. False if there is none of that id any more.
    async fn resolve_thread(&self, repository: &Repository, thread: &str) -> Result<bool, Error>;

    /// Shows a reaction of ours on a comment; again is the same as once. Goes ahead of what is published.
    async fn react(&self, repository: &Repository, comment: CommentId, reaction: Reaction) -> Result<(), Error>;

    /// Pushes an approved patch as one commit.
    async fn push(&self, repository: &Repository, push: &Push) -> Result<Pushed, Error>;

    /// Where git finds the repository, and the header that opens it: for the git gateway only.
    async fn git_upstream(&self, repository: &Repository) -> Result<GitUpstream, Error>;
}

/// Where the git gateway goes.
#[derive(Clone)]
pub struct GitUpstream {
    /// `https://host/owner/name.git`.
    pub url: String,
    /// Value of the `Authorization` header.
    pub authorization: String,
}

impl std::fmt::Debug for GitUpstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitUpstream").field("url", &self.url).finish_non_exhaustive()
    }
}
