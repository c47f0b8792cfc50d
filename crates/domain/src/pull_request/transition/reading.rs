//! What a reading of the pull request changes. Webhooks only cause readings; this is where the truth comes in.

use super::Moment;
use crate::{
    gates,
    policy::{OnPush, OnPushWhileWaiting},
    pull_request::{
        check::Face,
        explain::facts,
        reading::{Reading, Snapshot},
        request::Kind,
        state::{Access, Phase, Purpose, Read, Step, Target},
        timer::Timer,
    },
};

/// Pause before a reading that failed is repeated, in milliseconds.
const UNCLEAR_PAUSE_MS: u64 = 5 * 60_000;

impl Moment {
    pub(super) fn read(&mut self, reading: &Reading) {
        let outdated = self.state.read == Read::AskedAndDue;
        self.state.read = if outdated { Read::Due } else { Read::No };
        if outdated && self.state.access != Access::Open {
            // Access was lost, perhaps after this was read: only a reading that begins now can say that it is back.
            return;
        }
        match reading {
            Reading::PullRequest { snapshot, policy } => {
                if let Some(policy) = policy {
                    self.state.policy = policy.clone();
                }
                self.access_is_open();
                self.state.snapshot = Some((**snapshot).clone());
                self.state.read_at = self.now;
                self.compare(snapshot);
            }
            // Over, and not to be seen: there is nothing to wait for, whoever hears of it again asks again.
            Reading::NoAccess { why } if self.state.phase == Phase::Closed => {
                self.state.access = Access::Unclear { why: crate::cut(why, 200) };
            }
            Reading::NoAccess { why } => self.access_is_unclear(why),
            Reading::Moved { owner, name } => {
                // One step per reading: a chain of moves ends where the repository is.
                (self.state.pr.owner, self.state.pr.name) = (owner.clone(), name.clone());
                self.read_again();
            }
        }
    }

    /// A reading that failed concludes nothing: a 404 alone is never "closed".
    pub(super) fn access_is_unclear(&mut self, why: &str) {
        if !matches!(self.state.access, Access::Suspended { .. } | Access::Gone { .. }) {
            self.state.access = Access::Unclear { why: crate::cut(why, 200) };
        }
        if matches!(self.state.phase, Phase::Provisioning { step: Step::Read }) {
            self.state.phase = Phase::Queued;
        }
        self.at(Timer::Refresh, self.now.plus_millis(UNCLEAR_PAUSE_MS));
    }

    fn access_is_open(&mut self) {
        self.state.access = Access::Open;
    }

    fn compare(&mut self, snapshot: &Snapshot) {
        if !snapshot.open {
            return self.close();
        }
        if matches!(self.state.phase, Phase::Closing { .. } | Phase::Closed) && !self.reopen() {
            return;
        }
        if snapshot.archived {
            // Read-only for now: an open request stays, and goes on when the repository is opened again.
            return self.suspended("the repository is archived");
        }
        let target = Target { head_sha: snapshot.head_sha.clone(), base_ref: snapshot.base_ref.clone() };
        if self.asks_agent() && self.question_goes_on(&target) {
            return;
        }
        match gates::decide(&facts(&self.state, snapshot)) {
            // Paused: what a person decides is still carried out; a review stops where it is wanted.
            None | Some(gates::Closed::Paused) => {}
            Some(gate) => return self.gate_is_closed(gate, &target),
        }
        match self.state.phase.clone() {
            Phase::Queued => self.compare_queued(&target),
            Phase::Provisioning { step } => {
                if !self.supersede_if_moved(&target) && step == Step::Read {
                    self.provision();
                }
            }
            Phase::Running => {
                self.supersede_if_moved(&target);
            }
            // The push is bound to its expected head; what it came to is judged when it has answered.
            Phase::Pushing { .. } => {}
            Phase::AwaitingDecision => self.compare_waiting(&target),
            Phase::Idle => self.compare_idle(&target),
            Phase::Closing { .. } | Phase::Closed => {}
        }
    }

    fn compare_queued(&mut self, target: &Target) {
        match &self.state.wanted {
            Some(wanted) if wanted.target == *target => {}
            Some(_) => {
                self.abandon_decision_run();
                self.show_wanted(Face::Superseded { by: target.head_sha.clone() });
                self.want("new commits", self.review());
            }
            None if self.state.reviewed.as_ref() == Some(target) => self.idle(),
            None => self.want("opened", self.review()),
        }
    }

