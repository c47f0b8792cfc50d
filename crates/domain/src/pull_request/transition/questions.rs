//! Questions to the agent: queued, answered by a run of their own on the same volume, in the thread they came from.
//!
//! Such a run is the only one beside an open request, which it neither answers nor withdraws: `request` stays, and the
//! workflow is `awaiting_decision` again afterwards. It has no check, and yields to everything else: a decision, a push, a
//! review asked for. The question then stays first in its queue.

use super::{Moment, Purpose};
use crate::{
    WHY_CHARS_MAX, cut, gates,
    pull_request::{
        action::ReplyText,
        explain::facts,
        outside::MachineEnd,
        result::{ResultFacts, RunOutcome},
        state::{Access, PendingAsk, Phase, QUESTIONS_MAX, Question, Step, Target, Wanted},
    },
};

impl Moment {
    pub(super) fn question_asked(&mut self, pending: &PendingAsk, text: &str) {
        let question = Question {
            ask: pending.ask.clone(),
            text: text.to_owned(),
            by: pending.by.login.clone(),
            via: pending.via.clone(),
        };
        if matches!(self.state.phase, Phase::Closing { .. } | Phase::Closed) {
            self.not_answered(question, "the pull request is closed");
        } else if let Some(gate) = self.question_gate() {
            self.not_answered(question, gate.words());
        } else if self.state.questions.len() >= QUESTIONS_MAX {
            self.not_answered(question, &format!("{QUESTIONS_MAX} other questions wait; please ask again later"));
        } else {
            self.state.questions.push(question);
        }
    }

    /// The run that is due or under way answers a question.
    pub(super) fn asks_agent(&self) -> bool {
        self.state.wanted.as_ref().is_some_and(|wanted| matches!(wanted.purpose, Purpose::Question { .. }))
    }

    /// What keeps even an asked-for question from a machine: a draft's may be answered, a stranger's fork never runs where
    /// machines do not isolate.
    fn question_gate(&self) -> Option<gates::Closed> {
        let snapshot = self.state.snapshot.as_ref()?;
        gates::decide(&gates::Facts { asked: true, paused: false, ..facts(&self.state, snapshot) })
    }

    /// A reading came during a question's run: true if nothing changed for it. It ends with another reading.
    pub(super) fn question_goes_on(&mut self, target: &Target) -> bool {
        let same = self.state.wanted.as_ref().is_some_and(|wanted| wanted.target == *target);
        if !same || self.question_gate().is_some() {
            self.set_question_aside();
            return false;
        }
        if self.state.phase == (Phase::Provisioning { step: Step::Read }) {
            self.provision();
        }
        true
    }

    /// Something more important comes first; the question keeps its place.
    pub(super) fn set_question_aside(&mut self) {
        if self.asks_agent() {
            self.cancel_watchdogs();
            self.end_question_run();
        }
    }

    fn end_question_run(&mut self) {
        self.state.wanted = None;
        self.state.phase = if self.state.request.is_some() { Phase::AwaitingDecision } else { Phase::Idle };
    }

    pub(super) fn question_finished(&mut self, result: &ResultFacts) {
        match &result.outcome {
            RunOutcome::Answered => {
                self.session_is_there();
                let Some(question) = self.take_question() else { return };
                let text = ReplyText::Answer {
                    login: question.by.clone(),
                    question: question.text.clone(),
                    result: result.digest.clone(),
                };
                self.reply(format!("answer:{}", question.ask), question.via, text);
            }
            RunOutcome::Failed { message } => self.question_failed(message),
            RunOutcome::BudgetReached { limit } => self.question_failed(&format!("it took longer than {limit}")),
            _ => self.question_failed("the agent gave no answer"),
        }
    }

    /// Whoever asked hears that there is no answer; it is not tried again by itself.
    pub(super) fn question_failed(&mut self, why: &str) {
        if let Some(question) = self.take_question() {
            self.not_answered(question, why);
        }
    }

    /// The question of the run under way, which ends; what came meanwhile is found by a reading.
    fn take_question(&mut self) -> Option<Question> {
        let Some(Purpose::Question { ask }) = self.state.wanted.as_ref().map(|wanted| wanted.purpose.clone()) else {
            return None;
        };
        self.set_question_aside();
        self.read_again();
        let place = self.state.questions.iter().position(|question| question.ask == ask)?;
        Some(self.state.questions.remove(place))
    }

    pub(super) fn drop_questions(&mut self, why: &str) {
        for question in std::mem::take(&mut self.state.questions) {
            self.not_answered(question, why);
        }
    }

    fn not_answered(&mut self, question: Question, why: &str) {
        if !self.state.access.can_write() {
            return;
        }
        let why = cut(why, WHY_CHARS_MAX);
        let text = ReplyText::NotAnswered { login: question.by, question: question.text, why };
        self.reply(format!("answer:{}", question.ask), question.via, text);
    }

    /// The next question is asked when nothing else is due.
    pub(super) fn settle_questions(&mut self) {
        let free = matches!(self.state.phase, Phase::Idle | Phase::AwaitingDecision) && self.state.wanted.is_none();
        let unconfirmed = self.state.machine.as_ref().is_some_and(|machine| machine.end == MachineEnd::Unconfirmed);
        if !free || unconfirmed || self.state.access != Access::Open || self.state.questions.is_empty() {
            return;
        }
        if let Some(gate) = self.question_gate() {
            return self.drop_questions(gate.words());
        }
        let (Some(target), Some(snapshot)) = (self.state.target(), &self.state.snapshot) else { return };
        self.state.run += 1;
        self.state.wanted = Some(Wanted {
            run: self.state.run,
            target,
            base_sha: snapshot.base_sha.clone(),
            reason: "a question".into(),
            purpose: Purpose::Question { ask: self.state.questions[0].ask.clone() },
            since: self.now,
        });
        self.state.phase = Phase::Queued;
    }
}
