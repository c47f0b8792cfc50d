//! What a try came to, as data; [`super::words`] makes the text of it.

use super::{
    choose::{Change, Hint},
    repository::Tip,
};
use domain::pull_request::{Check, Face, Kind, State};
use protocol::{AgentIdentity, Coverage, Finding, Outcome, RunResult};
use serde::Serialize;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing was found.
    Clean,
    /// Something was found that no patch mends.
    Findings,
    /// A patch waits for an answer.
    NeedsDecision,
    /// The agent asks a question.
    Asked,
    /// A budget ended the review.
    Stopped,
    /// The repository does not want it.
    NotReviewed,
    /// It could not be done.
    NotCompleted,
    /// The patch was approved and written as a branch.
    Applied,
    /// The patch was rejected.
    Kept,
}

/// One side of the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// What people call it.
    pub name: String,
    /// The commit.
    pub sha: String,
}

impl From<&Tip> for Side {
    fn from(tip: &Tip) -> Self {
        Self { name: tip.name.clone(), sha: tip.sha.clone() }
    }
}

/// What was reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Path or address, as the person said it.
    pub target: String,
    /// What is proposed.
    pub head: Side,
    /// What it is compared with.
    pub base: Side,
    /// Where the two part.
    pub merge_base: String,
    /// Commits since then.
    pub commits: u64,
    /// Files that they change.
    pub files: usize,
    /// It is what was not committed.
    pub worktree: bool,
}

impl Subject {
    /// Of a change.
    pub fn new(target: &str, change: &Change) -> Self {
        Self {
            target: target.to_owned(),
            head: (&change.head).into(),
            base: (&change.base).into(),
            merge_base: change.merge_base.clone(),
            commits: change.commits,
            files: change.files,
            worktree: change.worktree,
        }
    }
}

/// A patch, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposed {
    /// Its digest; an approval is bound to it.
    pub digest: String,
    /// Findings that it mends.
    pub fixes: u32,
    /// The text.
    pub diff: String,
}

/// What a person is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Its id.
    pub id: String,
    /// `fix`, `ask`.
    pub kind: String,
    /// The agent's question.
    pub question: Option<String>,
    /// After this it is not decided.
    pub deadline_ms: u64,
}

/// What was written into the user's repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// The new branch.
    pub branch: String,
    /// Its commit.
    pub sha: String,
}

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Review {
    /// How it ended.
    pub status: Status,
    /// Why, where the status does not say it.
    pub reason: Option<String>,
    /// What was reviewed.
    pub subject: Subject,
    /// What was found, worst first.
    pub findings: Vec<Finding>,
    /// The patch.
    pub patch: Option<Proposed>,
    /// What a person is asked.
    pub request: Option<Asked>,
    /// What was written.
    pub written: Option<Written>,
    /// What was read and what was not.
    pub coverage: Coverage,
    /// Who read it.
    pub agent: Option<AgentIdentity>,
    /// What it cost, in millionths of a dollar.
    pub cost_microusd: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What keeps a machine in: nothing, with processes.
    pub isolation: &'static str,
    /// What can be done next.
    pub next: Vec<Hint>,
}

impl Review {
    /// Of a workflow that has come to rest, for a head.
    pub fn of(
        subject: Subject,
        state: &State,
        check: Option<&Check>,
        result: Option<RunResult>,
        notes: &[String],
    ) -> Self {
        let face = check.map(|check| &check.face);
        let (mut status, mut reason) = match face {
            Some(Face::Gated { gate, .. }) => (Status::NotReviewed, Some(gate.words().to_owned())),
            Some(Face::NotCompleted { why, .. } | Face::Cancelled { why }) => (Status::NotCompleted, Some(why.clone())),
            Some(Face::Stopped { limit, .. }) => (Status::Stopped, Some(limit.clone())),
            Some(Face::NeedsDecision { .. }) => (Status::NeedsDecision, None),
            _ => (Status::Findings, None),
        };
        let request = state.request.as_ref().filter(|request| matches!(request.kind, Kind::Fix { .. } | Kind::Ask));
        let mut question = None;
        let mut review = Self {
            status,
            reason: None,
            subject,
            findings: Vec::new(),
            patch: None,
            request: None,
            written: None,
            coverage: Coverage::default(),
            agent: None,
            cost_microusd: 0,
            duration_ms: 0,
            isolation: "none",
            next: Vec::new(),
        };
        if let Some(result) = result {
            if status == Status::Findings && result.findings.is_empty() {
                status = Status::Clean;
            }
            match &result.outcome {
                Outcome::Asked { question: asked } => (status, question) = (Status::Asked, Some(asked.clone())),
                Outcome::Failed { message, .. } => reason = Some(message.clone()),
                _ => {}
            }
            let fixes = result.findings.iter().filter(|finding| finding.in_patch).count();
            review.patch = result.patch.map(|patch| Proposed {
                digest: patch.digest().0,
                fixes: u32::try_from(fixes).unwrap_or(u32::MAX),
                diff: patch.diff,
            });
            review.findings = result.findings;
            review
                .findings
                .sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| (&a.path, a.line).cmp(&(&b.path, b.line))));
            (review.coverage, review.agent) = (result.coverage, Some(result.agent));
            (review.cost_microusd, review.duration_ms) = (result.cost_microusd, result.duration_ms);
        } else if status == Status::Findings {
            (status, reason) = (Status::NotCompleted, Some("there is no result".to_owned()));
        }
        review.coverage.not_checked.extend(notes.iter().cloned());
        review.coverage.notes.extend(state.policy.problem.clone());
        review.request = request.map(|request| Asked {
            id: request.id.to_string(),
            kind: request.kind.code().to_owned(),
            question,
            deadline_ms: request.deadline.as_millis(),
        });
        Self { status, reason, ..review }
    }
}
