//! Bringing rows into memory. At most one read of rows is under way, and nothing is put aside meanwhile: so an answer is
//! never older than what memory forgot.

use super::{
    Core, Effect, Note, Origin, SubmitError,
    item::{Item, Name, Target},
    live::Live,
};
use crate::{EventId, LoadRequest, Loaded, StoreError, Timestamp, WorkflowId};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// Rows per read at the start.
pub(super) const PAGE: usize = 1_000;

/// What is to be read, and what is being read.
#[derive(Debug, Default)]
pub(super) struct Loading {
    /// Events that wait for the next read.
    pub(super) next: Vec<Item>,
    /// Events that wait for the read under way.
    current: Vec<Item>,
    waiting: HashMap<Target, usize>,
    /// Rows without an event: left pending, due.
    wanted: BTreeSet<WorkflowId>,
    asked: Option<Vec<WorkflowId>>,
    asked_names: BTreeSet<Name>,
    /// Where the walk over active rows is; `None`: done.
    pub(super) active_after: Option<WorkflowId>,
    pub(super) active_asked: bool,
}

impl Loading {
    pub fn begin(&mut self) {
        self.active_after = Some(WorkflowId::default());
    }

    pub fn under_way(&self) -> bool {
        self.asked.is_some() || self.active_asked
    }

    pub fn has_events(&self) -> bool {
        !self.next.is_empty() || !self.current.is_empty()
    }

    /// An event for this target waits already: later ones stay behind it.
    pub fn holds(&self, target: &Target) -> bool {
        !self.waiting.is_empty() && self.waiting.contains_key(target)
    }

    pub fn wait(&mut self, item: Item) {
        *self.waiting.entry(item.target.clone()).or_default() += 1;
        self.next.push(item);
    }

    pub fn want(&mut self, id: WorkflowId) {
        self.wanted.insert(id);
    }

    fn released(&mut self, items: Vec<Item>) -> Vec<Item> {
        for item in &items {
            if let Some(count) = self.waiting.get_mut(&item.target) {
                *count -= 1;
                if *count == 0 {
                    self.waiting.remove(&item.target);
                }
            }
        }
        items
    }

    /// Grants that wait are decided anew after a failed commit.
    pub fn drop_grants(&mut self) {
        let all = std::mem::take(&mut self.next);
        let (grants, rest) = all.into_iter().partition(|item| matches!(item.origin, Origin::Grant { .. }));
        self.next = rest;
        self.released(grants);
    }
}

impl Core {
    /// Asks for the rows that events wait for.
    pub(super) fn ask_rows(&mut self) {
        if !self.loading.active_asked
            && self.live.len() + self.loading.wanted.len() < self.limits.live_max
            && let Some(after) = self.loading.active_after
        {
            self.loading.active_asked = true;
            self.effects.push(Effect::LoadActive { after, limit: PAGE });
        }
        if self.loading.asked.is_some() || (self.loading.next.is_empty() && self.loading.wanted.is_empty()) {
            return;
        }
        self.loading.current = std::mem::take(&mut self.loading.next);
        let mut keys = BTreeSet::new();
        self.loading.asked_names.clear();
        let mut ids: BTreeSet<_> = self.loading.wanted.iter().copied().take(PAGE).collect();
        self.loading.wanted.retain(|id| !ids.contains(id));
        let mut request = LoadRequest::default();
        for item in &self.loading.current {
            let outside = item.origin.is_outside();
            match &item.target {
                Target::Id(id) => {
                    ids.insert(*id);
                }
                Target::Key(name) => match self.by_name.get(name) {
                    Some(id) => request.check_by_id.push((*id, item.id.clone())),
                    None => {
                        let kind = self.kinds.get(name.kind).map_or_else(|| name.kind.into(), |k| Arc::clone(&k.name));
                        if outside {
                            let key = Arc::clone(&name.key);
                            request.check_by_key.push((Arc::clone(&kind), key, item.id.clone()));
                        }
                        keys.insert((kind, Arc::clone(&name.key)));
                        self.loading.asked_names.insert(name.clone());
                    }
                },
            }
        }
        ids.retain(|id| !self.live.contains_key(id));
        request.keys = keys.into_iter().collect();
        request.ids = ids.iter().copied().collect();
        self.loading.asked = Some(request.ids.clone());
        self.effects.push(Effect::Load(request));
    }

