//! `(state, event, now) -> next state + actions + timers`.
//!
//! One file per subject: `reading`, `running`, `results`, `asks`, `steering`, `questions`, `watchdog`, `ending`, `access`; `settle` derives the
//! actions.

mod access;
mod asks;
mod ending;
mod questions;
mod reading;
mod results;
mod running;
mod settle;
mod steering;
mod watchdog;

use super::{
    PullRequest,
    action::{Action, ReplyText},
    check::{Check, Face, Publishing},
    event::{Event, Hint},
    outside::MachineEnd,
    request::{Kind, Request},
    state::{Access, CHECKS_MAX, OVER_MAX, Over, Phase, Purpose, Read, SAID_MAX, State, Target, Wanted},
    timer::Timer,
};
use crate::{ids::RequestId, people::Via};
use engine::{Illegal, TimerChange, Timestamp, Transition};

/// How long a worker's word is kept that came before the workflow knows of its run, in milliseconds.
const EARLY_MS: u64 = 60_000;

/// The transition function.
pub(super) fn transition(
    state: Option<&State>,
    event: &Event,
    now: Timestamp,
) -> Result<Transition<PullRequest>, Illegal> {
    let state = match (state, event) {
        (Some(state), _) => state.clone(),
        (None, Event::Hinted { pr, .. }) => State::new(pr.clone()),
        (None, _) => {
            return Err(Illegal::TooEarly { why: "the pull request is not known yet".into(), keep_ms: EARLY_MS });
        }
    };
    let waited = state.waits_for_news();
    let mut moment = Moment { state, now, waited, actions: Vec::new(), timers: Vec::new() };
    moment.take(event)?;
    moment.settle();
    Ok(Transition { state: moment.state, actions: moment.actions, timers: moment.timers, withdraw: Vec::new() })
}

/// A transition in the making.
struct Moment {
    state: State,
    now: Timestamp,
    /// It waited for news before this.
    waited: bool,
    actions: Vec<Action>,
    timers: Vec<TimerChange>,
}

impl Moment {
    /// Takes the fact into the state.
    fn take(&mut self, event: &Event) -> Result<(), Illegal> {
        match event {
            Event::Hinted { pr, hint } => self.hinted(pr, *hint),
            Event::PullRequestRead { reading } => self.read(reading),
            Event::SlotGranted => self.slot_granted(),
            Event::RunsFound { run } => self.state.run = self.state.run.max(*run),
            Event::VolumeCreated { run, copy, volume } => self.volume_created(*run, *copy, volume),
            Event::VolumeLost { run } => self.volume_lost(*run),
            Event::SessionImported { .. } => return self.session_imported(),
            Event::MachineStarted { run, machine } => self.machine_started(*run, machine),
            Event::RunClaimed { run } => return self.run_claimed(*run),
            Event::RunHeard { run } => self.run_heard(*run),
            Event::RunProgressed { run, findings, files_read, files_total } => {
                self.run_progressed(*run, *findings, *files_read, *files_total);
            }
            Event::RunFinished { run, result } => return self.run_finished(*run, result),
            Event::MachineGone { run } => self.machine_gone(*run),
            Event::CheckPublished { run, sha, check_run, revision, unsure } => {
                self.check_published(*run, sha, *check_run, *revision, *unsure);
            }
            Event::CheckFoundOpen { run, sha, check_run } => self.check_found_open(*run, sha, *check_run),
            Event::ReviewPublished { run, .. } => {
                if self.state.review_due == Some(*run) {
                    self.state.review_due = None;
                }
            }
            Event::Reacted { .. } | Event::Replied { .. } => {}
            Event::Asked { ask, what, by, via } => return self.asked(ask, what, by, via),
            Event::PermissionRead { ask, permission, owns } => self.permission_read(ask, *permission, *owns),
            Event::PatchPushed { request, sha } => self.patch_pushed(request, sha),
            Event::PushRefused { request, reason } => self.push_refused(request, reason),
            Event::ThreadsResolved { gone, threads, left } => self.threads_resolved(gone, *threads, *left),
            Event::VolumeDeleted { copy } => self.volume_deleted(*copy),
            Event::AccessChanged { change } => self.access_changed(change),
            Event::TimerFired { timer } => self.timer_fired(*timer),
            Event::ActionFailed { failed, message, ambiguous } => self.action_failed(failed, message, *ambiguous),
        }
        Ok(())
    }

    fn hinted(&mut self, pr: &crate::ids::PullRequestRef, hint: Hint) {
        // The installation may have been made anew; owner and name are believed only from a reading.
        self.state.pr.installation = pr.installation;
        let over = self.state.phase == Phase::Closed;
        if over && matches!(hint, Hint::Closed | Hint::Started | Hint::Edited) {
            return;
        }
        if over && matches!(self.state.access, Access::Gone { .. }) {
            // It was given up when access went, and is heard of again: whether access is back, a reading says.
            self.state.access = Access::Unclear { why: "heard of again after access was lost".into() };
        }
        self.read_again();
    }

    /// A reading is due.
    fn read_again(&mut self) {
        self.state.read = match self.state.read {
            Read::No | Read::Due => Read::Due,
            Read::Asked | Read::AskedAndDue => Read::AskedAndDue,
        };
    }

