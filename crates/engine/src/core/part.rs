//! A core that owns a part of the workflows (E8): other nodes own the rest of them, on the same database.

use super::{
    Core, Origin,
    item::{Item, Name, Target},
};
use crate::{InboxDone, InboxRow, PoolColumns, Timestamp, WorkflowId};
use std::sync::Arc;

/// Prefix of the ids of grants that come through the inbox.
const GRANT: &str = "pool:";

/// Which workflows a core owns: those whose id leaves `index` when divided by `of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From 0.
    pub index: u16,
    /// Parts there are.
    pub of: u16,
    /// The owner before may have calls under way until then; what must not overlap with them waits.
    pub hold: Option<Timestamp>,
}

impl Default for Part {
    fn default() -> Self {
        Self { index: 0, of: 1, hold: None }
    }
}

impl Part {
    /// It is everything: slots are then given away by this core itself.
    pub fn is_whole(&self) -> bool {
        self.of == 1
    }

    /// The first id above `highest` that belongs to it.
    fn next_id(&self, highest: WorkflowId) -> u64 {
        let (index, of) = (u64::from(self.index), u64::from(self.of));
        let first = highest.0 + 1;
        first + (index + of - first % of) % of
    }
}

impl Core {
    /// Owns only a part. Slots come through the inbox then, from whoever gives them away for all parts.
    #[must_use]
    pub fn owning(mut self, part: Part) -> Self {
        self.next_id = part.next_id(WorkflowId(self.next_id - 1));
        self.part = part;
        self
    }

    /// Starts no action any more: another node takes over.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    /// Until when actions of the owner before are not repeated; `None`: they may be.
    pub(super) fn held(&self, now: Timestamp) -> Option<Timestamp> {
        self.part.hold.filter(|hold| *hold > now)
    }

    pub(super) fn set_pool(&mut self, id: WorkflowId, columns: Option<PoolColumns>) {
        if self.part.is_whole() {
            self.pools.set(id, columns);
        }
    }

    /// Events that a node acknowledged. They were counted against a bound when they were put into the inbox.
    pub(super) fn inbox(&mut self, rows: Vec<InboxRow>) {
        for row in rows {
            let Some(known) = self.kinds.get(&*row.kind) else { continue }; // a newer program's: it stays
            if !self.inbox_held.insert(row.place) {
                continue;
            }
            let event = match known.kind.read_event(&row.payload) {
                Ok(event) => event,
                Err(why) => {
                    self.note_refused(WorkflowId::default(), &row.id, &why);
                    self.open.inbox_done.push(InboxDone { place: row.place, refusal: Some(why) });
                    continue;
                }
            };
            let target = Target::Key(Name { kind: known.kind.name(), key: Arc::clone(&row.key) });
            let item = Item { inbox: Some(row.place), ..Item::new(target, row.id.clone(), event, origin(&row)) };
            self.lanes.outside.push_back(item);
        }
    }
}

/// A grant names its pool in its id: `pool:machines:12`.
fn origin(row: &InboxRow) -> Origin {
    let pool = row.id.as_str().strip_prefix(GRANT).and_then(|rest| rest.rsplit_once(':'));
    pool.map_or(Origin::Inbox, |(pool, _)| Origin::Grant { pool: pool.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_parts_never_meet() {
        let part = |index| Part { index, of: 4, hold: None };
        let firsts: Vec<_> = (0..4).map(|index| part(index).next_id(WorkflowId(0))).collect();
        assert_eq!(firsts, [4, 1, 2, 3]);
        for index in 0..4 {
            for highest in 0..20 {
                let next = part(index).next_id(WorkflowId(highest));
                assert!(next > highest && next <= highest + 4 && next % 4 == u64::from(index));
            }
        }
        assert_eq!(Part::default().next_id(WorkflowId(7)), 8);
    }
}
