//! A workflow in memory. Its state may be ahead of the database by the batch in flight and the one that gathers behind
//! it; what others see (`committed`) is not.

use super::{
    Act, Fact, Kind, Typed,
    format::{self, Timer},
    item::Name,
};
use crate::{
    ActionId, Awaits, EarlyRow, EventId, Pool, PoolColumns, Standing, Summary, Timestamp, WorkflowId, WorkflowRow,
};
use std::{borrow::Cow, collections::VecDeque, sync::Arc};

/// Event ids remembered per workflow in memory. A workflow of the usual size has fewer, so most repeats are recognised
/// without a read.
const WINDOW: usize = 32;
/// A stored `wake_at` that is too early by at most this is left alone: changing an indexed column costs more than one
/// wake-up for nothing.
const WAKE_SLACK_MS: u64 = 30_000;

/// The outside event ids a workflow has seen lately.
#[derive(Debug, Default)]
pub(super) struct Window {
    ids: VecDeque<EventId>,
    /// It misses some: an unknown id must be looked up.
    partial: bool,
}

impl Window {
    pub fn partial() -> Self {
        Self { ids: VecDeque::new(), partial: true }
    }

    /// Whether the id was seen; `None`: the database must say.
    pub fn knows(&self, id: &EventId) -> Option<bool> {
        if self.ids.contains(id) {
            return Some(true);
        }
        (!self.partial).then_some(false)
    }

    pub fn push(&mut self, id: EventId) {
        if self.ids.len() == WINDOW {
            self.ids.pop_front();
            self.partial = true;
        }
        self.ids.push_back(id);
    }
}

/// A pending action.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub id: ActionId,
    pub act: Act,
}

pub(super) struct Live {
    pub id: WorkflowId,
    pub kind: Arc<dyn Kind>,
    pub kind_name: Arc<str>,
    pub name: Name,
    /// A row exists, or is in a batch under way.
    pub stored: bool,
    pub revision: u64,
    pub state: Option<Fact>,
    pub summary: Summary,
    pub actions: u32,
    pub pending: Vec<Pending>,
    pub timers: Vec<Timer>,
    pub wake_at: Option<Timestamp>,
    /// Its row says that a start must look at it.
    pub active: bool,
    pub early: Vec<EarlyRow>,
    pub window: Window,
    pub last_activity: Timestamp,
    /// The state in the database.
    pub committed: Option<Typed>,
    /// Batches under way that hold it.
    pub unsettled: u8,
    /// Timers (name, arming) whose event is on its way.
    pub firing: Vec<(String, u64)>,
    /// Since when it could be put aside.
    pub idle_since: Option<Timestamp>,
}

impl Live {
    /// A name without a workflow.
    pub fn absent(id: WorkflowId, kind: Arc<dyn Kind>, kind_name: Arc<str>, name: Name) -> Self {
        Self {
            id,
            kind,
            kind_name,
            name,
            stored: false,
            revision: 0,
            state: None,
            summary: Summary::default(),
            actions: 0,
            pending: Vec::new(),
            timers: Vec::new(),
            wake_at: None,
            active: false,
            early: Vec::new(),
            window: Window::default(),
            last_activity: Timestamp::default(),
            committed: None,
            unsettled: 0,
            firing: Vec::new(),
            idle_since: None,
        }
    }

    /// Out of a row; also whether its state's shape was upgraded.
    ///
    /// # Errors
    /// The row cannot be read by this version.
    pub fn read(row: WorkflowRow, kind: Arc<dyn Kind>, kind_name: Arc<str>) -> Result<(Self, bool), String> {
        let older = row.state_version < kind.version();
        if row.state_version > kind.version() {
            return Err(format!(
                "its state is of version {}, newer than this program's {}; start the newer program",
                row.state_version,
                kind.version()
            ));
        }
        let (state, summary) =
            if older { kind.upgrade_state(row.state_version, &row.state)? } else { kind.read_state(&row.state)? };
        let pending = format::read_pending(row.pending.as_deref())?
            .into_iter()
            .map(|(id, json)| Ok(Pending { id, act: kind.read_action(json.get())? }))
            .collect::<Result<_, String>>()?;
        let name = Name { kind: kind.name(), key: Arc::clone(&row.key) };
        let live = Self {
            stored: true,
            revision: row.revision,
            committed: Some(Arc::clone(&state.typed)),
            state: Some(state),
            summary,
            actions: row.actions,
            pending,
            timers: format::read_timers(row.timers.as_deref())?,
            wake_at: row.wake_at,
            active: row.active,
            window: Window::partial(),
            last_activity: row.last_activity,
            ..Self::absent(row.id, kind, kind_name, name)
        };
        Ok((live, older))
    }