    /// A run of the current target is due; the one that was due before is replaced by it.
    fn want(&mut self, reason: &str, purpose: Purpose) {
        let Some(snapshot) = self.state.snapshot.clone() else { return };
        let target = Target { head_sha: snapshot.head_sha.clone(), base_ref: snapshot.base_ref.clone() };
        if matches!(purpose, Purpose::Review { .. }) && self.state.paused.is_some() {
            return self.paused_at(&target);
        }
        self.state.run += 1;
        let run = self.state.run;
        let (reason, since) = (reason.to_owned(), self.now);
        self.show(run, &target.head_sha.clone(), Face::Queued);
        self.state.wanted = Some(Wanted { run, target, base_sha: snapshot.base_sha, reason, purpose, since });
        self.state.phase = Phase::Queued;
        if self.state.machine.as_ref().is_some_and(|machine| machine.end == MachineEnd::Unconfirmed) {
            // The wait for its end has a deadline of its own; the one from its first failure may have passed unneeded.
            self.at(Timer::Confirm, self.now.plus_millis(self.state.policy.watchdog.confirm_ms));
        }
    }

    /// A check of `run` on `sha` shows `face`.
    fn show(&mut self, run: u32, sha: &str, face: Face) {
        if let Some(check) = self.state.checks.iter_mut().find(|check| check.run == run && check.sha == sha) {
            if check.face != face {
                check.face = face;
                check.revision += 1;
            }
            return;
        }
        if self.state.checks.len() >= CHECKS_MAX {
            let policy = &self.state.policy;
            let oldest = self.state.checks.iter().position(|check| check.is_settled(policy)).unwrap_or(0);
            self.state.checks.remove(oldest);
        }
        let sha = sha.to_owned();
        let publishing = Publishing::No;
        self.state.checks.push(Check {
            run,
            sha,
            face,
            revision: 1,
            published: 0,
            check_run: None,
            publishing,
            unsure: false,
        });
    }

    /// The check of the wanted run shows `face`.
    fn show_wanted(&mut self, face: Face) {
        // A question's run has no check: the commits' last word stays what it is.
        if let Some(wanted) = self.state.wanted.as_ref().filter(|it| !matches!(it.purpose, Purpose::Question { .. })) {
            let (run, sha) = (wanted.run, wanted.target.head_sha.clone());
            self.show(run, &sha, face);
        }
    }

    /// Asks a person; the check of `run` on `sha` is to show it.
    fn ask_person(&mut self, kind: Kind, run: u32, sha: &str) -> RequestId {
        self.state.requests += 1;
        let id = RequestId::derive(&self.state.pr.key(), self.state.generation, self.state.requests);
        let base_ref = self.state.snapshot.as_ref().map(|snapshot| snapshot.base_ref.clone()).unwrap_or_default();
        let deadline = self.now.plus_millis(self.state.policy.decision_deadline_ms);
        let nudged = matches!(kind, Kind::Fix { .. } | Kind::Ask | Kind::Continue);
        let head_sha = sha.to_owned();
        self.state.request =
            Some(Request { id: id.clone(), kind, run, head_sha, base_ref, asked_at: self.now, deadline, again: None });
        self.state.phase = Phase::AwaitingDecision;
        self.state.wanted = None;
        self.at(Timer::DecisionDeadline, deadline);
        if nudged {
            self.at(Timer::Nudge, self.now.plus_millis(self.state.policy.nudge_after_ms));
        }
        id
    }

    /// The open request ends without a decision.
    fn end_request(&mut self, why: &str) -> Option<Request> {
        let request = self.state.request.take()?;
        for timer in [Timer::DecisionDeadline, Timer::Nudge, Timer::AskAgain] {
            self.cancel(timer);
        }
        if self.state.over.len() >= OVER_MAX {
            self.state.over.remove(0);
        }
        self.state.over.push(Over { id: request.id.clone(), why: why.to_owned(), replied: false });
        Some(request)
    }

    fn idle(&mut self) {
        self.state.phase = Phase::Idle;
        self.state.wanted = None;
    }

    fn reply(&mut self, key: String, to: Via, text: ReplyText) {
        self.actions.push(Action::Reply { key, to, text });
    }

    /// A reply that is given once, although it can be asked for again and again.
    fn reply_once(&mut self, key: String, to: Via, text: ReplyText) {
        if self.state.said.contains(&key) {
            return;
        }
        if self.state.said.len() >= SAID_MAX {
            self.state.said.remove(0);
        }
        self.state.said.push(key.clone());
        self.reply(key, to, text);
    }

    fn at(&mut self, timer: Timer, at: Timestamp) {
        self.timers.push(TimerChange::At { name: timer.name().into(), at });
    }

    fn after_silence(&mut self, timer: Timer, after_ms: u64, pushed_back_by_signals: bool) {
        self.timers.push(TimerChange::Silence { name: timer.name().into(), after_ms, pushed_back_by_signals });
    }

    fn cancel(&mut self, timer: Timer) {
        self.timers.push(TimerChange::Cancel { name: timer.name().into() });
    }

    fn cancel_watchdogs(&mut self) {
        for timer in [Timer::Claim, Timer::FirstHeartbeat, Timer::Silence, Timer::Total] {
            self.cancel(timer);
        }
    }
}
