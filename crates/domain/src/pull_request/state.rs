//! Where a pull request's workflow stands. Everything in it is bounded: the whole state stays under 16 KiB.

use super::{
    check::Check,
    event::Ask,
    outside::{Machine, MachineEnd, Stranded, Volume},
    reading::Snapshot,
    request::{Decision, Request},
    result::{Counts, PatchFacts},
};
use crate::{
    ids::{PullRequestRef, RequestId},
    people::{Permission, Person, Via},
    policy::Policy,
};
use engine::Timestamp;
use serde::{Deserialize, Serialize};

/// Checks that are remembered; older ones are complete and published.
pub const CHECKS_MAX: usize = 8;
/// Decisions that are remembered.
pub const DECISIONS_MAX: usize = 6;
/// Requests that ended undecided and are remembered, so that a late click gets its one reply.
pub const OVER_MAX: usize = 12;
/// Asks that wait for a permission.
pub const ASKS_MAX: usize = 8;
/// Questions to the agent that wait; each costs a machine.
pub const QUESTIONS_MAX: usize = 4;
/// Keys of replies that are remembered so that each is given once: two that are asked for within a second would both find
/// none there yet.
pub const SAID_MAX: usize = 16;
/// Machines that are not confirmed gone and were left behind.
pub const STRANDED_MAX: usize = 4;

/// State of a pull request's workflow.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    /// Which pull request.
    pub pr: PullRequestRef,
    /// From 1; a reopening after the volume went begins the next.
    pub generation: u32,
    /// What it does.
    pub phase: Phase,
    /// What the repository wants.
    pub policy: Policy,
    /// As it was last read.
    pub snapshot: Option<Snapshot>,
    /// When it was last read.
    pub read_at: Timestamp,
    /// Whether a reading is due.
    pub read: Read,
    /// Highest run number used, of all generations.
    pub run: u32,
    /// The run that is due or under way.
    pub wanted: Option<Wanted>,
    /// A machine that may exist.
    pub machine: Option<Machine>,
    /// Machines left behind unconfirmed when a person chose to start on a copy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stranded: Vec<Stranded>,
    /// A volume that may exist.
    pub volume: Option<Volume>,
    /// Copies of the volume begun, and volumes that were lost: part of its name.
    pub copies: u32,
    /// A finished run left its session on the volume.
    pub session: bool,
    /// An earlier session is lost: the next run says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub session_lost: bool,
    /// The open request.
    pub request: Option<Request>,
    /// Requests made so far, of all generations.
    pub requests: u32,
    /// Asks whose permission is being read, in recorded order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<PendingAsk>,
    /// Decisions, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// Requests that ended undecided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub over: Vec<Over>,
    /// The last result.
    pub result: Option<ResultRef>,
    /// Checks, oldest first.
    pub checks: Vec<Check>,
    /// What was last reviewed, or decided not to be.
    pub reviewed: Option<Target>,
    /// Our last push.
    pub own_push: Option<String>,
    /// Somebody permitted asked for a review of this head although a gate is closed.
    pub asked_for: Option<String>,
    /// Runs lost in a row.
    pub lost: u32,
    /// Whether GitHub lets us in.
    pub access: Access,
    /// A review that could not be published and will be tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_due: Option<u32>,
    /// No reviews until a person resumes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// Questions to the agent, oldest first; each stays until it is answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// Keys of replies that anybody can ask for and that are given once, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<String>,
}

/// Reviews are paused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Paused {
    /// Login of who paused them.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A question to the agent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Question {
    /// The ask it came with; unique.
    pub ask: String,
    /// Blob of its text.
    pub text: String,
    /// Login of who asks.
    pub by: String,
    /// Where the answer goes.
    pub via: Via,
}

/// What the workflow does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// A run is due, or the first reading.
    Queued,
    /// Volume and machine are being made for the wanted run.
    Provisioning {
        /// How far.
        step: Step,
    },
    /// The worker has claimed the wanted run.
    Running,
    /// The run is over; the approved patch is being pushed.
    Pushing {
        /// The decision.
        request: RequestId,
    },
    /// A person is asked; nothing runs.
    AwaitingDecision,
    /// Waits for news.
    Idle,
    /// Everything is being taken down.
    Closing {
        /// What becomes of the volume.
        volume: Teardown,
        /// It was opened again after the volume began to go.
        reopened: bool,
    },
    /// Over.
    Closed,
}

