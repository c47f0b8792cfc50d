//! Closing, reopening, and the end.

use super::Moment;
use crate::{
    people::Via,
    pull_request::{
        action::ReplyText,
        check::Face,
        outside::VolumeLife,
        state::{Phase, Read, State, Teardown},
        timer::Timer,
    },
};

impl Moment {
    /// A reading says that the pull request is closed.
    pub(super) fn close(&mut self) {
        match self.state.phase {
            Phase::Closed => {}
            // A reading that began before its time was over says nothing: another one is due.
            Phase::Closing { volume: Teardown::Rereading, .. } if self.state.read != Read::Due => {
                self.state.phase = Phase::Closing { volume: Teardown::Deletable, reopened: false };
            }
            Phase::Closing { volume, .. } => self.state.phase = Phase::Closing { volume, reopened: false },
            // The push is on its way: it is waited for, and the reading after it closes.
            Phase::Pushing { .. } => {}
            _ => self.begin_closing("the pull request was closed", self.state.policy.retention_ms),
        }
    }

    pub(super) fn begin_closing(&mut self, why: &str, retention_ms: u64) {
        self.cancel_watchdogs();
        self.cancel(Timer::Refresh);
        let open = self.end_request(why).map(|request| (request.run, request.head_sha));
        let policy = self.state.policy.clone();
        let unfinished = self.state.checks.iter().filter(|check| check.face.conclusion(&policy).is_none());
        let unfinished: Vec<_> = unfinished.map(|check| (check.run, check.sha.clone())).collect();
        for (run, sha) in unfinished.into_iter().chain(open) {
            self.show(run, &sha, Face::Cancelled { why: why.to_owned() });
        }
        self.state.wanted = None;
        self.drop_questions(why);
        let volume = if retention_ms == 0 || self.state.volume.is_none() {
            Teardown::Deletable
        } else {
            self.at(Timer::Retention, self.now.plus_millis(retention_ms));
            Teardown::Kept
        };
        self.state.phase = Phase::Closing { volume, reopened: false };
    }

    /// A reading says that it is open although it was closing or closed. True if it goes on as if it were idle.
    pub(super) fn reopen(&mut self) -> bool {
        let going = self.state.volume.as_ref().is_some_and(|volume| volume.life == VolumeLife::Deleting);
        match &mut self.state.phase {
            // Closing is one-way once the volume began to go.
            Phase::Closing { reopened, .. } if going => {
                *reopened = true;
                false
            }
            Phase::Closing { .. } => {
                self.cancel(Timer::Retention);
                self.state.phase = Phase::Idle;
                self.state.reviewed = None;
                true
            }
            Phase::Closed => {
                self.next_generation();
                true
            }
            _ => true,
        }
    }

    fn next_generation(&mut self) {
        let old = &self.state;
        let lost = old.session;
        self.state = State {
            generation: old.generation + 1,
            policy: old.policy.clone(),
            snapshot: old.snapshot.clone(),
            read_at: old.read_at,
            read: old.read,
            run: old.run,
            requests: old.requests,
            decisions: old.decisions.clone(),
            over: old.over.clone(),
            asks: old.asks.clone(),
            said: old.said.clone(),
            session_lost: lost,
            paused: old.paused.clone(),
            phase: Phase::Idle,
            ..State::new(old.pr.clone())
        };
        if lost {
            let key = format!("generation:{}", self.state.generation);
            self.reply(key, Via::Operator, ReplyText::NewGeneration);
        }
    }

    pub(super) fn volume_deleted(&mut self, copy: u32) {
        if self.state.volume.as_ref().is_some_and(|volume| volume.copy == copy) {
            self.state.volume = None;
        }
        // A machine that is not confirmed gone keeps its entry, whatever became of its volume.
        self.state.stranded.retain_mut(|stranded| {
            if stranded.volume.as_ref().is_some_and(|volume| volume.copy == copy) {
                stranded.volume = None;
            }
            stranded.machine.is_some() || stranded.volume.is_some()
        });
    }

    /// Everything is gone and said.
    pub(super) fn closed(&mut self) {
        let reopened = matches!(self.state.phase, Phase::Closing { reopened: true, .. });
        for timer in Timer::ALL {
            self.cancel(timer);
        }
        // No timer is left for it: it is due as soon as access is back and this is heard of again.
        self.publish_anew();
        self.state.phase = Phase::Closed;
        if reopened {
            self.read_again();
            self.settle_reading();
        }
    }
}
