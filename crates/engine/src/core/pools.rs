//! Slots (E13). Who holds and who waits is derived from the workflows' own rows; nothing is counted apart, so a slot
//! cannot leak. Order: priority, then the group that holds least, then age, then id.

use crate::{PoolColumns, PoolRow, Timestamp, WorkflowId};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
struct Slots {
    capacity: usize,
    held: usize,
    by_group: BTreeMap<String, usize>,
    waiting: BTreeMap<(u8, String), BTreeSet<(Timestamp, WorkflowId)>>,
}

/// All pools.
#[derive(Debug, Default)]
pub(crate) struct Pools {
    slots: BTreeMap<String, Slots>,
    members: BTreeMap<WorkflowId, PoolColumns>,
    /// A grant is on its way: counts as held.
    granting: BTreeSet<WorkflowId>,
    /// The rows were read; before that nothing is granted.
    ready: bool,
}

impl Pools {
    pub fn new(capacities: &BTreeMap<String, usize>) -> Self {
        let slots = capacities.iter().map(|(name, &capacity)| (name.clone(), Slots { capacity, ..Slots::default() }));
        Self { slots: slots.collect(), ..Self::default() }
    }

    /// Forgets everybody: the rows are to be read again.
    pub fn forget(&mut self) {
        let capacities = self.slots.iter().map(|(name, slots)| (name.clone(), slots.capacity)).collect();
        *self = Self::new(&capacities);
    }

    /// The rows were read. Who is known already is known better.
    pub fn learn(&mut self, rows: Vec<PoolRow>) {
        for row in rows {
            if !self.members.contains_key(&row.workflow) {
                self.set(row.workflow, Some(row.pool));
            }
        }
        self.ready = true;
    }

    /// What a workflow wants or holds now.
    pub fn set(&mut self, workflow: WorkflowId, columns: Option<PoolColumns>) {
        self.granting.remove(&workflow);
        if self.members.get(&workflow) == columns.as_ref() && columns.as_ref().is_none_or(|c| c.waits.is_none()) {
            return;
        }
        if let Some(old) = self.members.remove(&workflow) {
            self.count(workflow, &old, false);
        }
        if let Some(new) = columns {
            self.count(workflow, &new, true);
            self.members.insert(workflow, new);
        }
    }

    /// A slot was offered to it elsewhere, and its answer is not in: counts as held.
    #[cfg(feature = "runtime")]
    pub fn reserve(&mut self, workflow: WorkflowId) {
        if let Some(columns) = self.members.get(&workflow).filter(|columns| columns.waits.is_some()).cloned() {
            self.count(workflow, &columns, false);
            self.granting.insert(workflow);
        }
    }

    /// It refused the slot: it is not offered one again before its next transition.
    pub fn decline(&mut self, workflow: WorkflowId) {
        self.granting.remove(&workflow);
    }

    /// It must be read first: it goes back to its place in the queue.
    pub fn postpone(&mut self, workflow: WorkflowId) {
        self.granting.remove(&workflow);
        if let Some(columns) = self.members.get(&workflow).cloned() {
            self.count(workflow, &columns, true);
        }
    }

    fn count(&mut self, workflow: WorkflowId, columns: &PoolColumns, add: bool) {
        let slots = self.slots.entry(columns.pool.to_string()).or_default();
        let Some((priority, since)) = columns.waits else {
            slots.hold(&columns.group, add);
            return;
        };
        let place = (priority, columns.group.clone());
        if add {
            slots.waiting.entry(place).or_default().insert((since, workflow));
        } else if let Some(queue) = slots.waiting.get_mut(&place) {
            queue.remove(&(since, workflow));
            if queue.is_empty() {
                slots.waiting.remove(&place);
            }
        }
    }

    /// The next workflow to be given a slot, if one is free; the slot is set aside until [`Pools::set`].
    pub fn grant(&mut self) -> Option<(WorkflowId, String)> {
        if !self.ready {
            return None;
        }
        for (pool, slots) in &mut self.slots {
            let granting = self.granting.iter().filter(|id| self.members.get(id).is_some_and(|m| m.pool == *pool));
            if slots.held + granting.count() >= slots.capacity {
                continue;
            }
            let Some((place, first)) = slots.first(&self.granting, &self.members) else { continue };
            if let Some(queue) = slots.waiting.get_mut(&place) {
                queue.remove(&first);
                if queue.is_empty() {
                    slots.waiting.remove(&place);
                }
            }
            self.granting.insert(first.1);
            return Some((first.1, pool.clone()));
        }
        None
    }

