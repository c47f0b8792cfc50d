//! `cancel`, `pause`, `resume`: what a permitted person does to the work itself.

use super::{Moment, Purpose};
use crate::{
    cut,
    people::Via,
    pull_request::{
        action::{ReplyText, Steered},
        check::Face,
        state::{Paused, PendingAsk, Phase, Target},
    },
};

/// Characters of a login in words of ours.
const LOGIN_CHARS_MAX: usize = 60;

impl Moment {
    /// Whoever asked in a comment is told; an operator has the answer of the API.
    fn steered(&mut self, pending: &PendingAsk, what: Steered) {
        if pending.via != Via::Operator {
            let text = ReplyText::Steered { login: pending.by.login.clone(), what };
            self.reply(format!("steered:{}", pending.ask), pending.via.clone(), text);
        }
    }

    /// Ends what is queued or runs, questions included. An open request stays: it is answered, not cancelled.
    pub(super) fn cancel_asked(&mut self, pending: &PendingAsk) {
        let why = format!("cancelled by {}", cut(&pending.by.login, LOGIN_CHARS_MAX));
        let run = self.state.wanted.as_ref().map(|wanted| wanted.run);
        let what = match (&self.state.phase, run) {
            (Phase::Closing { .. } | Phase::Closed, _) => Steered::Closed,
            (Phase::Pushing { .. }, _) => Steered::PushUnderWay,
            (_, Some(run)) => {
                self.end_run(&why);
                Steered::Cancelled { run }
            }
            (_, None) if self.state.questions.is_empty() => Steered::NothingRuns,
            (_, None) => Steered::QuestionsDropped,
        };
        if !matches!(what, Steered::Closed) {
            self.drop_questions(&why);
        }
        self.steered(pending, what);
    }

    fn end_run(&mut self, why: &str) {
        if self.asks_agent() {
            return self.set_question_aside();
        }
        self.cancel_watchdogs();
        self.show_wanted(Face::Cancelled { why: why.to_owned() });
        self.state.reviewed = self.state.target();
        self.idle();
    }

    /// A review that is under way is let end, since it is paid for and its session is good for later; `cancel` ends it.
    /// One that has not begun does not begin.
    pub(super) fn pause_asked(&mut self, pending: &PendingAsk) {
        let what = match (&self.state.phase, &self.state.paused) {
            (Phase::Closing { .. } | Phase::Closed, _) => Steered::Closed,
            (_, Some(paused)) => Steered::AlreadyPaused { by: paused.by.clone() },
            (_, None) => {
                let by = cut(&pending.by.login, LOGIN_CHARS_MAX);
                self.state.paused = Some(Paused { by: by.clone(), at: self.now });
                let review =
                    self.state.wanted.as_ref().is_some_and(|wanted| matches!(wanted.purpose, Purpose::Review { .. }));
                if review && matches!(self.state.phase, Phase::Queued | Phase::Provisioning { .. }) {
                    self.cancel_watchdogs();
                    self.show_wanted(Face::Paused { by });
                    self.idle();
                }
                let run_goes_on = self.state.wanted.is_some();
                Steered::Paused { run_goes_on }
            }
        };
        self.steered(pending, what);
    }

    /// The pull request is read again; what was not reviewed meanwhile is reviewed now.
    pub(super) fn resume_asked(&mut self, pending: &PendingAsk) {
        let what = match self.state.paused.take() {
            None => Steered::NotPaused,
            Some(_) => {
                self.read_again();
                Steered::Resumed
            }
        };
        self.steered(pending, what);
    }

    /// A review would begin here: the check says why it does not, and `resume` begins it.
    pub(super) fn paused_at(&mut self, target: &Target) {
        let by = self.state.paused.as_ref().map(|paused| paused.by.clone()).unwrap_or_default();
        self.idle();
        if self.state.reviewed.as_ref() == Some(target) {
            self.state.reviewed = None;
        }
        self.show(0, &target.head_sha, Face::Paused { by });
    }
}
