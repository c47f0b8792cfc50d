//! What is known when something is published, as plain data: the renderer decides words and order, nothing else.

use protocol::{AgentIdentity, Coverage, Finding, Patch, SessionState};

/// What one check run shows.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckView {
    /// Waits for a slot.
    Queued {
        /// Commit.
        head_sha: String,
        /// Why it waits, a few words: `slot 3 of 2`, `previous machine not confirmed gone`.
        waits_for: Option<String>,
    },
    /// A machine works.
    Running(RunningView),
    /// A run ended with something to show.
    Reviewed(Box<ReviewView>),
    /// Infrastructure failed.
    NotCompleted(NotCompletedView),
    /// A gate was closed.
    NotReviewed {
        /// Commit.
        head_sha: String,
        /// A few words: `draft`.
        reason: String,
        /// It may be asked for: the command to comment, with the bot's name.
        ask_with: Option<String>,
    },
    /// Another commit took its place.
    Replaced {
        /// Commit of this check.
        head_sha: String,
        /// Commit that replaced it.
        by_sha: String,
    },
    /// A request that was open on this check ended.
    Decided(Box<DecisionView>),
    /// Our own commit.
    OwnPush {
        /// The pushed commit.
        sha: String,
        /// First digits of the patch.
        patch: String,
        /// Run whose result it carries.
        run: u32,
        /// Findings still open.
        open: u32,
    },
}

/// A run that works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningView {
    /// Commit it reads.
    pub head_sha: String,
    /// Its number.
    pub run: u32,
    /// What it does now, a few words from the worker: hostile.
    pub phase: String,
    /// Files read.
    pub files_read: u32,
    /// Files to read; 0 if not known yet.
    pub files_total: u32,
    /// Findings so far.
    pub findings: u32,
    /// `a process: not isolated`.
    pub isolation: Option<String>,
}

/// A run that was not completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCompletedView {
    /// Commit.
    pub head_sha: String,
    /// A few words: `machine lost twice`.
    pub reason: String,
    /// A sentence with more; may be hostile.
    pub detail: String,
    /// Run.
    pub run: u32,
    /// What the button does, if there is one.
    pub request: Option<RequestView>,
    /// `a process: not isolated`.
    pub isolation: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Everything was read.
    Complete,
    /// A budget ended it: `$0.50`, `20 minutes`.
    Stopped {
        /// The budget.
        limit: String,
    },
    /// The agent asks.
    Asked {
        /// The question, hostile.
        question: String,
    },
}

/// What a run found, and what is asked of people.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewView {
    /// Name people address the bot by, without `@`.
    pub bot: String,
    /// Commit that was read.
    pub head_sha: String,
    /// It is still the head.
    pub current: bool,
    /// Number of the run.
    pub run: u32,
    /// How it ended.
    pub ending: Ending,
    /// All findings.
    pub findings: Vec<Finding>,
    /// Ids of findings that earlier reviews showed: not repeated inline.
    pub known: Vec<String>,
    /// How many findings of earlier reviews are gone.
    pub resolved: u32,
    /// The proposed change.
    pub patch: Option<Patch>,
    /// What is asked; none once it was answered.
    pub request: Option<RequestView>,
    /// What was read.
    pub coverage: Coverage,
    /// Who read it.
    pub agent: AgentIdentity,
    /// Cost in millionths of a dollar.
    pub cost_microusd: u64,
    /// Duration in milliseconds.
    pub duration_ms: u64,
    /// What became of the session.
    pub session: SessionState,
    /// `a process: not isolated`.
    pub isolation: Option<String>,
    /// Links that we built ourselves.
    pub links: Links,
}

/// Links that we built ourselves; nothing from a machine or a pull request goes in here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// The check.
    pub check: Option<String>,
    /// The log of the run.
    pub log: Option<String>,
    /// How to turn a rule off.
    pub rules: Option<String>,
}

/// An open request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestView {
    /// Id, `K7QF2M`.
    pub id: String,
    /// What is asked.
    pub kind: RequestKind,
    /// When it ends as "not decided", Unix milliseconds.
    pub deadline_ms: u64,
    /// Who may answer, a few words: `write access`.
    pub who_may: String,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// Push the patch?
    Fix,
    /// Review it although a gate is closed?
    RunReview,
    /// Try again?
    Retry,
    /// Carry the decision out again, whose run failed?
    RetryDecision,
    /// Try again on a copy of the volume?
    RetryOnCopy,
    /// Go on beyond the budget?
    Continue,
    /// A question of the agent.
    Ask,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionView {
    /// Commit the request was about.
    pub head_sha: String,
    /// Who decided: a login, or the name of an API identity. Hostile.
    pub by: Option<String>,
    /// When it was asked, Unix milliseconds.
    pub asked_ms: u64,
    /// When it ended, Unix milliseconds.
    pub decided_ms: u64,
    /// How it ended.
    pub outcome: DecisionOutcome,
    /// Run that carried it out, if one did.
    pub run: Option<u32>,
    /// Run that had asked.
    pub asked_by_run: u32,
    /// What became of the session in the run that carried it out.
    pub session: Option<SessionState>,
    /// Findings that the push resolved.
    pub resolved: u32,
    /// Findings still open.
    pub open: u32,
    /// A second answer came this much later, in milliseconds.
    pub late_answer_ms: Option<u64>,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionOutcome {
    /// The patch was pushed.
    Applied {
        /// First digits of the patch.
        patch: String,
        /// The commit.
        sha: String,
    },
    /// Approved, and not pushed yet.
    Approved {
        /// First digits of the patch.
        patch: String,
    },
    /// Approved, and the push was refused.
    PushRefused {
        /// First digits of the patch.
        patch: String,
        /// A sentence.
        reason: String,
    },
    /// Nothing is pushed.
    Kept,
    /// Asked again later.
    Later,
    /// A question was answered.
    Answered {
        /// The answer.
        answer: String,
    },
    /// Nobody decided in time.
    NotDecided,
    /// News came first: `new commits a1b2c3d`.
    Withdrawn {
        /// Why.
        reason: String,
    },
}

/// One command in the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// How it is written after the bot's name.
    pub usage: String,
    /// What it does.
    pub does: String,
    /// Who may use it.
    pub who: String,
}

