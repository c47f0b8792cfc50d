//! Closing a batch, and what follows from how its commit ended.

use super::{
    Announcement, Core, Effect, Origin, SubmitError,
    item::{Item, Target},
    open::{After, Flight, Open},
};
use crate::{Batch, CommitError, StoreError, Timestamp, WorkflowId};
use std::{collections::BTreeSet, mem, sync::Arc};

/// Batches handed over at once. The second one lies ready when the first is durable, so that the database does not wait
/// for the core, nor the core for it; a third would only make the answers later.
const FLIGHTS_MAX: usize = 2;

/// Conflicts that an event may meet when it is alone in its batch, each after a fresh read.
const CONFLICTS_MAX: u8 = 3;

impl Core {
    /// Sends the open batch off: at once if none is under way, behind that one if it is full.
    pub(super) fn close(&mut self, now: Timestamp) {
        while self.may_close() && now >= self.paused_until {
            let flight = self.take_off(now);
            if flight.batch.is_empty() && self.flights.is_empty() {
                // Repeats and refusals only, judged against what is durable already.
                self.land(flight, now);
            } else {
                self.effects.push(Effect::Commit(Arc::clone(&flight.batch)));
                self.flights.push_back(flight);
            }
            self.pump(now);
        }
    }

    fn may_close(&self) -> bool {
        match self.flights.len() {
            0 => !self.open.is_empty() && self.written_off == 0,
            1..FLIGHTS_MAX => self.open.items.len() >= self.batch_cap && self.open.writes(),
            _ => false,
        }
    }

    fn take_off(&mut self, now: Timestamp) -> Flight {
        let next = Open::with_room(self.open.items.len());
        let Open { items, answers, touched, rested, events, early, early_used, inbox_done, tally } =
            mem::replace(&mut self.open, next);
        let updates = Vec::with_capacity(touched.len());
        // One that was read and moved again since says itself what it is.
        let rested = rested.into_iter().filter(|id| !touched.contains_key(id)).collect();
        let mut batch = Batch { updates, rested, events, early, early_used, inbox_done, ..Batch::default() };
        let mut after = Vec::with_capacity(touched.len());
        for (id, touch) in touched {
            let Some(live) = self.live.get_mut(&id) else { continue };
            let is_new = !mem::replace(&mut live.stored, true);
            let (Some(row), Some(state)) = (live.row(now), &live.state) else { continue };
            after.push(After {
                id,
                touch,
                state: Arc::clone(&state.typed),
                status: live.summary.status,
                revision: live.revision,
            });
            if is_new { batch.inserts.push(row) } else { batch.updates.push(row) }
        }
        Flight { items, answers, after, tally, batch: Arc::new(batch) }
    }

    pub(super) fn committed(&mut self, now: Timestamp) {
        if self.was_written_off() {
            return;
        }
        let Some(flight) = self.flights.pop_front() else { return };
        self.counts.commits += 1;
        self.batch_cap = (self.batch_cap * 2).min(self.limits.batch_max);
        self.land(flight, now);
    }

    fn was_written_off(&mut self) -> bool {
        let before = self.written_off;
        self.written_off = before.saturating_sub(1);
        before > 0
    }

    /// The batch is durable: now others may know.
    fn land(&mut self, flight: Flight, now: Timestamp) {
        let Flight { items, answers, after, tally, .. } = flight;
        for place in items.iter().filter_map(|item| item.inbox) {
            self.inbox_held.remove(&place);
        }
        self.counts.transitions += tally.transitions;
        self.counts.duplicates += tally.duplicates;
        self.counts.illegal += tally.illegal;
        self.counts.kept_early += tally.kept_early;
        self.counts.timers_fired += tally.timers_fired;
        self.counts.granted += tally.granted;
        self.effects.extend(answers.into_iter().map(|(ticket, answer)| Effect::Answer { ticket, answer }));
        if after.iter().any(|after| after.touch.slots) {
            self.effects.push(Effect::SlotsMoved);
        }
        for After { id, touch, state, status, revision } in after {
            let Some(live) = self.live.get_mut(&id) else { continue };
            live.unsettled = live.unsettled.saturating_sub(1);
            live.committed = Some(state);
            self.actions.landed(live, &touch);
            if let Some(event_name) = touch.event_name {
                let kind = Arc::clone(&live.kind_name);
                let news = Announcement { workflow: id, kind, revision, status, event_name };
                self.effects.push(Effect::Announce(news));
            }
            self.wake(id, now);
            self.dispatch(id, now);
            self.mark_idle(id, now);
        }
    }

