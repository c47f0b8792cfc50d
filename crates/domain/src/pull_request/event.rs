//! Facts about a pull request, in the past tense.

use super::request::Choice;
use crate::{
    gates::Listed,
    ids::{PullRequestRef, RequestId},
    people::{Permission, Person, Via},
    policy::{Policy, Severity},
};
use serde::{Deserialize, Serialize};

/// A fact about one pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "e", rename_all = "snake_case")]
pub enum Event {
    /// Something may have changed: a webhook, a start-up, a person. The truth comes from a reading.
    Hinted {
        /// Where it is.
        pr: PullRequestRef,
        /// What was said.
        hint: Hint,
    },
    /// The pull request was read.
    PullRequestRead {
        /// What was found.
        reading: Box<Reading>,
    },
    /// A slot for a machine was granted.
    SlotGranted,
    /// The volume is there.
    VolumeCreated {
        /// For this run.
        run: u32,
        /// Number of the copy, part of its name.
        copy: u32,
        /// The backend's id.
        volume: String,
    },
    /// The machine was started.
    MachineStarted {
        /// Its run.
        run: u32,
        /// The backend's id.
        machine: String,
    },
    /// The worker claimed its run.
    RunClaimed {
        /// The run.
        run: u32,
    },
    /// The worker was heard for the first time after its claim.
    RunHeard {
        /// The run.
        run: u32,
    },
    /// The run got on; recorded coarsely.
    RunProgressed {
        /// The run.
        run: u32,
        /// Findings so far.
        findings: u32,
        /// Files read.
        files_read: u32,
        /// Files to read.
        files_total: u32,
    },
    /// The worker handed in its result, which lies beside by digest.
    RunFinished {
        /// The run.
        run: u32,
        /// What follows from it.
        result: Box<ResultFacts>,
    },
    /// A machine is confirmed gone.
    MachineGone {
        /// Its run.
        run: u32,
    },
    /// A check run shows this revision.
    CheckPublished {
        /// Run of the check.
        run: u32,
        /// Commit of the check.
        sha: String,
        /// GitHub's id.
        check_run: u64,
        /// Revision that was published.
        revision: u32,
    },
    /// The review of a run is submitted.
    ReviewPublished {
        /// The run.
        run: u32,
        /// GitHub's id.
        review: u64,
        /// Inline comments.
        comments: u32,
    },
    /// A comment of ours is there.
    Replied {
        /// Its key.
        key: String,
    },
    /// Somebody asks something of us.
    Asked {
        /// Unique: the delivery or comment it came with.
        ask: String,
        /// What.
        what: Ask,
        /// Who.
        by: Person,
        /// How.
        via: Via,
    },
    /// What somebody may do was read.
    PermissionRead {
        /// The ask it was read for.
        ask: String,
        /// What they may do.
        permission: Permission,
        /// They own every file in question (CODEOWNERS); none if it was not asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owns: Option<bool>,
    },
    /// The approved patch is on the branch.
    PatchPushed {
        /// The request.
        request: RequestId,
        /// The commit.
        sha: String,
    },
    /// The push was refused; nothing was written.
    PushRefused {
        /// The request.
        request: RequestId,
        /// A sentence.
        reason: String,
    },
    /// The volume is gone.
    VolumeDeleted {
        /// Number of the copy, part of its name.
        copy: u32,
    },
    /// Access to the repository changed.
    AccessChanged {
        /// How.
        change: AccessChange,
    },
    /// A timer was due.
    TimerFired {
        /// Which.
        timer: Timer,
    },
    /// An action failed for good.
    ActionFailed {
        /// Which.
        failed: Failed,
        /// A sentence.
        message: String,
        /// It may have happened, or may still land.
        ambiguous: bool,
    },
}

/// What was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// Opened.
    Opened,
    /// Commits were pushed.
    Synchronized,
    /// Reopened.
    Reopened,
    /// No draft any more.
    ReadyForReview,
    /// A draft now.
    ConvertedToDraft,
    /// Closed or merged.
    Closed,
    /// Title, text or base changed.
    Edited,
    /// The supervisor started.
    Started,
}

/// What a reading found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// What somebody asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Answer a request.
    Answer {
        /// The request.
        request: RequestId,
        /// The answer.
        choice: Choice,
    },
    /// Review the current head.
    Review,
    /// The list of commands.
    Help,
    /// Stop what runs.
    Cancel,
    /// Run again.
    Retry,
}

/// What follows from a result, without what lies beside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultFacts {
    /// Blob of the whole result.
    pub digest: String,
    /// How the run ended.
    pub outcome: RunOutcome,
    /// Head that was read.
    pub head_sha: String,
    /// Findings that are open.
    pub findings: Counts,
    /// Of these, not published before.
    pub new: u32,
    /// Published before and gone now.
    pub resolved: u32,
    /// Files read.
    pub files_read: u32,
    /// Files to read.
    pub files_total: u32,
    /// A patch that the push guard would take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<PatchFacts>,
}