    /// Place in the queue from 1, its length, and the pool's slots; `None`: it does not wait.
    pub fn place(&self, workflow: WorkflowId) -> Option<(usize, usize, usize)> {
        let (priority, since) = self.members.get(&workflow)?.waits?;
        let slots = self.slots.get(&*self.members[&workflow].pool)?;
        let all = || slots.waiting.iter().flat_map(|((priority, _), queue)| queue.iter().map(move |q| (*priority, *q)));
        let before = all().filter(|&(p, q)| (p, q) < (priority, (since, workflow))).count();
        Some((before + 1, all().count(), slots.capacity))
    }
}

impl Slots {
    fn hold(&mut self, group: &str, add: bool) {
        let in_group = self.by_group.entry(group.to_owned()).or_default();
        if add {
            (self.held, *in_group) = (self.held + 1, *in_group + 1);
        } else {
            (self.held, *in_group) = (self.held.saturating_sub(1), in_group.saturating_sub(1));
        }
        if *in_group == 0 {
            self.by_group.remove(group);
        }
    }

    fn first(
        &self,
        granting: &BTreeSet<WorkflowId>,
        members: &BTreeMap<WorkflowId, PoolColumns>,
    ) -> Option<((u8, String), (Timestamp, WorkflowId))> {
        let lowest = self.waiting.keys().next()?.0;
        let share = |group: &str| {
            let coming = granting.iter().filter(|id| members.get(id).is_some_and(|m| m.group == group)).count();
            self.by_group.get(group).copied().unwrap_or(0) + coming
        };
        let queues = self.waiting.iter().take_while(|((priority, _), _)| *priority == lowest);
        let firsts = queues.filter_map(|(place, queue)| Some((place, *queue.first()?)));
        let (place, first) = firsts.min_by_key(|(place, first)| (share(&place.1), *first))?;
        Some((place.clone(), first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(id: u64, group: &str, priority: u8, since: u64) -> PoolRow {
        let waits = Some((priority, Timestamp::from_millis(since)));
        PoolRow { workflow: WorkflowId(id), pool: PoolColumns { pool: "m".into(), group: group.into(), waits } }
    }

    fn pools(slots: usize, rows: Vec<PoolRow>) -> Pools {
        let mut pools = Pools::new(&BTreeMap::from([("m".to_owned(), slots)]));
        pools.learn(rows);
        pools
    }

    fn granted(pools: &mut Pools) -> Vec<u64> {
        std::iter::from_fn(|| pools.grant()).map(|(id, _)| id.0).collect()
    }

    #[test]
    fn e13_decisions_go_first_then_the_group_that_holds_least_then_age() {
        let rows = vec![
            wants(1, "a", 1, 10),
            wants(2, "a", 1, 11),
            wants(3, "b", 1, 12),
            wants(4, "a", 0, 99),
            wants(5, "c", 1, 50),
        ];
        assert_eq!(granted(&mut pools(5, rows)), [4, 3, 5, 1, 2]);
    }

    #[test]
    fn e13_no_more_are_granted_than_there_are_slots_and_one_that_ends_makes_room() {
        let mut pools = pools(1, vec![wants(1, "a", 1, 1), wants(2, "a", 1, 2)]);
        assert_eq!(granted(&mut pools), [1]);
        pools.set(WorkflowId(1), Some(PoolColumns { pool: "m".into(), group: "a".into(), waits: None }));
        assert_eq!(granted(&mut pools), [0u64; 0]);
        assert_eq!(pools.place(WorkflowId(2)), Some((1, 1, 1)));
        pools.set(WorkflowId(1), None);
        assert_eq!(granted(&mut pools), [2]);
    }

    #[test]
    fn e13_nothing_is_granted_before_the_rows_were_read() {
        let mut pools = pools(1, vec![wants(1, "a", 1, 1)]);
        pools.forget();
        pools.set(WorkflowId(1), Some(wants(1, "a", 1, 1).pool));
        assert_eq!(pools.grant(), None);
    }
}