    /// Nothing of the batch may be relied on, nor of what gathered on top of it: what is in memory of both is dropped
    /// and read again.
    pub(super) fn commit_failed(&mut self, error: CommitError, now: Timestamp) {
        if self.was_written_off() {
            return;
        }
        let Some(failed) = self.flights.pop_front() else { return };
        self.written_off = self.flights.len();
        // They are active still, and come to rest once more.
        let rested = failed.batch.rested.iter().chain(self.flights.iter().flat_map(|flight| &flight.batch.rested));
        rested.chain(&self.open.rested).for_each(|id| self.loading.want(*id));
        let (mut behind, mut touched) = (Vec::new(), failed.touched());
        for flight in mem::take(&mut self.flights) {
            touched.extend(flight.touched());
            behind.extend(flight.items);
        }
        let open = mem::take(&mut self.open);
        touched.extend(open.touched.keys());
        behind.extend(open.items);
        touched.extend(failed.items.iter().chain(&behind).filter_map(|item| match &item.target {
            Target::Id(id) => Some(*id),
            Target::Key(name) => self.by_name.get(name).copied(),
        }));
        for id in touched.into_iter().collect::<BTreeSet<WorkflowId>>() {
            self.forget(id);
            self.loading.want(id);
        }
        if self.part.is_whole() {
            self.pools.forget();
            self.pools_wanted = true;
            self.drop_grants();
        }
        let hopeless = failed.items.iter().any(|item| item.conflicts >= CONFLICTS_MAX);
        self.requeue(failed.items, behind, &error);
        self.commit_failing(error, hopeless, now);
    }

    fn requeue(&mut self, failed: Vec<Item>, behind: Vec<Item>, error: &CommitError) {
        let conflict = matches!(error, CommitError::Conflict(_));
        let alone = failed.len() == 1;
        if conflict {
            self.batch_cap = (failed.len() / 2).max(1);
        }
        let failed = failed.into_iter().map(|mut item| {
            item.conflicts = item.conflicts.saturating_add(u8::from(conflict && alone));
            item
        });
        for mut item in failed.chain(behind).rev() {
            item.known = None;
            match item.origin {
                Origin::Grant { .. } if item.inbox.is_none() => {}
                // It lies in the inbox still, and is taken from there again.
                Origin::Inbox | Origin::Grant { .. } if item.conflicts > CONFLICTS_MAX => {
                    if let Some(place) = item.inbox {
                        self.inbox_held.remove(&place);
                    }
                }
                Origin::Outside(ticket) if !conflict || item.conflicts > CONFLICTS_MAX => {
                    let answer = Err(SubmitError::Store(StoreError(error.to_string())));
                    self.effects.push(Effect::Answer { ticket, answer });
                }
                _ => self.lanes.ready.push_front(item),
            }
        }
    }

    fn drop_grants(&mut self) {
        let is_grant = |item: &Item| matches!(item.origin, Origin::Grant { .. });
        self.lanes.ready.retain(|item| !is_grant(item));
        self.lanes.owed.retain(|item| !is_grant(item));
        self.loading.drop_grants();
    }

    /// Gives free slots away (E13).
    pub(super) fn grant(&mut self) {
        while self.lanes.owed.len() < self.limits.batch_max {
            let Some((id, pool)) = self.pools.grant() else { return };
            if let Some(why) = self.unreadable.get(&id).cloned() {
                self.decline(id, &why);
                continue;
            }
            let known = self.live.get(&id).map(|live| (Arc::clone(&live.kind), live.revision));
            let Some((kind, revision)) = known else {
                // Not in memory: it is read first, and then its turn comes again.
                self.pools.postpone(id);
                self.loading.want(id);
                return;
            };
            match kind.granted(&pool) {
                Some(Ok(event)) => {
                    let event_id = crate::EventId::new("pool", format_args!("{pool}:{revision}"));
                    self.lanes.owed.push_back(Item::new(Target::Id(id), event_id, event, Origin::Grant { pool }));
                }
                Some(Err(why)) => self.decline(id, &why),
                None => self.decline(id, "its kind has no event for a slot of this pool"),
            }
        }
    }

    fn decline(&mut self, id: WorkflowId, why: &str) {
        self.note_refused(id, &crate::EventId::new("pool", "offer"), why);
        self.pools.decline(id);
    }
}
