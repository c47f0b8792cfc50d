//! `(state, event, now) -> next state + actions + timers`.
//!
//! `asking`: from the wish to the answer. `delivering`: from the time to the comment. `ending`: cancelling, closing, loss
//! of access.

mod asking;
mod delivering;
mod ending;

use super::{
    Reminder,
    action::{Action, ReplyText},
    event::{Event, Failed},
    id::ReminderId,
    state::{End, Phase, State},
    timer::Timer,
};
use crate::people::Via;
use engine::{Illegal, TimerChange, Timestamp, Transition};

/// How long an ask is kept that came before its reminder, or while others are judged, in milliseconds.
const KEPT_MS: u64 = 60_000;

/// The transition function.
pub(super) fn transition(
    state: Option<&State>,
    event: &Event,
    now: Timestamp,
) -> Result<Transition<Reminder>, Illegal> {
    let (state, new) = match (state, event) {
        (Some(state), _) => (state.clone(), false),
        (None, Event::Asked { by, .. }) if by.bot => return Err(Illegal::Refused("bots are not reminded".into())),
        (None, Event::Asked { pr, ask, by, via, wish }) => {
            let state = State {
                pr: pr.clone(),
                id: ReminderId::derive(pr.repository_id, pr.number, ask),
                ask: ask.clone(),
                by: by.clone(),
                via: via.clone(),
                asked_at: now,
                wish: (**wish).clone(),
                phase: Phase::Asked,
                delivered: 0,
                cancels: Vec::new(),
                owed: Vec::new(),
            };
            (state, true)
        }
        (None, _) => return Err(Illegal::Refused("there is no such reminder".into())),
    };
    let mut moment = Moment { state, now, actions: Vec::new(), timers: Vec::new(), withdraw: Vec::new() };
    if new {
        let (ask, via) = (moment.state.ask.clone(), moment.state.via.clone());
        moment.acknowledge(&ask, &via);
        moment.actions.push(Action::ReadStanding);
    } else {
        moment.take(event)?;
    }
    let Moment { state, actions, timers, withdraw, .. } = moment;
    Ok(Transition { state, actions, timers, withdraw })
}

/// Under which key the sign on an ask's comment is owed.
fn seen(ask: &str) -> String {
    format!("seen:{ask}")
}

/// A transition in the making.
struct Moment {
    state: State,
    now: Timestamp,
    actions: Vec<Action>,
    timers: Vec<TimerChange>,
    withdraw: Vec<&'static str>,
}

impl Moment {
    /// Takes the fact into the state.
    fn take(&mut self, event: &Event) -> Result<(), Illegal> {
        match event {
            Event::Asked { .. } => {} // A fresh delivery does not make a fact new.
            Event::StandingRead { standing } => self.standing_read(standing),
            Event::TimerFired { timer: Timer::Due | Timer::Again } => self.time_has_come(),
            Event::Delivered { number, next, pr, .. } => self.delivered(*number, *next, pr),
            Event::NotDelivered { number, why } => self.not_delivered(*number, why),
            Event::Hinted => self.hinted(),
            Event::PullRequestRead { open } => self.pull_request_read(*open),
            Event::CancelAsked { ask, by, via } => return self.cancel_asked(ask, by, via),
            Event::PermissionRead { ask, permission } => self.permission_read(ask, *permission),
            Event::AccessChanged { change } => self.access_changed(change),
            Event::Replied { key } => self.settle(key),
            Event::Reacted { ask } => self.settle(&seen(ask)),
            Event::ActionFailed { failed, message, .. } => self.action_failed(failed, message),
        }
        Ok(())
    }

    fn action_failed(&mut self, failed: &Failed, message: &str) {
        match failed {
            Failed::ReadStanding => self.standing_unreadable(),
            Failed::ReadPermission { ask } => self.permission_unreadable(ask),
            // The delivery reads it again.
            Failed::ReadPullRequest => {}
            Failed::Deliver { number } => self.try_again(*number, message),
            Failed::Reply { key } => self.settle(key),
            Failed::React { ask } => self.settle(&seen(ask)),
        }
    }

    fn settle(&mut self, key: &str) {
        self.state.owed.retain(|owed| owed != key);
    }

    /// Somebody who wrote a comment sees at once that it was taken in.
    fn acknowledge(&mut self, ask: &str, via: &Via) {
        let shown = matches!(via, Via::Comment { .. } | Via::ReviewComment { .. });
        if shown && !self.state.owed.contains(&seen(ask)) {
            self.state.owed.push(seen(ask));
            self.actions.push(Action::React { ask: ask.to_owned(), to: via.clone() });
        }
    }

    /// Answers, unless it was asked for where the answer is read otherwise: the command line and the API.
    fn reply(&mut self, key: String, to: Via, text: ReplyText) {
        if to != Via::Operator && !self.state.owed.contains(&key) {
            self.state.owed.push(key.clone());
            self.actions.push(Action::Reply { key, to, text });
        }
    }

    fn wait(&mut self, due: Timestamp) {
        self.state.phase = Phase::Waiting { due };
        self.at(Timer::Due, due);
    }

    /// Ends it: no timer is left, and a delivery that has not begun is withdrawn.
    fn end(&mut self, end: End) {
        self.state.phase = Phase::Over { end };
        self.timers.extend(Timer::ALL.map(|timer| TimerChange::Cancel { name: timer.name().into() }));
        self.withdraw.push("deliver");
    }

    fn at(&mut self, timer: Timer, at: Timestamp) {
        self.timers.push(TimerChange::At { name: timer.name().into(), at });
    }
}