    /// The row as it is to be written. It stays active without a pending action, since the next one mostly comes soon;
    /// what ends that is coming to rest, or the end.
    pub fn row(&mut self, now: Timestamp) -> Option<WorkflowRow> {
        let state = Arc::clone(&self.state.as_ref()?.json);
        self.active = !self.pending.is_empty() || (self.active && !self.summary.terminal);
        self.wake_at = stable(self.wake_at, self.timers.iter().map(Timer::stored_due).min(), now);
        Some(WorkflowRow {
            id: self.id,
            kind: Arc::clone(&self.kind_name),
            key: Arc::clone(&self.name.key),
            status: Cow::Borrowed(self.summary.status),
            standing: self.standing(),
            title: self.summary.title.clone(),
            run: self.summary.run,
            subject: self.summary.subject.clone(),
            machine_id: self.summary.machine_id.clone(),
            volume_id: self.summary.volume_id.clone(),
            state,
            state_version: self.kind.version(),
            revision: self.revision,
            actions: self.actions,
            timers: format::write_timers(&self.timers),
            wake_at: self.wake_at,
            pending: format::write_pending(self.pending.iter().map(|one| (one.id, &*one.act.fact.json))),
            active: self.active,
            pool: self.pool(),
            last_activity: self.last_activity,
        })
    }

    fn standing(&self) -> Standing {
        match (self.summary.terminal, self.summary.awaits) {
            (true, _) => Standing::Terminal,
            (false, Awaits::Event) => Standing::Awaiting,
            (false, Awaits::Nothing) => Standing::Moving,
        }
    }

    /// The slot it wants or holds.
    pub fn pool(&self) -> Option<PoolColumns> {
        match &self.summary.pool {
            Pool::None => None,
            Pool::Holds { pool, group } => {
                Some(PoolColumns { pool: Cow::Borrowed(pool), group: group.clone(), waits: None })
            }
            Pool::Wants(want) => Some(PoolColumns {
                pool: Cow::Borrowed(want.pool),
                group: want.group.clone(),
                waits: Some((want.priority, want.since)),
            }),
        }
    }

    /// Nothing keeps it in memory.
    pub fn is_idle(&self) -> bool {
        self.unsettled == 0 && self.pending.is_empty() && self.firing.is_empty()
    }
}

fn stable(old: Option<Timestamp>, new: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    match (old, new) {
        (Some(old), Some(new)) if now < old && old <= new && new <= old.plus_millis(WAKE_SLACK_MS) => Some(old),
        _ => new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_knows_what_it_saw_and_asks_about_what_it_may_have_forgotten() {
        let id = |n: usize| EventId::new("gh", n);
        let mut window = Window::default();
        (0..WINDOW).for_each(|n| window.push(id(n)));
        assert_eq!(window.knows(&id(0)), Some(true));
        assert_eq!(window.knows(&id(99)), Some(false));
        window.push(id(WINDOW));
        assert_eq!(window.knows(&id(0)), None);
    }

    #[test]
    fn a_wake_up_moves_only_when_it_must() {
        let at = |ms| Some(Timestamp::from_millis(ms));
        let now = Timestamp::from_millis(10);
        assert_eq!(stable(at(100), at(200), now), at(100));
        assert_eq!(stable(at(100), at(50), now), at(50));
        assert_eq!(stable(at(5), at(200), now), at(200));
        assert_eq!(stable(at(100), at(100 + WAKE_SLACK_MS + 1), now), at(100 + WAKE_SLACK_MS + 1));
        assert_eq!(stable(at(100), None, now), None);
    }
}