    pub(super) fn loaded(&mut self, loaded: Result<Loaded, StoreError>, now: Timestamp) {
        let items = std::mem::take(&mut self.loading.current);
        let items = self.loading.released(items);
        let asked = self.loading.asked.take().unwrap_or_default();
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(error) => return self.load_failed(items, asked, error, now),
        };
        let mut early = BTreeMap::<(Arc<str>, Arc<str>), Vec<_>>::new();
        for row in loaded.early {
            early.entry((Arc::clone(&row.kind), Arc::clone(&row.key))).or_default().push(row);
        }
        let known: BTreeMap<_, _> = loaded.known.into_iter().map(|(id, event, seq)| ((id, event), seq)).collect();
        for row in loaded.rows {
            let kept = early.remove(&(Arc::clone(&row.kind), Arc::clone(&row.key))).unwrap_or_default();
            self.adopt(row, kept, now);
        }
        for item in items.into_iter().rev() {
            if self.was_forgotten(&item.target, &asked) {
                self.lanes.ready.push_front(Item { known: None, ..item });
            } else {
                self.resume(item, &mut early, &known, now);
            }
        }
    }

    /// It was in memory when the read began, so its row was not asked for; a failed commit has dropped it since.
    fn was_forgotten(&self, target: &Target, asked: &[WorkflowId]) -> bool {
        match target {
            Target::Id(id) => !self.live.contains_key(id) && !asked.contains(id),
            Target::Key(name) => !self.by_name.contains_key(name) && !self.loading.asked_names.contains(name),
        }
    }

    /// An event whose row was read: it goes on in front of all others.
    fn resume(
        &mut self,
        mut item: Item,
        early: &mut BTreeMap<(Arc<str>, Arc<str>), Vec<crate::EarlyRow>>,
        known: &BTreeMap<(WorkflowId, EventId), u64>,
        now: Timestamp,
    ) {
        let id = match &item.target {
            Target::Id(id) if self.live.contains_key(id) => *id,
            Target::Id(id) => {
                // Neither in memory nor in the database, or unreadable: nothing is left that it could settle.
                let (workflow, why) = (*id, "there is no such workflow that this program can read".to_owned());
                self.effects.push(Effect::Note(Note::Refused { workflow, id: item.id, why }));
                return;
            }
            Target::Key(name) => match self.by_name.get(name) {
                Some(id) => *id,
                None => {
                    let name = name.clone();
                    let Some(id) = self.make_absent(&name, early, now) else { return self.unreadable(&item, &name) };
                    id
                }
            },
        };
        item.known = Some(known.contains_key(&(id, item.id.clone())));
        self.lanes.ready.push_front(item);
    }

    fn unreadable(&mut self, item: &Item, name: &Name) {
        // It stays in the inbox for a program that can read its row.
        if let Some(place) = item.inbox {
            self.inbox_held.remove(&place);
        }
        let why = self.unreadable_names.get(name).cloned().unwrap_or_else(|| "its kind is not run here".into());
        if let Origin::Outside(ticket) = item.origin {
            let message = format!("the row of {} `{}` cannot be read: {why}", name.kind, name.key);
            self.effects.push(Effect::Answer { ticket, answer: Err(SubmitError::Store(StoreError(message))) });
        }
    }

    /// A name that has no row gets an id, used only if a workflow begins. `None`: it has a row that cannot be read.
    fn make_absent(
        &mut self,
        name: &Name,
        early: &mut BTreeMap<(Arc<str>, Arc<str>), Vec<crate::EarlyRow>>,
        now: Timestamp,
    ) -> Option<WorkflowId> {
        let known = self.kinds.get(name.kind)?;
        if self.unreadable_names.contains_key(name) {
            return None;
        }
        let id = WorkflowId(self.next_id);
        self.next_id += u64::from(self.part.of);
        let mut live = Live::absent(id, Arc::clone(&known.kind), Arc::clone(&known.name), name.clone());
        live.early = early.remove(&(Arc::clone(&known.name), Arc::clone(&name.key))).unwrap_or_default();
        self.by_name.insert(name.clone(), id);
        self.live.insert(id, Box::new(live));
        self.mark_idle(id, now);
        Some(id)
    }
}
