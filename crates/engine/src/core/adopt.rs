//! What a row that was read becomes in memory, and what other reads bring.

use super::{Core, Effect, Note, Origin, SubmitError, item::Item, item::Name, live::Live};
use crate::{
    ActiveRow, EarlyRow, EventEffect, EventId, EventRecord, PoolRow, StoreError, Timestamp, WorkflowId, WorkflowRow,
    core::load::PAGE,
};
use std::sync::Arc;

impl Core {
    /// Takes a row into memory. One whose state has an older shape is written again, with the resulting state as an
    /// event (E10).
    pub(super) fn adopt(&mut self, row: WorkflowRow, early: Vec<EarlyRow>, now: Timestamp) {
        let (id, older) = (row.id, row.state_version);
        if self.live.contains_key(&id) {
            return;
        }
        let Some(known) = self.kinds.get(&*row.kind) else {
            let why = format!("this program does not run the kind `{}`", row.kind);
            return self.cannot_read(id, None, why);
        };
        let name = Name { kind: known.kind.name(), key: Arc::clone(&row.key) };
        let (mut live, upgraded) = match Live::read(row, Arc::clone(&known.kind), Arc::clone(&known.name)) {
            Ok(read) => read,
            Err(why) => return self.cannot_read(id, Some(name), why),
        };
        self.unreadable.remove(&id);
        self.unreadable_names.remove(&name);
        live.early = early;
        self.set_pool(id, live.pool());
        self.actions.adopt(id, &live.pending, self.held(now));
        if upgraded {
            self.record_upgrade(&mut live, older, now);
        }
        self.by_name.insert(name, id);
        self.live.insert(id, Box::new(live));
        self.wake(id, now);
        self.dispatch(id, now);
        self.mark_idle(id, now);
    }

    fn cannot_read(&mut self, workflow: WorkflowId, name: Option<Name>, why: String) {
        if let Some(name) = name {
            self.unreadable_names.insert(name, why.clone());
        }
        if self.unreadable.insert(workflow, why.clone()).as_ref() != Some(&why) {
            self.effects.push(Effect::Note(Note::Unreadable { workflow, why }));
        }
    }

    fn record_upgrade(&mut self, live: &mut Live, from: u32, now: Timestamp) {
        let Some(state) = &live.state else { return };
        live.revision += 1;
        live.unsettled += u8::from(!self.open.touched.contains_key(&live.id));
        self.open.touched.entry(live.id).or_default().event_name = Some("upgraded".into());
        self.open.events.push(EventRecord {
            workflow: live.id,
            id: EventId::new("upgrade", format_args!("{from}:{}:{}", live.kind.version(), live.revision)),
            seq: live.revision,
            effect: EventEffect::Upgraded,
            payload: Arc::clone(&state.json),
            at: now,
            code: Arc::clone(&self.code),
        });
    }

    pub(super) fn load_failed(&mut self, items: Vec<Item>, asked: Vec<WorkflowId>, error: StoreError, now: Timestamp) {
        for item in items.into_iter().rev() {
            if let Origin::Outside(ticket) = item.origin {
                let answer = Err(SubmitError::Store(error.clone()));
                self.effects.push(Effect::Answer { ticket, answer });
            } else {
                self.lanes.ready.push_front(item);
            }
        }
        asked.into_iter().for_each(|id| self.loading.want(id));
        self.read_failed(error, now);
    }

    /// What was left pending is taken up again. What had nothing pending was on its way to rest.
    pub(super) fn active_loaded(&mut self, rows: Result<Vec<ActiveRow>, StoreError>, now: Timestamp) {
        self.loading.active_asked = false;
        match rows {
            Ok(rows) => {
                self.loading.active_after = rows.last().map(|row| row.workflow).filter(|_| rows.len() == PAGE);
                for ActiveRow { workflow, pending } in rows {
                    if self.live.contains_key(&workflow) {
                        continue;
                    }
                    if pending {
                        self.loading.want(workflow);
                    } else {
                        self.open.rested.insert(workflow);
                    }
                }
            }
            Err(error) => self.read_failed(error, now),
        }
    }

    pub(super) fn pools_loaded(&mut self, rows: Result<Vec<PoolRow>, StoreError>, now: Timestamp) {
        self.pools_asked = false;
        match rows {
            Ok(_) if self.pools_wanted => {} // a commit failed meanwhile: they are asked for again
            Ok(rows) => {
                let live: Vec<_> = rows.iter().map(|row| row.workflow).collect();
                self.pools.learn(rows);
                for id in live {
                    if let Some(live) = self.live.get(&id) {
                        self.pools.set(id, live.pool());
                    }
                }
            }
            Err(error) => {
                self.pools_wanted = true;
                self.read_failed(error, now);
            }
        }
    }

    pub(super) fn early_dropped(&mut self, rows: Result<Vec<EarlyRow>, StoreError>, now: Timestamp) {
        self.early_sweeping = false;
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) => return self.read_failed(error, now),
        };
        self.early_sweep_at = (rows.len() == PAGE).then_some(now);
        for row in rows {
            self.counts.dropped_early += 1;
            let names = self.kinds.get(&*row.kind).map(|k| Name { kind: k.kind.name(), key: Arc::clone(&row.key) });
            let live = names.and_then(|name| self.by_name.get(&name)).and_then(|id| self.live.get_mut(id));
            if let Some(live) = live {
                live.early.retain(|kept| kept.id != row.id);
            }
            self.effects.push(Effect::Note(Note::DroppedEarly { kind: row.kind, key: row.key, id: row.id }));
        }
        // Others may have a later time; while any were kept in this process the sweep goes on.
        if self.early_kept {
            self.sweep_early_later(now);
        }
    }

    /// An operator wants it looked at: what can be started is started, its early events are tried.
    pub(super) fn repair(&mut self, id: WorkflowId, now: Timestamp) {
        if self.live.contains_key(&id) {
            self.actions.hurry(id, now, self.held(now));
            self.try_early(id, now);
            self.wake(id, now);
            self.dispatch(id, now);
        } else {
            self.loading.want(id);
        }
    }
}