/// What became of a command that steers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SteeredView {
    /// A run was ended.
    Cancelled {
        /// Its number.
        run: u32,
    },
    /// Questions that waited were dropped.
    QuestionsDropped,
    /// There was nothing to end.
    NothingRuns,
    /// The approved patch is on its way.
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

/// One gate, asked or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateLine {
    /// What it asks.
    pub question: String,
    /// What it answered.
    pub answer: GateAnswer,
    /// What was found.
    pub found: String,
}

/// What a gate answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateAnswer {
    /// Open.
    Passed,
    /// Open only because somebody permitted asked for this review.
    PassedByAsking,
    /// Closed: here it ended.
    Closed,
    /// Not asked, since an earlier one is closed.
    NotAsked,
}

/// An answer to somebody, in one comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyView {
    /// The commands.
    Help {
        /// Name people address the bot by.
        bot: String,
        /// Rows.
        commands: Vec<CommandLine>,
    },
    /// How one command is written.
    Usage {
        /// Name people address the bot by.
        bot: String,
        /// The command.
        command: CommandLine,
    },
    /// What became of `cancel`, `pause` or `resume`.
    Steered {
        /// Name people address the bot by.
        bot: String,
        /// Login of who asked.
        login: String,
        /// What became of it.
        what: SteeredView,
    },
    /// The gates, what is done now, and what is waited for.
    Explained {
        /// One line each, in order; empty before the first reading.
        gates: Vec<GateLine>,
        /// A sentence.
        now: String,
        /// A sentence.
        waits: String,
    },
    /// The agent's answer to a question.
    Answer {
        /// Login of who asked.
        login: String,
        /// The question, hostile.
        question: String,
        /// The answer, hostile.
        answer: String,
        /// Who answers: `rules 0.1: fixed checks, no model`.
        agent: String,
    },
    /// A question that was not answered.
    NotAnswered {
        /// Login of who asked.
        login: String,
        /// The question, hostile; empty if it is not kept any more.
        question: String,
        /// A few words.
        why: String,
    },
    /// They may not do it.
    NotPermitted {
        /// Login.
        login: String,
        /// What they may do: `read`.
        permission: String,
        /// Who may: `write access`.
        needs: String,
    },
    /// Somebody was first.
    AlreadyDecided {
        /// Request.
        request: String,
        /// The answer that counts: `yes`.
        answer: String,
        /// Who gave it.
        by: String,
        /// Unix milliseconds.
        at_ms: u64,
    },
    /// The request is not open any more.
    RequestOver {
        /// Request.
        request: String,
        /// Why, a few words: `new commits came`.
        why: String,
    },
    /// A request still waits.
    Nudge {
        /// Name people address the bot by.
        bot: String,
        /// What waits.
        request: RequestView,
        /// The check.
        check: Option<String>,
    },
    /// It will be asked again.
    WillAskAgain {
        /// Request.
        request: String,
        /// Unix milliseconds.
        at_ms: u64,
    },
    /// How a decision ended.
    Decided(Box<DecisionView>),
    /// The last generation's session is gone.
    NewGeneration,
    /// It cannot be reviewed.
    NotReviewed {
        /// A few words.
        why: String,
    },
}

/// What a check run says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckText {
    /// Title.
    pub title: String,
    /// Markdown, ≤ [`super::BODY_CHARS_MAX`] characters, safe to publish.
    pub summary: String,
    /// Places in the diff.
    pub annotations: Vec<crate::api::Annotation>,
}

/// What a review says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewText {
    /// Markdown, ≤ [`super::BODY_CHARS_MAX`] characters, safe to publish.
    pub body: String,
    /// Inline comments.
    pub comments: Vec<FindingComment>,
}

/// An inline comment, before it gets its marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingComment {
    /// Id of the finding. Hostile; never shown.
    pub finding: String,
    /// Path.
    pub path: String,
    /// Last line it is about.
    pub line: u32,
    /// First line, if more than one.
    pub start_line: Option<u32>,
    /// Markdown, safe to publish.
    pub body: String,
}