/// Findings by severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Harm.
    pub high: u32,
    /// Defects.
    pub medium: u32,
    /// Worth a look.
    pub low: u32,
}

impl Counts {
    /// All.
    pub const fn all(self) -> u32 {
        self.high + self.medium + self.low
    }

    /// The worst there is.
    pub const fn worst(self) -> Option<Severity> {
        match (self.high, self.medium, self.low) {
            (0, 0, 0) => None,
            (0, 0, _) => Some(Severity::Low),
            (0, _, _) => Some(Severity::Medium),
            _ => Some(Severity::High),
        }
    }
}

/// A patch, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatchFacts {
    /// SHA-256 of the diff.
    pub digest: String,
    /// Findings it fixes.
    pub fixes: u32,
    /// Files it changes.
    pub files: u32,
}

impl PatchFacts {
    /// The first six digits, for people.
    pub fn short(&self) -> &str {
        self.digest.get(..6).unwrap_or(&self.digest)
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RunOutcome {
    /// Everything was read.
    Reviewed,
    /// The session confirms the approved patch.
    ApplyApproved {
        /// Digest of the patch.
        digest: String,
    },
    /// A decision was noted.
    DecisionNoted,
    /// The agent asks.
    Asked,
    /// A budget ended it.
    BudgetReached {
        /// The budget, in words.
        limit: String,
    },
    /// It could not do its work.
    Failed {
        /// A sentence.
        message: String,
    },
}

/// How access changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum AccessChange {
    /// The installation was removed.
    InstallationRemoved,
    /// The installation was suspended.
    InstallationSuspended,
    /// The installation may be used again.
    InstallationRestored,
    /// The repository was taken from the installation.
    RepositoryWithdrawn,
    /// The repository was deleted.
    RepositoryDeleted,
    /// The repository was archived.
    RepositoryArchived,
    /// The repository may be written again.
    RepositoryUnarchived,
    /// The repository has a new owner or name.
    RepositoryMoved {
        /// Installation that grants access now, if it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        installation: Option<u64>,
        /// Owner's login.
        owner: String,
        /// Name.
        name: String,
    },
}

/// Timers of a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// The worker did not claim its run.
    Claim,
    /// The worker was not heard after its claim.
    FirstHeartbeat,
    /// The worker fell silent.
    Silence,
    /// The run took too long.
    Total,
    /// A machine is still not confirmed gone.
    Confirm,
    /// Try again to end a machine that was not confirmed gone.
    DestroyAgain,
    /// Remind of an open request.
    Nudge,
    /// Somebody asked to be asked again.
    AskAgain,
    /// An open request ends.
    DecisionDeadline,
    /// A closed pull request's volume goes.
    Retention,
    /// Read again.
    Refresh,
    /// Publish again what could not be published.
    Republish,
}

impl Timer {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Claim,
        Self::FirstHeartbeat,
        Self::Silence,
        Self::Total,
        Self::Confirm,
        Self::DestroyAgain,
        Self::Nudge,
        Self::AskAgain,
        Self::DecisionDeadline,
        Self::Retention,
        Self::Refresh,
        Self::Republish,
    ];

    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::FirstHeartbeat => "first_heartbeat",
            Self::Silence => "silence",
            Self::Total => "total",
            Self::Confirm => "confirm",
            Self::DestroyAgain => "destroy_again",
            Self::Nudge => "nudge",
            Self::AskAgain => "ask_again",
            Self::DecisionDeadline => "decision_deadline",
            Self::Retention => "retention",
            Self::Refresh => "refresh",
            Self::Republish => "republish",
        }
    }

    /// By its stable name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|timer| timer.name() == name)
    }
}

/// Which action failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Failed {
    /// Reading the pull request.
    ReadPullRequest,
    /// Reading a permission.
    ReadPermission {
        /// For this ask.
        ask: String,
    },
    /// Creating the volume.
    CreateVolume {
        /// For this run.
        run: u32,
    },
    /// Starting the machine.
    StartMachine {
        /// The run.
        run: u32,
    },
    /// Ending the machine, or confirming that it ended.
    DestroyMachine {
        /// The run.
        run: u32,
    },
    /// Deleting the volume.
    DeleteVolume,
    /// Publishing a check.
    PublishCheck {
        /// Run of the check.
        run: u32,
        /// Commit of the check.
        sha: String,
    },
    /// Publishing a review.
    PublishReview {
        /// The run.
        run: u32,
    },
    /// A comment.
    Reply,
    /// Pushing the patch.
    PushPatch {
        /// The request.
        request: RequestId,
    },
}
