//! What a program said, gathered into an outcome.

use super::{
    super::{AgentError, AgentOutcome, Assignment},
    message::{Done, Ending, Known, Message},
};
use crate::reports::Reporter;
use protocol::{ANSWER_BYTES_MAX, Outcome, Patch, Purpose, SessionState};

/// Bytes of a question; a person reads it in a check.
const QUESTION_BYTES_MAX: usize = 4 * 1024;
/// Entries of `not_checked` and `notes` taken from a program, and bytes of each.
const NOTES_MAX: usize = 30;
const NOTE_BYTES_MAX: usize = 500;

pub(super) struct Heard<'a> {
    assignment: &'a Assignment<'a>,
    reports: &'a Reporter,
    question: Option<String>,
    answer: Option<String>,
    diff: Option<String>,
    done: Option<Done>,
}

impl<'a> Heard<'a> {
    pub(super) const fn new(assignment: &'a Assignment<'a>, reports: &'a Reporter) -> Self {
        Self { assignment, reports, question: None, answer: None, diff: None, done: None }
    }

    /// Whether the program said that it is done; what it writes afterwards is not read.
    pub(super) const fn is_done(&self) -> bool {
        self.done.is_some()
    }

    pub(super) fn message(&mut self, message: Message) {
        match message {
            Message::Unknown(kind) => self.reports.log(&format!("the agent wrote a line of unknown type {kind:?}")),
            // A question changes neither findings nor patch.
            Message::Known(Known::Finding(_) | Known::Patch { .. }) if self.answers() => {
                self.reports.log("the agent wrote a finding or a patch in a run that answers a question");
            }
            Message::Known(Known::Finding(found)) => self.reports.finding(found.finding()),
            Message::Known(Known::Progress { phase, files_read }) => {
                let total = self.assignment.change.files_total;
                self.reports.progress(&phase, files_read.map(|read| read.min(total)), total);
            }
            Message::Known(Known::Log { line }) => self.reports.log(&line),
            Message::Known(Known::Question { question }) => self.question = Some(cut(question, QUESTION_BYTES_MAX)),
            Message::Known(Known::Answer { answer }) => self.answer = Some(cut(answer, ANSWER_BYTES_MAX)),
            Message::Known(Known::Patch { diff }) => self.diff = Some(diff),
            Message::Known(Known::Done(done)) => self.done = Some(done),
        }
    }

    fn answers(&self) -> bool {
        matches!(self.assignment.task.purpose, Purpose::Question { .. })
    }

    pub(super) async fn outcome(self, session: SessionState) -> Result<AgentOutcome, AgentError> {
        let answers = self.answers();
        let done = self.done.ok_or_else(|| AgentError::Protocol("the agent ended without `done`".into()))?;
        let mut notes = bounded(done.notes);
        let answer = self.answer.filter(|answer| !answer.trim().is_empty());
        if answers && answer.is_none() {
            return Err(AgentError::Protocol("the agent was asked a question and wrote no `answer`".into()));
        }
        let outcome = match (self.question, done.outcome, &self.assignment.task.purpose) {
            _ if answers => Outcome::Answered { answer: answer.unwrap_or_default() },
            (Some(question), ..) => Outcome::Asked { question },
            (None, Ending::Reviewed, _) => Outcome::Reviewed,
            (None, Ending::DecisionNoted, Purpose::Decision { .. }) => Outcome::DecisionNoted,
            (None, Ending::ApplyApproved, Purpose::Decision { decision, patch }) if decision.answer == "yes" => {
                Outcome::ApplyApproved { digest: patch.clone() }
            }
            (None, ..) => {
                return Err(AgentError::Protocol("the agent carried out a decision that nobody made".into()));
            }
        };
        let patch = match self.diff.filter(|_| self.assignment.task.fixes) {
            None => None,
            Some(diff) => checked(self.assignment, &diff, &mut notes).await,
        };
        let mut findings = self.reports.findings();
        if patch.is_none() {
            findings.iter_mut().for_each(|finding| finding.in_patch = false);
        }
        let read = done.files_read.or_else(|| self.reports.files_read());
        Ok(AgentOutcome {
            outcome,
            findings,
            patch,
            files_read: read.map(|read| read.min(self.assignment.change.files_total)),
            not_checked: bounded(done.not_checked),
            notes,
            session,
            cost_microusd: done.cost_microusd,
        })
    }
}

/// The patch as git understands it, or a note why there is none.
async fn checked(assignment: &Assignment<'_>, diff: &str, notes: &mut Vec<String>) -> Option<Patch> {
    match assignment.patches.from_diff(diff).await {
        Ok(patch) => patch,
        Err(why) => {
            notes.push(cut(why.to_string(), NOTE_BYTES_MAX));
            None
        }
    }
}

fn bounded(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().take(NOTES_MAX).map(|line| cut(line.replace(['\n', '\r'], " "), NOTE_BYTES_MAX)).collect()
}

fn cut(mut text: String, bytes_max: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes_max));
    text
}
