//! Intents of a pull request's workflow, in the imperative.

use super::event::{Event, Failed};
use crate::{ids::RequestId, people::Via};
use engine::{ActionFailure, ActionOptions, Turn};
use serde::{Deserialize, Serialize};

/// What is done to volumes and machines does not queue behind what is said on GitHub. Among themselves they keep their
/// order: a volume is deleted before the next one is made.
const HANDS: Turn = Turn::Lane("hands");

/// An intent to change or to ask the outside world.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "a", rename_all = "snake_case")]
pub enum Action {
    /// Read the pull request, its repository's file, and what the author may do.
    ReadPullRequest,
    /// Read what somebody may do.
    ReadPermission {
        /// For this ask.
        ask: String,
        /// Login.
        login: String,
    },
    /// Create the volume, or find it again.
    CreateVolume {
        /// For this run.
        run: u32,
        /// Number of the copy, part of its name.
        copy: u32,
    },
    /// Start the machine of a run, with the volume.
    StartMachine {
        /// The run.
        run: u32,
    },
    /// End the machine of a run and confirm that it is gone.
    DestroyMachine {
        /// The run.
        run: u32,
        /// The backend's id, if it was learned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        machine: Option<String>,
    },
    /// Delete the volume.
    DeleteVolume {
        /// The backend's id; none if it was never learned: it is looked up by its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        volume: Option<String>,
        /// Number of the copy, part of its name.
        copy: u32,
    },
    /// Bring a check run to what the state wants.
    PublishCheck {
        /// Run of the check.
        run: u32,
        /// Commit of the check.
        sha: String,
    },
    /// Bring the review of a run about.
    PublishReview {
        /// The run.
        run: u32,
    },
    /// Show on a comment that it was taken in.
    React {
        /// The ask it came with.
        ask: String,
        /// The comment.
        to: Via,
    },
    /// Bring a comment about.
    Reply {
        /// Unique in the workflow; the same key is the same comment.
        key: String,
        /// Where.
        to: Via,
        /// What it says.
        text: ReplyText,
    },
    /// Push the approved patch.
    PushPatch {
        /// The request.
        request: RequestId,
    },
    /// Resolve the review threads of findings that are gone.
    ResolveThreads {
        /// Which are.
        gone: Gone,
    },
}

/// Which findings are gone: an action names what they went with, so that each goes once and a thread that a person
/// opened again is left to them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "with", rename_all = "snake_case")]
pub enum Gone {
    /// A run read everything and did not find them any more.
    Run {
        /// The run.
        run: u32,
        /// Blob of its result.
        result: String,
    },
    /// The approved patch fixes them.
    Patch {
        /// The request.
        request: RequestId,
    },
}

/// What a comment says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "snake_case")]
pub enum ReplyText {
    /// The list of commands.
    Help,
    /// How one command is written.
    Usage {
        /// Its name in the table.
        command: String,
    },
    /// What became of `cancel`, `pause` or `resume`.
    Steered {
        /// Login of who asked.
        login: String,
        /// What became of it.
        what: Steered,
    },
    /// The gates, what it does now, and what it waits for, as it stands when this is published.
    Explained,
    /// The agent's answer to a question.
    Answer {
        /// Login of who asked.
        login: String,
        /// Blob of the question.
        question: String,
        /// Blob of the result that holds the answer.
        result: String,
    },
    /// A question that the agent did not answer.
    NotAnswered {
        /// Login of who asked.
        login: String,
        /// Blob of the question.
        question: String,
        /// A few words.
        why: String,
    },
    /// They may not decide.
    NotPermitted {
        /// Login.
        login: String,
        /// What they may do.
        permission: String,
        /// Who may.
        needs: String,
    },
    /// Somebody was first.
    AlreadyDecided {
        /// The request.
        request: RequestId,
        /// Login of who asked now.
        login: String,
        /// The answer that counts.
        answer: String,
        /// Login of who gave it.
        by: String,
        /// Unix milliseconds.
        at_ms: u64,
    },
    /// The request is not open any more.
    RequestOver {
        /// The request.
        request: RequestId,
        /// Why.
        why: String,
    },
    /// An open request is waiting.
    Nudge {
        /// The request.
        request: RequestId,
    },
    /// It will be asked again.
    WillAskAgain {
        /// The request.
        request: RequestId,
        /// Unix milliseconds.
        at_ms: u64,
    },
    /// How a decision ended.
    Decided {
        /// The request.
        request: RequestId,
    },
    /// The last generation's session is gone.
    NewGeneration,
    /// It cannot be reviewed, and why.
    NotReviewed {
        /// A few words.
        why: String,
    },
}

