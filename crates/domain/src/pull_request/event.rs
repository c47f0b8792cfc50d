//! Facts about a pull request, in the past tense.

use super::{action::Gone, reading::Reading, request::Choice, result::ResultFacts, timer::Timer};
use crate::{
    command::Verb,
    ids::{PullRequestRef, RequestId},
    people::{Permission, Person, Via},
};
use serde::{Deserialize, Serialize};

/// A fact about one pull request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// Runs up to this number are found outside that this workflow does not know: its database was put back from a
    /// backup. Their numbers are used up.
    RunsFound {
        /// The highest.
        run: u32,
    },
    /// The volume is there.
    VolumeCreated {
        /// For this run.
        run: u32,
        /// Number of the copy, part of its name.
        copy: u32,
        /// The backend's id.
        volume: String,
    },
    /// The volume is gone with its host, or given up because no machine can be started where it lies; none was started.
    VolumeLost {
        /// The run that needed it.
        run: u32,
    },
    /// An operator put another session in the place of this one: it lies beside, as the latest checkpoint.
    SessionImported {
        /// Blob of the checkpoint, sealed.
        checkpoint: String,
        /// Under which name.
        by: String,
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
        /// A call that made it before had no answer: it may land yet, and there would be two.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unsure: bool,
    },
    /// GitHub shows this check run of ours as open; found by asking, while nothing was being published.
    CheckFoundOpen {
        /// Run on its label.
        run: u32,
        /// Commit of the check.
        sha: String,
        /// GitHub's id.
        check_run: u64,
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
    /// Somebody sees that their comment was taken in.
    Reacted {
        /// The ask it came with.
        ask: String,
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
    /// Review threads of findings that are gone were resolved.
    ThreadsResolved {
        /// Which findings.
        gone: Gone,
        /// Threads.
        threads: u32,
        /// Threads that are left for another round.
        left: u32,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// What somebody asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// A command was written without what it needs.
    Usage {
        /// Which: its name in the table.
        command: String,
    },
    /// Stop what is queued or runs.
    Cancel,
    /// Run again.
    Retry,
    /// No reviews until they are resumed.
    Pause,
    /// Reviews again.
    Resume,
    /// Why it was reviewed, skipped, or not yet.
    Explain,
    /// A question to the agent.
    Question {
        /// Blob of its text.
        text: String,
    },
}

impl Ask {
    /// The command whose row says who may ask this.
    pub const fn verb(&self) -> Verb {
        match self {
            Self::Answer { choice: Choice::No, .. } => Verb::Reject,
            Self::Answer { .. } => Verb::Approve,
            Self::Review | Self::Retry => Verb::Review,
            Self::Help | Self::Usage { .. } => Verb::Help,
            Self::Cancel => Verb::Cancel,
            Self::Pause => Verb::Pause,
            Self::Resume => Verb::Resume,
            Self::Explain => Verb::Explain,
            Self::Question { .. } => Verb::Question,
        }
    }
}

/// How access changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// Which action failed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// A reaction.
    React {
        /// The ask it was for.
        ask: String,
    },
    /// A comment.
    Reply,
    /// Pushing the patch.
    PushPatch {
        /// The request.
        request: RequestId,
    },
    /// Resolving review threads.
    ResolveThreads,
}
