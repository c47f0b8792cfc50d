//! Events that came too early (E3): kept with the commit that acknowledges them, tried again after each transition.

use super::{Core, Fact, Origin, Receipt, SubmitError, apply::Verdict, apply::judge, item::Item};
use crate::{EarlyRow, EventEffect, Illegal, Timestamp, WorkflowId};
use std::sync::Arc;

impl Core {
    /// Keeps an event.
    pub(super) fn keep_early(
        &mut self,
        id: WorkflowId,
        item: &Item,
        why: String,
        keep_ms: u64,
        now: Timestamp,
    ) -> Result<Receipt, SubmitError> {
        let max = self.limits.early_max;
        let Some(live) = self.live.get_mut(&id).filter(|live| live.early.len() < max) else {
            return Err(Illegal::Refused(format!("too early ({why}), and {max} events are kept early already")).into());
        };
        let row = EarlyRow {
            kind: Arc::clone(&live.kind_name),
            key: Arc::clone(&live.name.key),
            id: item.id.clone(),
            payload: Arc::clone(&item.event.json),
            at: now,
            keep_until: now.plus_millis(keep_ms),
        };
        live.early.push(row.clone());
        let workflow = if live.state.is_some() { id } else { WorkflowId::default() };
        let (revision, status) = (live.revision, live.summary.status.to_owned());
        self.open.early.push(row);
        self.open.tally.kept_early += 1;
        self.early_kept = true;
        self.sweep_early_later(now);
        Ok(Receipt { workflow, revision, status, duplicate: false, kept: true })
    }

    /// Tries the kept events, oldest first, until none applies.
    pub(super) fn try_early(&mut self, id: WorkflowId, now: Timestamp) {
        let mut place = 0;
        while let Some(row) = self.live.get(&id).and_then(|live| live.early.get(place)).cloned() {
            if row.keep_until <= now || !self.try_one_early(id, &row, now) {
                place += 1;
                continue;
            }
            self.open.use_early(&row);
            if let Some(live) = self.live.get_mut(&id) {
                live.early.retain(|kept| kept.id != row.id);
            }
            place = 0;
        }
    }

    /// Whether the event is done with: applied, or refused for good and recorded as that.
    fn try_one_early(&mut self, id: WorkflowId, row: &EarlyRow, now: Timestamp) -> bool {
        let Some(live) = self.live.get_mut(&id) else { return false };
        if live.state.is_none() {
            return false;
        }
        let event: Fact = match live.kind.read_event(&row.payload) {
            Ok(event) => event,
            Err(why) => {
                self.note_refused(id, &row.id, &why);
                return false;
            }
        };
        match judge(live, &event, &self.limits, now) {
            Verdict::Early { .. } => false,
            Verdict::Moved(moved) => {
                let record = (row.id.clone(), Arc::clone(&row.payload));
                // Tickets are answered when an event is kept; here nobody waits.
                self.advance(id, moved, record, &event, &Origin::Outside(0), now);
                true
            }
            Verdict::Refused(error) => {
                live.revision += 1;
                live.unsettled += u8::from(!self.open.touched.contains_key(&id));
                live.window.push(row.id.clone());
                self.open.touched.entry(id).or_default();
                self.note_refused(id, &row.id, &error.to_string());
                self.record(id, row.id.clone(), Arc::clone(&row.payload), EventEffect::Refused, now);
                true
            }
        }
    }
}
