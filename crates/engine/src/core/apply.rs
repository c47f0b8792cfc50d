//! From the lanes into the open batch: each event is judged by its workflow's transition and applied in memory at once;
//! nobody is told before the commit.

use super::{Act, Core, Fact, Moved, Origin, Receipt, SubmitError, item::Item, item::Target, live::Live};
use crate::{EventEffect, EventId, EventRecord, Illegal, InboxDone, STATE_BYTES_MAX, Timestamp, WorkflowId};
use std::sync::Arc;

/// What the transition says of an event, limits included.
#[expect(clippy::large_enum_variant, reason = "it lives for one call; a box would cost more than the space")]
pub(super) enum Verdict {
    Moved(Moved),
    Early { why: String, keep_ms: u64 },
    Refused(SubmitError),
}

impl Core {
    /// Fills the open batch.
    pub(super) fn pump(&mut self, now: Timestamp) {
        while self.open.items.len() < self.batch_cap {
            let Some(item) = self.lanes.next(self.open.items.len(), self.batch_cap) else { break };
            if self.loading.holds(&item.target) {
                self.loading.wait(item);
                continue;
            }
            let live = match &item.target {
                Target::Id(id) => self.live.get(id),
                Target::Key(name) => self.by_name.get(name).and_then(|id| self.live.get(id)),
            };
            let Some(live) = live else {
                self.loading.wait(item);
                continue;
            };
            if item.origin.is_outside() && item.known.is_none() && live.window.knows(&item.id).is_none() {
                self.loading.wait(item);
                continue;
            }
            let id = live.id;
            self.apply(id, item, now);
        }
    }

    fn apply(&mut self, id: WorkflowId, item: Item, now: Timestamp) {
        let answer = match self.try_apply(id, &item, now) {
            Some(answer) => answer,
            None => {
                // It settles nothing any more; out of the inbox it goes all the same.
                if let Some(place) = item.inbox {
                    self.open.inbox_done.push(InboxDone { place, refusal: None });
                    self.open.items.push(item);
                }
                return self.mark_idle(id, now);
            }
        };
        match (&item.origin, &answer) {
            (_, Ok(receipt)) if receipt.duplicate => self.open.tally.duplicates += 1,
            (Origin::Outside(_) | Origin::Inbox, Err(_)) => self.open.tally.illegal += 1,
            _ => {}
        }
        if let Some(place) = item.inbox {
            let refusal = answer.as_ref().err().map(ToString::to_string);
            self.open.inbox_done.push(InboxDone { place, refusal });
        }
        if let Origin::Outside(ticket) = item.origin {
            self.open.answers.push((ticket, answer));
        }
        self.open.items.push(item);
        self.mark_idle(id, now);
    }

    fn try_apply(&mut self, id: WorkflowId, item: &Item, now: Timestamp) -> Option<Result<Receipt, SubmitError>> {
        let live = self.live.get_mut(&id)?;
        if !still_open(live, &item.origin) {
            return None;
        }
        if item.origin.is_outside() {
            let kept = live.early.iter().any(|early| early.id == item.id);
            if kept || live.window.knows(&item.id).or(item.known) == Some(true) {
                return Some(Ok(Receipt { duplicate: true, kept, ..receipt(live) }));
            }
        }
        match judge(live, &item.event, &self.limits, now) {
            Verdict::Moved(moved) => {
                let record = (item.id.clone(), Arc::clone(&item.event.json));
                self.advance(id, moved, record, &item.event, &item.origin, now);
                let receipt = receipt(self.live.get(&id)?);
                self.try_early(id, now);
                Some(Ok(receipt))
            }
            Verdict::Early { why, keep_ms } => match item.origin {
                Origin::Outside(_) | Origin::Inbox => Some(self.keep_early(id, item, why, keep_ms, now)),
                Origin::Action(_) => {
                    let kept = self.keep_early(id, item, why, keep_ms, now);
                    if let Err(error) = &kept {
                        self.refuse_owed(id, item, &error.to_string(), now);
                    } else {
                        self.settle_quietly(id, &item.origin);
                    }
                    Some(kept)
                }
                _ => {
                    self.refuse_owed(id, item, &why, now);
                    Some(Err(SubmitError::Illegal(Illegal::TooEarly { why, keep_ms })))
                }
            },
            Verdict::Refused(error) => {
                match item.origin {
                    Origin::Outside(_) => {}
                    Origin::Inbox => self.note_refused(id, &item.id, &error.to_string()),
                    Origin::Action(action) => self.answer_refused(id, action, item, &error, now),
                    _ => self.refuse_owed(id, item, &error.to_string(), now),
                }
                Some(Err(error))
            }
        }
    }

