//! What a result leads to, and what a push came to.

use super::Moment;
use crate::{
    WHY_CHARS_MAX, cut, gates,
    ids::RequestId,
    people::Via,
    policy::OwnPush,
    pull_request::{
        action::{Action, Gone, ReplyText},
        check::Face,
        request::Kind,
        result::{Counts, ResultFacts, RunOutcome},
        state::{Phase, Purpose, ResultRef, Target, Wanted},
    },
};
use engine::Illegal;

/// Characters of why a push was refused: it may name files.
const REASON_CHARS_MAX: usize = 500;

impl Moment {
    pub(super) fn run_finished(&mut self, run: u32, result: &ResultFacts) -> Result<(), Illegal> {
        self.only_current(run)?;
        if self.asks_agent() {
            self.question_finished(result);
            return Ok(());
        }
        let Some(wanted) = self.state.wanted.take() else { return Ok(()) };
        self.cancel_watchdogs();
        self.state.lost = 0;
        match (&result.outcome, wanted.purpose.clone()) {
            (RunOutcome::Failed { message }, _) => {
                self.state.wanted = Some(wanted);
                self.not_completed(message);
            }
            (RunOutcome::Answered, _) => {
                self.state.wanted = Some(wanted);
                self.not_completed("the worker answered a question that nobody asked");
            }
            (RunOutcome::ApplyApproved { digest }, Purpose::Decision { request }) => {
                self.session_is_there();
                self.apply(wanted, request, digest);
            }
            (RunOutcome::DecisionNoted, Purpose::Decision { .. }) => {
                self.session_is_there();
                self.noted(&wanted);
            }
            (outcome, _) => {
                self.session_is_there();
                self.reviewed(&wanted, outcome, result);
            }
        }
        Ok(())
    }

    pub(super) fn session_is_there(&mut self) {
        (self.state.session, self.state.session_lost) = (true, false);
    }

    fn reviewed(&mut self, wanted: &Wanted, outcome: &RunOutcome, result: &ResultFacts) {
        let sha = wanted.target.head_sha.clone();
        self.state.reviewed = Some(wanted.target.clone());
        self.state.result = Some(ResultRef {
            run: wanted.run,
            digest: result.digest.clone(),
            target: wanted.target.clone(),
            findings: result.findings,
            patch: result.patch.clone(),
        });
        let current = self.state.target().as_ref() == Some(&wanted.target);
        let fixes = matches!(wanted.purpose, Purpose::Review { fixes: true });
        let (digest, findings) = (result.digest.clone(), result.findings);
        let kind = match (outcome, &result.patch) {
            (RunOutcome::BudgetReached { .. }, _) => Some(Kind::Continue),
            (RunOutcome::Asked, _) => Some(Kind::Ask),
            (_, Some(patch)) if fixes => Some(Kind::Fix { patch: patch.clone() }),
            _ => None,
        };
        // Nobody is asked about commits that are not the head any more.
        let request = kind.filter(|_| current).map(|kind| self.ask_person(kind, wanted.run, &sha));
        let face = match (outcome, request.clone()) {
            (RunOutcome::BudgetReached { limit }, request) => {
                Face::Stopped { result: digest, findings, limit: limit.clone(), request }
            }
            (_, Some(request)) => Face::NeedsDecision { result: digest, findings, request },
            (_, None) => Face::Reviewed { result: digest, findings },
        };
        if result.new > 0 || request.is_some() {
            self.actions.push(Action::PublishReview { run: wanted.run });
        }
        // A run that was stopped or asks has not read everything: what it did not find may still be there.
        if result.resolved > 0 && *outcome == RunOutcome::Reviewed {
            let gone = Gone::Run { run: wanted.run, result: result.digest.clone() };
            self.actions.push(Action::ResolveThreads { gone });
        }
        self.show(wanted.run, &sha, face);
        if request.is_none() {
            self.idle();
        }
        if !current {
            // The push came during this run, which was let finish: the new head is next.
            self.want("new commits", self.review());
        }
    }

    fn apply(&mut self, wanted: Wanted, request: RequestId, digest: &str) {
        let approved = self.state.decision(&request).and_then(|decision| match &decision.request.kind {
            Kind::Fix { patch } => Some(patch.digest.clone()),
            _ => None,
        });
        self.state.wanted = Some(wanted);
        if approved.as_deref() == Some(digest) {
            self.state.phase = Phase::Pushing { request: request.clone() };
            self.actions.push(Action::PushPatch { request });
        } else {
            self.not_completed("the session proposes another patch than the approved one; nothing was pushed");
        }
    }

