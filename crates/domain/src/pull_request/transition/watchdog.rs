//! Time that passed, and what failed for good. A lost machine is ended and confirmed gone before anything else starts.

use super::Moment;
use crate::{
    people::Via,
    pull_request::{
        action::{Action, ReplyText},
        check::{Face, Publishing},
        event::Failed,
        outside::{MachineEnd, VolumeLife},
        request::Kind,
        state::{Access, Phase, Step, Teardown},
        timer::Timer,
    },
};

/// Pause before ending an unconfirmed machine, or deleting a volume, is tried again, in milliseconds. It is also the
/// time after which an ambiguous start has landed or never will.
pub(super) const AGAIN_MS: u64 = 60_000;
/// Pause before something that could not be published is tried again, in milliseconds; whatever a call without an answer
/// made is there by then.
pub(super) const REPUBLISH_MS: u64 = 5 * 60_000;

impl Moment {
    pub(super) fn timer_fired(&mut self, timer: Timer) {
        match timer {
            // A timer may have been due in the moment in which what it waited for came.
            Timer::Claim if self.state.phase == Phase::Running => {}
            Timer::Claim => self.lost("never claimed its run"),
            Timer::FirstHeartbeat | Timer::Silence | Timer::Total if self.state.phase != Phase::Running => {}
            Timer::FirstHeartbeat => self.lost("was not heard after its claim"),
            Timer::Silence => self.lost("fell silent"),
            Timer::Total => self.lost("took too long"),
            Timer::Confirm => self.confirm_ran_out(),
            Timer::DestroyAgain => self.destroy_again(),
            Timer::Nudge | Timer::AskAgain => self.nudge(timer),
            Timer::DecisionDeadline => self.not_decided(),
            Timer::Retention => self.retention_over(),
            Timer::Refresh => self.read_again(),
            Timer::Republish => self.republish(),
        }
    }

    /// The run under way is lost with its machine.
    pub(super) fn lost(&mut self, how: &str) {
        let under_way = matches!(self.state.phase, Phase::Running | Phase::Provisioning { .. });
        let Some(wanted) = self.state.wanted.clone().filter(|_| under_way) else { return };
        if self.asks_agent() {
            return self.question_failed(&format!("its machine {how}"));
        }
        self.cancel_watchdogs();
        self.state.lost += 1;
        if self.state.lost >= self.state.policy.watchdog.lost_max {
            let times = match self.state.lost {
                1 => "once".to_owned(),
                2 => "twice".to_owned(),
                times => format!("{times} times"),
            };
            return self.not_completed(&format!("machine lost {times}, the last one {how}"));
        }
        self.show_wanted(Face::Cancelled { why: format!("its machine {how}; another run follows") });
        self.want(&format!("the machine of run {} {how}", wanted.run), wanted.purpose);
        self.read_again();
    }

    pub(super) fn machine_gone(&mut self, run: u32) {
        for stranded in &mut self.state.stranded {
            if stranded.machine.as_ref().is_some_and(|machine| machine.run == run) {
                stranded.machine = None;
                if let Some(volume) = &stranded.volume {
                    self.actions.push(Action::DeleteVolume { volume: volume.id.clone(), copy: volume.copy });
                }
            }
        }
        self.state.stranded.retain(|stranded| stranded.machine.is_some() || stranded.volume.is_some());
        if self.state.machine.as_ref().is_some_and(|machine| machine.run == run) {
            self.state.machine = None;
            for timer in [Timer::Confirm, Timer::DestroyAgain] {
                self.cancel(timer);
            }
            if !self.state.stranded.is_empty() {
                self.at(Timer::DestroyAgain, self.now.plus_millis(AGAIN_MS));
            }
            // What asked a person about this machine is answered by itself.
            if self.state.request.as_ref().is_some_and(|request| request.kind == Kind::RetryOnCopy)
                && let Some(request) = self.end_request("the previous machine is gone after all")
            {
                self.retry(&request);
            }
        }
    }

    fn confirm_ran_out(&mut self) {
        let unconfirmed = self.state.machine.as_ref().is_some_and(|machine| machine.end == MachineEnd::Unconfirmed);
        if unconfirmed && self.state.phase == Phase::Queued {
            self.ask_after_failure("previous machine not confirmed gone", Kind::RetryOnCopy);
        }
    }

    fn destroy_again(&mut self) {
        if let Some(machine) = &mut self.state.machine
            && machine.end == MachineEnd::Unconfirmed
        {
            self.actions.push(Action::DestroyMachine { run: machine.run, machine: machine.id.clone() });
        }
        for stranded in &self.state.stranded {
            match (&stranded.machine, &stranded.volume) {
                (Some(machine), _) => {
                    self.actions.push(Action::DestroyMachine { run: machine.run, machine: machine.id.clone() });
                }
                (None, Some(volume)) => {
                    self.actions.push(Action::DeleteVolume { volume: volume.id.clone(), copy: volume.copy });
                }
                (None, None) => {}
            }
        }
        if let (Phase::Closing { .. }, Some(volume)) = (&self.state.phase, &mut self.state.volume)
            && volume.life == VolumeLife::Deleting
        {
            volume.life = VolumeLife::There; // settle asks for it again
        }
    }