    /// Applies a transition in memory and records it in the open batch.
    pub(super) fn advance(
        &mut self,
        id: WorkflowId,
        moved: Moved,
        (event_id, payload): (EventId, Arc<str>),
        event: &Fact,
        origin: &Origin,
        now: Timestamp,
    ) {
        let Some(live) = self.live.get_mut(&id) else { return };
        let slots_before = if self.part.is_whole() { None } else { live.pool() };
        live.revision += 1;
        live.last_activity = now;
        live.unsettled += u8::from(!self.open.touched.contains_key(&id));
        let touch = self.open.touched.entry(id).or_default();
        touch.event_name = Some(live.kind.event_name(&event.typed));
        settle(live, origin, touch);
        for name in &moved.withdraw {
            self.actions.withdraw(live, name, touch);
        }
        for act in moved.actions {
            live.actions += 1;
            let action = crate::ActionId(live.actions);
            live.pending.push(super::live::Pending { id: action, act });
            touch.started.push(action);
        }
        super::timers::change(live, moved.timers, now);
        live.state = Some(moved.state);
        live.summary = moved.summary;
        live.window.push(event_id.clone());
        let slots = live.pool();
        if self.part.is_whole() {
            self.pools.set(id, slots);
        } else {
            touch.slots |= slots_before != slots;
        }
        match origin {
            Origin::Timer { .. } => self.open.tally.timers_fired += 1,
            Origin::Grant { .. } => self.open.tally.granted += 1,
            _ => {}
        }
        self.open.tally.transitions += 1;
        self.record(id, event_id, payload, EventEffect::Applied, now);
    }

    /// What the workflow refuses but the engine owes: recorded, the state stays.
    pub(super) fn refuse_owed(&mut self, id: WorkflowId, item: &Item, why: &str, now: Timestamp) {
        self.note_refused(id, &item.id, why);
        if let Origin::Grant { .. } = item.origin {
            return self.pools.decline(id);
        }
        let Some(live) = self.live.get_mut(&id) else { return };
        live.revision += 1;
        live.unsettled += u8::from(!self.open.touched.contains_key(&id));
        settle(live, &item.origin, self.open.touched.entry(id).or_default());
        self.record(id, item.id.clone(), Arc::clone(&item.event.json), EventEffect::Refused, now);
    }

    /// An answer that is kept early settles its action without an event of its own.
    fn settle_quietly(&mut self, id: WorkflowId, origin: &Origin) {
        let Some(live) = self.live.get_mut(&id) else { return };
        live.unsettled += u8::from(!self.open.touched.contains_key(&id));
        settle(live, origin, self.open.touched.entry(id).or_default());
    }

    pub(super) fn note_refused(&mut self, workflow: WorkflowId, id: &EventId, why: &str) {
        let note = super::Note::Refused { workflow, id: id.clone(), why: why.to_owned() };
        self.effects.push(super::Effect::Note(note));
    }

    pub(super) fn record(
        &mut self,
        id: WorkflowId,
        event: EventId,
        payload: Arc<str>,
        effect: EventEffect,
        at: Timestamp,
    ) {
        let Some(live) = self.live.get(&id) else { return };
        let code = Arc::clone(&self.code);
        self.open.events.push(EventRecord { workflow: id, id: event, seq: live.revision, effect, payload, at, code });
    }
}

/// Whether what the event settles is still there to be settled.
fn still_open(live: &mut Live, origin: &Origin) -> bool {
    match origin {
        Origin::Outside(_) | Origin::Inbox => true,
        Origin::Action(action) => live.pending.iter().any(|pending| pending.id == *action),
        Origin::Grant { pool } => live.pool().is_some_and(|columns| columns.pool == *pool && columns.waits.is_some()),
        Origin::Timer { name, armed } => {
            live.firing.retain(|(n, a)| (n, a) != (name, armed));
            live.timers.iter().any(|timer| (&timer.name, &timer.armed) == (name, armed))
        }
    }
}

/// Removes what the event settles.
fn settle(live: &mut Live, origin: &Origin, touch: &mut super::open::Touch) {
    match origin {
        Origin::Outside(_) | Origin::Inbox | Origin::Grant { .. } => {}
        Origin::Action(action) => {
            live.pending.retain(|pending| pending.id != *action);
            touch.ended.push(*action);
        }
        Origin::Timer { name, .. } => live.timers.retain(|timer| timer.name != *name),
    }
}

fn receipt(live: &Live) -> Receipt {
    Receipt {
        workflow: if live.state.is_some() { live.id } else { WorkflowId::default() },
        revision: live.revision,
        status: live.summary.status.to_owned(),
        duplicate: false,
        kept: false,
    }
}

/// Asks the transition, and holds its result against the limits.
pub(super) fn judge(live: &Live, event: &Fact, limits: &super::Limits, now: Timestamp) -> Verdict {
    let moved = match live.kind.transition(live.state.as_ref().map(|state| &state.typed), &event.typed, now) {
        Ok(moved) => moved,
        Err(Illegal::TooEarly { why, keep_ms }) => return Verdict::Early { why, keep_ms },
        Err(refused) => return Verdict::Refused(refused.into()),
    };
    let size = |act: &Act| act.fact.json.len();
    let bytes = moved.actions.iter().map(size).chain([moved.state.json.len()]).max().unwrap_or(0);
    if bytes > STATE_BYTES_MAX {
        return Verdict::Refused(SubmitError::TooLarge { bytes, max: STATE_BYTES_MAX });
    }
    let refused = |why: &str| Verdict::Refused(Illegal::Refused(why.to_owned()).into());
    if live.pending.len() + moved.actions.len() > limits.actions_pending_max {
        return refused("too many actions are pending; wait for some of them");
    }
    if live.timers.len() + moved.timers.len() > limits.timers_max {
        return refused("too many timers are set");
    }
    Verdict::Moved(moved)
}