    fn noted(&mut self, wanted: &Wanted) {
        self.state.reviewed = Some(wanted.target.clone());
        let face = match &self.state.result {
            Some(result) => Face::Reviewed { result: result.digest.clone(), findings: result.findings },
            None => Face::NotCompleted { why: "the session had no findings to keep".into(), request: None },
        };
        self.show(wanted.run, &wanted.target.head_sha.clone(), face);
        self.idle();
    }

    /// The wanted run could not do its work: infrastructure, never the author's fault.
    pub(super) fn not_completed(&mut self, why: &str) {
        self.ask_after_failure(why, Kind::Retry);
    }

    pub(super) fn ask_after_failure(&mut self, why: &str, kind: Kind) {
        if self.asks_agent() {
            return self.question_failed(why);
        }
        let Some(wanted) = self.state.wanted.take() else { return };
        self.cancel_watchdogs();
        // Not again by itself: the person who presses "Retry" is the next to want it.
        self.state.reviewed = Some(wanted.target.clone());
        let sha = wanted.target.head_sha.clone();
        let request = self.ask_person(kind, wanted.run, &sha);
        if let (Some(open), Purpose::Decision { request }) = (&mut self.state.request, &wanted.purpose) {
            open.again = Some(request.clone());
        }
        let why = cut(why, WHY_CHARS_MAX);
        self.show(wanted.run, &sha, Face::NotCompleted { why, request: Some(request) });
        if self.state.target().is_some_and(|target| target != wanted.target) {
            self.read_again();
        }
    }

    pub(super) fn patch_pushed(&mut self, request: &RequestId, sha: &str) {
        let Some(decision) = self.state.decisions.iter_mut().rev().find(|d| d.request.id == *request) else { return };
        if decision.pushed.is_some() {
            return;
        }
        decision.pushed = Some(sha.to_owned());
        self.state.own_push = Some(sha.to_owned());
        let to = Via::Operator;
        self.reply(format!("decided:{request}"), to, ReplyText::Decided { request: request.clone() });
        self.actions.push(Action::ResolveThreads { gone: Gone::Patch { request: request.clone() } });
        if self.state.phase != (Phase::Pushing { request: request.clone() }) {
            return;
        }
        let Some(wanted) = self.state.wanted.take() else { return };
        let open = self.open_after_patch();
        let face = Face::Applied { request: request.clone(), sha: sha.to_owned(), open };
        self.show(wanted.run, &wanted.target.head_sha.clone(), face.clone());
        self.idle();
        if let Some(snapshot) = &mut self.state.snapshot {
            snapshot.head_sha = sha.to_owned();
        }
        self.read_again();
        if self.state.policy.own_push == OwnPush::Verify {
            self.want("our own push is verified", Purpose::Review { fixes: false });
        } else {
            self.show(wanted.run, sha, face);
            self.state.reviewed = Some(Target { head_sha: sha.to_owned(), base_ref: wanted.target.base_ref.clone() });
        }
    }

    /// A round resolves a bounded number of threads; the rest is another round's, as long as rounds get on.
    pub(super) fn threads_resolved(&mut self, gone: &Gone, threads: u32, left: u32) {
        if threads > 0 && left > 0 {
            self.actions.push(Action::ResolveThreads { gone: gone.clone() });
        }
    }

    /// What the patch does not fix stays open.
    fn open_after_patch(&self) -> Counts {
        let Some(result) = &self.state.result else { return Counts::default() };
        let mut fixed = result.patch.as_ref().map_or(0, |patch| patch.fixes);
        let mut open = result.findings;
        // Patches fix the mechanical ones; what needs a person is of low severity and stays.
        for severity in [&mut open.high, &mut open.medium, &mut open.low] {
            let taken = fixed.min(*severity);
            *severity -= taken;
            fixed -= taken;
        }
        open
    }

    pub(super) fn push_refused(&mut self, request: &RequestId, reason: &str) {
        if self.state.phase != (Phase::Pushing { request: request.clone() }) {
            return;
        }
        let reason = cut(reason, REASON_CHARS_MAX);
        self.show_wanted(Face::PushRefused { request: request.clone(), reason });
        // Only what the decision was about counts as reviewed: a head that came while a request was kept is read anew, and
        // its review asks again.
        let decided = self.state.decision(request).map(|decision| decision.request.clone());
        self.state.reviewed = decided.map(|request| Target { head_sha: request.head_sha, base_ref: request.base_ref });
        self.idle();
        self.read_again();
        self.reply(format!("decided:{request}"), Via::Operator, ReplyText::Decided { request: request.clone() });
    }

    /// A closed gate, in words, for a reply.
    pub(super) fn closed_gate(&self) -> Option<gates::Closed> {
        self.state.checks.iter().rev().find_map(|check| match &check.face {
            Face::Gated { gate, .. } => Some(*gate),
            _ => None,
        })
    }
}
