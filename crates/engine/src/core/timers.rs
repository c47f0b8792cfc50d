//! Timers (E7). Only the near window is in memory, as one wake-up per workflow; the rest is found by the index when its
//! time comes near. What is late is admitted at a bounded rate.

use super::{
    Core, Effect, Fact, Limits, Note, Origin,
    format::Timer,
    item::{Item, Target},
    live::Live,
};
use crate::{EventId, StoreError, TimerChange, Timestamp, WorkflowId};
use std::collections::{BTreeMap, BTreeSet};

/// Rows per read of coming timers.
const PAGE: usize = 4_096;
/// How long a wake-up that had to wait for the overdue rate waits.
const RATE_PAUSE_MS: u64 = 10;

/// The near window.
#[derive(Debug, Default)]
pub(super) struct Clockwork {
    /// This owner hears since then.
    owned: Timestamp,
    near: BTreeSet<(Timestamp, WorkflowId)>,
    near_of: BTreeMap<WorkflowId, Timestamp>,
    /// Every row whose stored wake-up is not after this place is in `near`.
    covered: (Timestamp, WorkflowId),
    asked: Option<Timestamp>,
    /// The window was cut while a read was under way.
    cut: bool,
    /// Everything up to then was read.
    read_until: Timestamp,
    heard: BTreeMap<WorkflowId, Timestamp>,
    /// Overdue timers that may be admitted, and since when that was counted.
    tokens: u32,
    counted: Timestamp,
    begun: bool,
}

impl Clockwork {
    pub fn begin(&mut self, now: Timestamp) {
        (self.owned, self.counted, self.begun) = (now, now, true);
    }

    pub fn hear(&mut self, workflow: WorkflowId, now: Timestamp) {
        self.heard.insert(workflow, now);
    }

    pub fn due(&self, workflow: WorkflowId, timer: &Timer) -> Timestamp {
        timer.due(self.owned, self.heard.get(&workflow).copied())
    }

    fn set(&mut self, workflow: WorkflowId, at: Option<Timestamp>) {
        if let Some(old) = self.near_of.remove(&workflow) {
            self.near.remove(&(old, workflow));
        }
        if let Some(at) = at {
            self.near.insert((at, workflow));
            self.near_of.insert(workflow, at);
        }
    }

    /// When something is to be done about timers.
    pub fn next(&self, limits: &Limits, now: Timestamp) -> Option<Timestamp> {
        // What is due and still here waits for the overdue rate.
        let first = self.near.first().map(|(at, _)| if *at > now { *at } else { now.plus_millis(RATE_PAUSE_MS) });
        let extend = self.begun && self.asked.is_none() && self.near.len() < limits.near_max;
        first.into_iter().chain(extend.then_some(self.read_until)).min()
    }

    fn refill(&mut self, rate: u32, now: Timestamp) {
        let passed = u64::try_from(now.since(self.counted).as_millis()).unwrap_or(u64::MAX).min(1_000);
        let new = u64::from(rate) * passed / 1_000;
        if new > 0 {
            self.tokens = self.tokens.saturating_add(u32::try_from(new).unwrap_or(u32::MAX)).min(rate / 10 + 1);
            self.counted = now;
        }
    }

    /// Workflows that are to be woken now.
    fn take_due(&mut self, limits: &Limits, room: usize, now: Timestamp) -> Vec<WorkflowId> {
        self.refill(limits.overdue_timers_per_second, now);
        let overdue_before = Timestamp::from_millis(now.as_millis().saturating_sub(Limits::OVERDUE_MS));
        let split = (overdue_before, WorkflowId(0));
        let tokens = usize::try_from(self.tokens).unwrap_or(usize::MAX);
        let on_time = self.near.range(split..=(now, WorkflowId(u64::MAX))).take(room);
        let mut due: Vec<_> = on_time.copied().collect();
        let late: Vec<_> = self.near.range(..split).take(tokens.min(room.saturating_sub(due.len()))).copied().collect();
        self.tokens -= u32::try_from(late.len()).unwrap_or(self.tokens).min(self.tokens);
        due.extend(late);
        for (_, id) in &due {
            self.set(*id, None);
        }
        due.into_iter().map(|(_, id)| id).collect()
    }
}

/// Applies a transition's changes.
pub(super) fn change(live: &mut Live, changes: Vec<TimerChange>, now: Timestamp) {
    let armed = live.revision;
    for change in changes {
        let (TimerChange::At { name, .. } | TimerChange::Silence { name, .. } | TimerChange::Cancel { name }) = &change;
        live.timers.retain(|timer| timer.name != *name);
        live.timers.extend(match change {
            TimerChange::Cancel { .. } => None,
            TimerChange::At { name, at } => Some(Timer { name, armed, at, silence_ms: None, signals: false }),
            TimerChange::Silence { name, after_ms, pushed_back_by_signals: signals } => {
                Some(Timer { name, armed, at: now, silence_ms: Some(after_ms), signals })
            }
        });
    }
}