/// What becomes of a closing pull request's volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Teardown {
    /// Kept, until the retention is over.
    Kept,
    /// The retention is over; one more reading must say that the pull request is still closed.
    Rereading,
    /// It may go.
    Deletable,
}

/// How far provisioning is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// What was read is too old: it is read again before a machine starts.
    Read,
    /// The volume.
    Volume,
    /// The machine.
    Machine,
    /// The worker's claim.
    Claim,
}

/// Whether a reading is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Read {
    /// No.
    No,
    /// Yes.
    Due,
    /// Under way.
    Asked,
    /// Under way, and something happened since.
    AskedAndDue,
}

/// What a run reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// Head commit.
    pub head_sha: String,
    /// Base branch.
    pub base_ref: String,
}

/// The run that is due or under way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Wanted {
    /// Its number.
    pub run: u32,
    /// What it reads.
    pub target: Target,
    /// Base commit at the reading.
    pub base_sha: String,
    /// Why now, a few words.
    pub reason: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Since when.
    pub since: Timestamp,
}

/// What a run is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Purpose {
    /// A review.
    Review {
        /// Whether a patch may be proposed.
        fixes: bool,
    },
    /// A decision is carried out.
    Decision {
        /// The request.
        request: RequestId,
    },
    /// A question is answered. Such a run has no check, and changes neither findings nor review nor patch.
    Question {
        /// The ask that the question came with.
        ask: String,
    },
}

/// An ask whose permission is being read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PendingAsk {
    /// Unique.
    pub ask: String,
    /// What.
    pub what: Ask,
    /// Who.
    pub by: Person,
    /// How.
    pub via: Via,
    /// The permission, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
    /// Owns every file in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owns: Option<bool>,
}

/// A request that ended undecided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Over {
    /// The request.
    pub id: RequestId,
    /// Why, a few words.
    pub why: String,
    /// A late click was answered.
    pub replied: bool,
}

/// The last result, which lies beside.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ResultRef {
    /// Its run.
    pub run: u32,
    /// Blob of the result.
    pub digest: String,
    /// What it read.
    pub target: Target,
    /// Open findings.
    pub findings: Counts,
    /// Its patch.
    pub patch: Option<PatchFacts>,
}

/// Whether GitHub lets us in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "access", rename_all = "snake_case")]
pub enum Access {
    /// Yes.
    Open,
    /// A reading failed with 404, 403 or not at all: it is tried again, nothing is concluded from it.
    Unclear {
        /// A few words.
        why: String,
    },
    /// The installation is suspended, or the repository archived: may come back.
    Suspended {
        /// A few words.
        why: String,
    },
    /// The installation was removed or the repository deleted or withdrawn.
    Gone {
        /// A few words.
        why: String,
    },
}

impl Access {
    /// Checks and comments can be written.
    pub const fn can_write(&self) -> bool {
        matches!(self, Self::Open | Self::Unclear { .. })
    }
}

/// Every status that a pull request's workflow can have.
pub const STATUSES: [&str; 7] = ["queued", "provisioning", "running", "awaiting_decision", "idle", "closing", "closed"];

impl State {
    /// A workflow that knows only which pull request it is about.
    pub fn new(pr: PullRequestRef) -> Self {
        Self {
            pr,
            generation: 1,
            phase: Phase::Queued,
            policy: Policy::default(),
            snapshot: None,
            read_at: Timestamp::default(),
            read: Read::Due,
            run: 0,
            wanted: None,
            machine: None,
            stranded: Vec::new(),
            volume: None,
            copies: 0,
            session: false,
            session_lost: false,
            request: None,
            requests: 0,
            asks: Vec::new(),
            decisions: Vec::new(),
            over: Vec::new(),
            result: None,
            checks: Vec::new(),
            reviewed: None,
            own_push: None,
            asked_for: None,
            lost: 0,
            access: Access::Open,
            review_due: None,
            paused: None,
            questions: Vec::new(),
            said: Vec::new(),
        }
    }

    /// The run that is under way: provisioning or running.
    pub fn run_under_way(&self) -> Option<&Wanted> {
        matches!(self.phase, Phase::Provisioning { .. } | Phase::Running).then_some(self.wanted.as_ref()).flatten()
    }

    /// Nothing runs, and only news of the pull request or a person lead on.
    pub(super) const fn waits_for_news(&self) -> bool {
        matches!(self.phase, Phase::Idle | Phase::AwaitingDecision)
    }