    /// A push during a run freezes what that run reads.
    fn supersede_if_moved(&mut self, target: &Target) -> bool {
        let Some(wanted) = self.state.wanted.clone().filter(|wanted| wanted.target != *target) else { return false };
        let decision = matches!(wanted.purpose, Purpose::Decision { .. });
        let finish = self.state.policy.on_push == OnPush::Finish && self.state.phase == Phase::Running;
        if finish && !decision {
            return false;
        }
        self.cancel_watchdogs();
        if !self.abandon_decision_run() {
            self.show_wanted(Face::Superseded { by: target.head_sha.clone() });
        }
        self.want("new commits", self.review());
        true
    }

    /// The approved patch was made for a head that is gone: it is not pushed, and the next review may ask again.
    fn abandon_decision_run(&mut self) -> bool {
        let Some(Purpose::Decision { request }) = self.state.wanted.as_ref().map(|wanted| wanted.purpose.clone())
        else {
            return false;
        };
        let reason = "new commits came before the patch was pushed; nothing was pushed".to_owned();
        self.show_wanted(Face::PushRefused { request, reason });
        true
    }

    fn compare_waiting(&mut self, target: &Target) {
        let Some(request) = &self.state.request else { return };
        if request.head_sha == target.head_sha && request.base_ref == target.base_ref {
            let opened = matches!(request.kind, Kind::RunReview);
            if opened {
                // The gate that asked is open now.
                self.end_request("the review starts by itself now");
                self.want("ready for review", self.review());
            }
            return;
        }
        let keeps = self.state.policy.on_push_while_waiting == OnPushWhileWaiting::Keep;
        if keeps && matches!(request.kind, Kind::Fix { .. } | Kind::Ask) {
            return;
        }
        let moved = if request.head_sha == target.head_sha { "the base changed" } else { "new commits" };
        if let Some(request) = self.end_request(moved) {
            self.show(request.run, &request.head_sha, Face::Superseded { by: target.head_sha.clone() });
            self.want(&format!("{moved}; request {} was withdrawn", request.id), self.review());
        }
    }

    fn compare_idle(&mut self, target: &Target) {
        if self.state.reviewed.as_ref() == Some(target) {
            return;
        }
        let retargeted = self.state.reviewed.as_ref().is_some_and(|reviewed| reviewed.head_sha == target.head_sha);
        let reason = match (&self.state.reviewed, retargeted) {
            (None, _) => "opened",
            (_, true) => "the base changed",
            (_, false) => "new commits",
        };
        self.want(reason, self.review());
    }

    /// A review with fixes, unless the head is our own push.
    pub(super) fn review(&self) -> Purpose {
        let head = self.state.snapshot.as_ref().map(|snapshot| &snapshot.head_sha);
        let own = head.is_some() && self.state.own_push.as_ref() == head;
        let fork = self.state.snapshot.as_ref().is_some_and(|snapshot| snapshot.fork);
        Purpose::Review { fixes: self.state.policy.fixes && !own && !fork }
    }

    fn gate_is_closed(&mut self, gate: gates::Closed, target: &Target) {
        match &self.state.phase {
            // What runs is let end, unless nothing of it may be shown; a push that is on its way cannot be called back, and
            // the reading after it comes here again.
            Phase::Running if !gate.is_silent() => return,
            Phase::Pushing { .. } => return,
            Phase::AwaitingDecision => {
                let same =
                    self.state.request.as_ref().is_some_and(|request| {
                        request.head_sha == target.head_sha && request.base_ref == target.base_ref
                    });
                if same && !gate.is_silent() {
                    return;
                }
                if let Some(request) = self.end_request(gate.words()) {
                    self.show(request.run, &request.head_sha, Face::Superseded { by: target.head_sha.clone() });
                }
            }
            Phase::Queued | Phase::Provisioning { .. } | Phase::Running => {
                self.cancel_watchdogs();
                self.show_wanted(Face::Cancelled { why: gate.words().into() });
            }
            _ => {}
        }
        let told = self
            .state
            .check(0, &target.head_sha)
            .is_some_and(|check| matches!(&check.face, Face::Gated { gate: shown, .. } if *shown == gate));
        self.idle();
        if gate.is_silent() || told {
            return;
        }
        let request = gate.can_be_asked().then(|| self.ask_person(Kind::RunReview, 0, &target.head_sha.clone()));
        self.show(0, &target.head_sha, Face::Gated { gate, request });
    }
}