    fn nudge(&mut self, timer: Timer) {
        let Some(request) = self.state.request.as_ref().map(|request| request.id.clone()) else { return };
        let key = format!("{}:{request}:{}", timer.name(), self.now.as_millis());
        self.reply(key, Via::Operator, ReplyText::Nudge { request });
    }

    fn not_decided(&mut self) {
        let Some(request) = self.end_request("its time ran out") else { return };
        let result = self.state.result.as_ref().map(|result| result.digest.clone());
        let id = request.id.clone();
        self.show(request.run, &request.head_sha, Face::NotDecided { result, request: id });
        if !self.asks_agent() {
            self.idle();
        }
    }

    /// What could not be published is due again.
    pub(super) fn publish_anew(&mut self) {
        for check in &mut self.state.checks {
            if check.publishing == Publishing::Later {
                check.publishing = Publishing::No;
            }
            // One that is still open is published again anyway when it concludes.
            if std::mem::take(&mut check.unsure) && check.face.conclusion(&self.state.policy).is_some() {
                check.revision += 1;
            }
        }
    }

    fn republish(&mut self) {
        self.publish_anew();
        if let Some(run) = self.state.review_due.filter(|_| self.state.access.can_write()) {
            self.actions.push(Action::PublishReview { run });
        }
    }

    pub(super) fn action_failed(&mut self, failed: &Failed, message: &str, ambiguous: bool) {
        match failed {
            Failed::ReadPullRequest => {
                self.state.read = crate::pull_request::state::Read::No;
                self.access_is_unclear(message);
            }
            Failed::ReadPermission { ask } => self.permission_unreadable(ask),
            Failed::CreateVolume { .. } => self.volume_failed(message, ambiguous),
            Failed::StartMachine { run } => self.start_failed(*run, message, ambiguous),
            Failed::DestroyMachine { run } => self.destroy_failed(*run),
            Failed::DeleteVolume => self.at(Timer::DestroyAgain, self.now.plus_millis(AGAIN_MS)),
            Failed::PublishCheck { run, sha } => {
                if let Some(check) = self.state.checks.iter_mut().find(|check| check.run == *run && check.sha == *sha) {
                    check.publishing = Publishing::Later;
                }
                self.at(Timer::Republish, self.now.plus_millis(REPUBLISH_MS));
            }
            Failed::PublishReview { run } => {
                self.state.review_due = Some(*run);
                self.at(Timer::Republish, self.now.plus_millis(REPUBLISH_MS));
            }
            Failed::React { .. } | Failed::Reply | Failed::ResolveThreads => {}
            Failed::PushPatch { request } => {
                let reason = if ambiguous {
                    format!("it could not be found out whether the push happened: {message}")
                } else {
                    message.to_owned()
                };
                self.push_refused(request, &reason);
            }
        }
    }

    /// It may have been asked for by a run before the one that waits for it: there is one such call at a time.
    fn volume_failed(&mut self, message: &str, ambiguous: bool) {
        match &mut self.state.volume {
            // It may be there: a next attempt finds it by its name, teardown deletes it by its name.
            Some(volume) if volume.id.is_none() && (ambiguous || volume.life == VolumeLife::CreatingAgain) => {
                volume.life = VolumeLife::There;
            }
            Some(volume) if volume.id.is_none() => self.state.volume = None,
            _ => {}
        }
        let waits = self.state.phase == (Phase::Provisioning { step: Step::Volume });
        if waits {
            self.not_completed(&format!("no volume: {message}"));
        }
    }

    fn start_failed(&mut self, run: u32, message: &str, ambiguous: bool) {
        let Some(machine) = self.state.machine.as_mut().filter(|machine| machine.run == run) else { return };
        if ambiguous {
            // It may still land: it is looked for and ended once it must have, and nothing starts before.
            machine.end = MachineEnd::Unconfirmed;
            self.at(Timer::DestroyAgain, self.now.plus_millis(AGAIN_MS));
            self.at(Timer::Confirm, self.now.plus_millis(self.state.policy.watchdog.confirm_ms));
        } else {
            self.state.machine = None;
        }
        if self.is_wanted(run) && self.state.run_under_way().is_some() {
            self.not_completed(&format!("no machine: {message}"));
        }
    }

    fn destroy_failed(&mut self, run: u32) {
        if let Some(machine) = self.state.machine.as_mut().filter(|machine| machine.run == run) {
            if machine.end != MachineEnd::Unconfirmed {
                self.timers.push(engine::TimerChange::At {
                    name: Timer::Confirm.name().into(),
                    at: self.now.plus_millis(self.state.policy.watchdog.confirm_ms),
                });
            }
            machine.end = MachineEnd::Unconfirmed;
        }
        self.at(Timer::DestroyAgain, self.now.plus_millis(AGAIN_MS));
    }

    fn retention_over(&mut self) {
        let Phase::Closing { volume, .. } = &mut self.state.phase else { return };
        if matches!(self.state.access, Access::Gone { .. }) {
            *volume = Teardown::Deletable; // Nobody is left to ask.
        } else {
            *volume = Teardown::Rereading;
            self.read_again();
        }
    }
}