    /// What should be read now, as of the last reading.
    pub fn target(&self) -> Option<Target> {
        self.snapshot.as_ref().map(|s| Target { head_sha: s.head_sha.clone(), base_ref: s.base_ref.clone() })
    }

    /// The decision on a request.
    pub fn decision(&self, request: &RequestId) -> Option<&Decision> {
        self.decisions.iter().rev().find(|decision| decision.request.id == *request)
    }

    /// The last result's patch was pushed: what it fixes is open no longer.
    pub fn is_patched(&self) -> bool {
        let of_result = |digest: &str| {
            self.decisions
                .iter()
                .any(|decision| decision.pushed.is_some() && decision.result.as_deref() == Some(digest))
        };
        self.result.as_ref().is_some_and(|result| of_result(&result.digest))
    }

    /// The check of a run on a commit.
    pub fn check(&self, run: u32, sha: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.run == run && check.sha == sha)
    }

    /// Name of the status, one of seven.
    pub const fn status(&self) -> &'static str {
        match self.phase {
            Phase::Queued => "queued",
            Phase::Provisioning { .. } => "provisioning",
            Phase::Running | Phase::Pushing { .. } => "running",
            Phase::AwaitingDecision => "awaiting_decision",
            Phase::Idle => "idle",
            Phase::Closing { .. } => "closing",
            Phase::Closed => "closed",
        }
    }

    /// Why a queued run does not start yet; none if only a slot is missing.
    pub fn held_back(&self) -> Option<&'static str> {
        match (&self.access, &self.machine) {
            (Access::Open, None) => None,
            (Access::Open, Some(machine)) if machine.end == MachineEnd::Unconfirmed => {
                Some("previous machine not confirmed gone")
            }
            (Access::Open, Some(_)) => Some("previous machine is being ended"),
            (Access::Unclear { .. }, _) => Some("GitHub gives no access at the moment"),
            (Access::Suspended { .. }, _) => Some("access is suspended"),
            (Access::Gone { .. }, _) => Some("access is gone"),
        }
    }

    /// What it does or waits for, in a sentence for a person.
    pub fn explain(&self) -> String {
        let mut sentence = self.standing();
        match &self.access {
            Access::Open => {}
            Access::Unclear { why } | Access::Suspended { why } | Access::Gone { why } => {
                sentence.push_str(&format!("; no access to the repository: {why}"));
            }
        }
        sentence
    }

    fn standing(&self) -> String {
        let run = self.run;
        if let (Some(paused), Phase::Idle) = (&self.paused, &self.phase) {
            return format!("paused by {}; no reviews until `resume`", paused.by);
        }
        match (&self.phase, &self.request) {
            (Phase::AwaitingDecision, Some(request)) => format!(
                "asks a person about request {} ({}), open to {}",
                request.id,
                request.kind.code(),
                self.policy.decide.words()
            ),
            (Phase::AwaitingDecision, None) => "waits for a person".to_owned(),
            (Phase::Queued, _) => match (&self.wanted, self.held_back()) {
                (Some(_), Some(why)) => format!("run {run} is held back: {why}"),
                (Some(_), None) => format!("run {run} waits for a free machine"),
                (None, _) => "waits to be read from GitHub".to_owned(),
            },
            (Phase::Provisioning { step }, _) => {
                let what = match step {
                    Step::Read => "the pull request is read once more",
                    Step::Volume => "its volume is being made",
                    Step::Machine => "its machine is being started",
                    Step::Claim => "its machine is up, its worker has not reported yet",
                };
                format!("run {run} begins: {what}")
            }
            (Phase::Running, _) => {
                let head = self.wanted.as_ref().map_or("", |wanted| crate::ids::short(&wanted.target.head_sha));
                format!("run {run} reads {head}")
            }
            (Phase::Pushing { request }, _) => {
                format!("the patch of request {request} was approved and is being pushed")
            }
            (Phase::Idle, _) => "reviewed; waits for news of the pull request".to_owned(),
            (Phase::Closing { volume: Teardown::Kept, .. }, _) => {
                "the pull request is closed; its volume is kept for a while, in case it is opened again".to_owned()
            }
            (Phase::Closing { .. }, _) => "the pull request is closed; machine and volume are being removed".to_owned(),
            (Phase::Closed, _) => "over: the pull request is closed and everything of it is gone".to_owned(),
        }
    }
}