impl Core {
    /// Reads the next stretch of timers when the window runs low.
    pub(super) fn ask_timers(&mut self, now: Timestamp) {
        let clock = &mut self.clockwork;
        if !clock.begun || clock.asked.is_some() || clock.read_until > now || clock.near.len() >= self.limits.near_max {
            return;
        }
        let until = now.plus_millis(self.limits.near_window_ms);
        clock.asked = Some(until);
        clock.cut = false;
        self.effects.push(Effect::LoadTimers { after: clock.covered, until, limit: PAGE });
    }

    pub(super) fn timers_loaded(&mut self, rows: Result<Vec<(Timestamp, WorkflowId)>, StoreError>, now: Timestamp) {
        let until = self.clockwork.asked.take().unwrap_or(now);
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) => return self.read_failed(error, now),
        };
        let clock = &mut self.clockwork;
        let whole = rows.len() < PAGE;
        if !clock.cut {
            clock.covered = match rows.last() {
                Some(last) if !whole => *last,
                _ => (until, WorkflowId(u64::MAX)),
            };
            // Half a window ahead, so that nothing due is ever outside of it.
            clock.read_until = if whole { now.plus_millis(self.limits.near_window_ms / 2) } else { now };
        }
        for (at, id) in rows {
            if self.live.contains_key(&id) {
                self.wake(id, now);
            } else if !self.clockwork.near_of.contains_key(&id) {
                self.clockwork.set(id, Some(at));
            }
        }
    }

    /// Timers that are due get on their way; those of workflows that are not in memory after a read.
    pub(super) fn fire_due(&mut self, now: Timestamp) {
        let room = (self.limits.batch_max * 4).saturating_sub(self.lanes.timers.len());
        for id in self.clockwork.take_due(&self.limits, room, now) {
            if self.live.contains_key(&id) {
                self.wake(id, now);
            } else {
                self.loading.want(id);
            }
        }
    }

    /// Looks at the timers of a workflow in memory: fires those that are due, and sets its next wake-up.
    pub(super) fn wake(&mut self, id: WorkflowId, now: Timestamp) {
        let Some(live) = self.live.get_mut(&id) else { return };
        let mut next: Option<Timestamp> = None;
        let mut unknown = Vec::new();
        if !live.timers.iter().any(|timer| timer.signals) {
            self.clockwork.heard.remove(&id);
        }
        for timer in &live.timers {
            if live.firing.iter().any(|(name, armed)| (name, armed) == (&timer.name, &timer.armed)) {
                continue;
            }
            let due = self.clockwork.due(id, timer);
            if due > now {
                next = Some(next.map_or(due, |next| next.min(due)));
                continue;
            }
            match live.kind.timer_fired(&timer.name) {
                Some(Ok(event)) => {
                    live.firing.push((timer.name.clone(), timer.armed));
                    self.lanes.timers.push_back(timer_item(id, timer, event));
                }
                None | Some(Err(_)) => unknown.push(timer.name.clone()),
            }
        }
        self.drop_unknown(id, &unknown);
        self.note_wake(id, next);
        self.mark_idle(id, now);
    }

    fn drop_unknown(&mut self, workflow: WorkflowId, names: &[String]) {
        let Some(live) = self.live.get_mut(&workflow).filter(|_| !names.is_empty()) else { return };
        live.timers.retain(|timer| !names.contains(&timer.name));
        live.revision += 1;
        live.unsettled += u8::from(!self.open.touched.contains_key(&workflow));
        self.open.touched.entry(workflow).or_default();
        let notes = names.iter().map(|name| Effect::Note(Note::UnknownTimer { workflow, name: name.clone() }));
        self.effects.extend(notes);
    }

    fn note_wake(&mut self, id: WorkflowId, next: Option<Timestamp>) {
        let stored = self.live.get(&id).and_then(|live| live.wake_at);
        let clock = &mut self.clockwork;
        let horizon = clock.asked.map_or(clock.covered, |until| clock.covered.max((until, WorkflowId(u64::MAX))));
        let Some(next) = next else { return clock.set(id, None) };
        // A wake-up outside of the window is found by the index; one whose stored time lies inside but whose clock was
        // pushed back is not, so it stays.
        let stored = stored.unwrap_or(next).min(next);
        if (stored, id) > horizon {
            return clock.set(id, None);
        }
        if clock.near.len() >= self.limits.near_max && stored == next && !clock.near_of.contains_key(&id) {
            // Full: the window is cut, and the index finds this one later.
            clock.covered = clock.covered.min((stored, WorkflowId(id.0.saturating_sub(1))));
            clock.read_until = Timestamp::default();
            clock.cut = true;
            return;
        }
        clock.set(id, Some(next));
    }
}

fn timer_item(id: WorkflowId, timer: &Timer, event: Fact) -> Item {
    let origin = Origin::Timer { name: timer.name.clone(), armed: timer.armed };
    let event_id = EventId::new("timer", format_args!("{}:{}", timer.name, timer.armed));
    Item::new(Target::Id(id), event_id, event, origin)
}