/// What became of a command that steers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Steered {
    /// A run was ended.
    Cancelled {
        /// Its number.
        run: u32,
    },
    /// Questions that waited were dropped; no run was queued or under way.
    QuestionsDropped,
    /// There was nothing to end.
    NothingRuns,
    /// The approved patch is on its way and cannot be called back.
    PushUnderWay,
    /// No reviews from now on.
    Paused {
        /// A run is under way and is let end.
        run_goes_on: bool,
    },
    /// It was paused before.
    AlreadyPaused {
        /// By whom.
        by: String,
    },
    /// Reviews again.
    Resumed,
    /// It was not paused.
    NotPaused,
    /// The pull request is closed.
    Closed,
}

impl Action {
    /// Stable names, in the order of the enum.
    pub const NAMES: [&'static str; 12] = [
        "read_pull_request",
        "read_permission",
        "create_volume",
        "start_machine",
        "destroy_machine",
        "delete_volume",
        "publish_check",
        "publish_review",
        "react",
        "reply",
        "push_patch",
        "resolve_threads",
    ];

    /// Stable name.
    pub const fn name(&self) -> &'static str {
        let place = match self {
            Self::ReadPullRequest => 0,
            Self::ReadPermission { .. } => 1,
            Self::CreateVolume { .. } => 2,
            Self::StartMachine { .. } => 3,
            Self::DestroyMachine { .. } => 4,
            Self::DeleteVolume { .. } => 5,
            Self::PublishCheck { .. } => 6,
            Self::PublishReview { .. } => 7,
            Self::React { .. } => 8,
            Self::Reply { .. } => 9,
            Self::PushPatch { .. } => 10,
            Self::ResolveThreads { .. } => 11,
        };
        Self::NAMES[place]
    }

    /// How the engine treats it.
    pub const fn options(&self) -> ActionOptions {
        let usual = ActionOptions {
            turn: Turn::InOrder,
            attempts_max: 8,
            timeout_ms: 30_000,
            backoff_ms: 500,
            backoff_max_ms: 60_000,
            repeatable: false,
        };
        match self {
            // What bounds a person's wait or frees a machine must not queue behind publishing.
            Self::DestroyMachine { .. } => {
                ActionOptions { turn: Turn::Independent, timeout_ms: 60_000, repeatable: true, ..usual }
            }
            // A sign that somebody was heard is worth something for seconds: a second attempt, no more, and no waiting.
            Self::React { .. } => ActionOptions {
                turn: Turn::Independent,
                attempts_max: 2,
                timeout_ms: 5_000,
                backoff_ms: 250,
                backoff_max_ms: 1_000,
                repeatable: true,
            },
            Self::ReadPermission { .. } => ActionOptions { turn: Turn::Independent, repeatable: true, ..usual },
            Self::Reply { .. } => ActionOptions { turn: Turn::Independent, ..usual },
            Self::CreateVolume { .. } | Self::StartMachine { .. } => {
                ActionOptions { turn: HANDS, attempts_max: 4, timeout_ms: 120_000, ..usual }
            }
            Self::DeleteVolume { .. } => ActionOptions { turn: HANDS, ..usual },
            Self::PublishReview { .. } | Self::PushPatch { .. } => ActionOptions { timeout_ms: 90_000, ..usual },
            // Tidying up: nothing waits for it, and it waits for nothing. At most so many threads at GitHub's pace.
            Self::ResolveThreads { .. } => {
                ActionOptions { turn: Turn::Independent, timeout_ms: 120_000, repeatable: true, ..usual }
            }
            Self::ReadPullRequest => ActionOptions { repeatable: true, ..usual },
            Self::PublishCheck { .. } => usual,
        }
    }

    /// The event of its failure.
    pub fn failed(&self, failure: &ActionFailure) -> Event {
        let failed = match self {
            Self::ReadPullRequest => Failed::ReadPullRequest,
            Self::ReadPermission { ask, .. } => Failed::ReadPermission { ask: ask.clone() },
            Self::CreateVolume { run, .. } => Failed::CreateVolume { run: *run },
            Self::StartMachine { run } => Failed::StartMachine { run: *run },
            Self::DestroyMachine { run, .. } => Failed::DestroyMachine { run: *run },
            Self::DeleteVolume { .. } => Failed::DeleteVolume,
            Self::PublishCheck { run, sha } => Failed::PublishCheck { run: *run, sha: sha.clone() },
            Self::PublishReview { run } => Failed::PublishReview { run: *run },
            Self::React { ask, .. } => Failed::React { ask: ask.clone() },
            Self::Reply { .. } => Failed::Reply,
            Self::PushPatch { request } => Failed::PushPatch { request: request.clone() },
            Self::ResolveThreads { .. } => Failed::ResolveThreads,
        };
        Event::ActionFailed { failed, message: crate::cut(&failure.message, 500), ambiguous: failure.ambiguous }
    }
}
