//! The core itself: what it remembers, and the one way in.

use super::{
    Counts, Effect, Input, Item, Kind, Limits, Origin, SubmitError, Target,
    actions::Actions,
    by_id::ById,
    item::{Lanes, Name},
    live::Live,
    load::Loading,
    open::{Flight, Open},
    part::Part,
    pools::Pools,
    timers::Clockwork,
};
use crate::{CommitError, EVENT_BYTES_MAX, Timestamp, WorkflowId};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

/// After a failed commit or read nothing is tried for this long: a full disk does not become free by trying harder.
const FAILURE_PAUSE_MS: u64 = 1_000;
/// What a submitter who is turned away is told to wait: a full queue is worked off in a fraction of it.
const OVERLOAD_RETRY_MS: u64 = 1_000;
/// How long a workflow that nothing keeps in memory stays there at least, since its next event often comes soon.
const IDLE_KEEP_MS: u64 = 10_000;
/// Those whose time is over are put aside together, this often: what is written of it takes one commit then.
const IDLE_STEP_MS: u64 = 1_000;
/// How often early events are looked through for those whose time has passed.
const EARLY_SWEEP_MS: u64 = 30_000;

/// A kind and its name as rows share it.
pub(super) struct Known {
    pub kind: Arc<dyn Kind>,
    pub name: Arc<str>,
}

/// The heart of the engine: inputs in, effects out; no clock, no runtime, no chance. The same inputs give the same
/// effects, so a simulation can crash it between any two of them and start another on the same store.
pub struct Core {
    pub(super) kinds: BTreeMap<&'static str, Known>,
    pub(super) limits: Limits,
    pub(super) code: Arc<str>,
    pub(super) part: Part,
    pub(super) draining: bool,
    pub(super) next_id: u64,
    pub(super) live: ById<Box<Live>>,
    /// Looked up, never walked: its order does not matter.
    pub(super) by_name: HashMap<Name, WorkflowId>,
    pub(super) idle: BTreeSet<(Timestamp, WorkflowId)>,
    pub(super) lanes: Lanes,
    pub(super) loading: Loading,
    pub(super) open: Open,
    /// Batches handed over for their commit, oldest first.
    pub(super) flights: VecDeque<Flight>,
    /// Batches that were handed over behind one that failed; what is said of them does not matter any more.
    pub(super) written_off: usize,
    /// Items a batch may hold; smaller for a while after a conflict.
    pub(super) batch_cap: usize,
    pub(super) actions: Actions,
    pub(super) clockwork: Clockwork,
    pub(super) pools: Pools,
    pub(super) pools_asked: bool,
    pub(super) pools_wanted: bool,
    /// Events of the inbox that are in memory and not committed.
    pub(super) inbox_held: BTreeSet<u64>,
    pub(super) early_sweep_at: Option<Timestamp>,
    pub(super) early_sweeping: bool,
    pub(super) early_kept: bool,
    pub(super) paused_until: Timestamp,
    pub(super) counts: Counts,
    /// Rows this version cannot read.
    pub(super) unreadable: BTreeMap<WorkflowId, String>,
    pub(super) unreadable_names: BTreeMap<Name, String>,
    pub(super) effects: Vec<Effect>,
    wake_at: Option<Timestamp>,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core").field("live", &self.live.len()).field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl Core {
    /// A core on a store whose highest workflow id is `highest`.
    pub fn new(
        kinds: impl IntoIterator<Item = Arc<dyn Kind>>,
        pools: &BTreeMap<String, usize>,
        limits: Limits,
        code: Arc<str>,
        highest: WorkflowId,
    ) -> Self {
        let known = |kind: Arc<dyn Kind>| (kind.name(), Known { name: kind.name().into(), kind });
        Self {
            kinds: kinds.into_iter().map(known).collect(),
            limits,
            code,
            part: Part::default(),
            draining: false,
            next_id: highest.0 + 1,
            live: ById::default(),
            by_name: HashMap::new(),
            idle: BTreeSet::new(),
            lanes: Lanes::default(),
            loading: Loading::default(),
            open: Open::default(),
            flights: VecDeque::new(),
            written_off: 0,
            batch_cap: limits.batch_max,
            actions: Actions::default(),
            clockwork: Clockwork::default(),
            pools: Pools::new(pools),
            pools_asked: false,
            pools_wanted: false,
            inbox_held: BTreeSet::new(),
            early_sweep_at: None,
            early_sweeping: false,
            early_kept: false,
            paused_until: Timestamp::default(),
            counts: Counts::default(),
            unreadable: BTreeMap::new(),
            unreadable_names: BTreeMap::new(),
            effects: Vec::new(),
            wake_at: None,
        }
    }

    /// Takes an input and says what is to be done, in order.
    pub fn step(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        self.step_all([input], now)
    }

    /// Takes several inputs before saying what is to be done: what came together shares a commit.
    pub fn step_all(&mut self, inputs: impl IntoIterator<Item = Input>, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.step_into(inputs, now, &mut effects);
        effects
    }

    /// The same into a list whose room is used again: under load it has thousands of effects.
    pub fn step_into(&mut self, inputs: impl IntoIterator<Item = Input>, now: Timestamp, effects: &mut Vec<Effect>) {
        effects.clear();
        std::mem::swap(&mut self.effects, effects);
        inputs.into_iter().for_each(|input| self.take(input, now));
        self.settle(now);
        std::mem::swap(&mut self.effects, effects);
    }

    /// Counts since the start.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Workflows in memory.
    pub fn live_count(&self) -> usize {
        self.live.len()
    }

    /// Attempts at actions under way.
    pub fn actions_running(&self) -> usize {
        self.actions.running
    }

    /// Nothing is being committed or waits to be.
    pub fn is_quiet(&self) -> bool {
        let batches = self.flights.is_empty() && self.open.is_empty();
        batches && self.lanes.is_empty() && !self.loading.has_events()
    }

    /// The database failed a moment ago: nothing is tried for now.
    pub fn is_paused(&self, now: Timestamp) -> bool {
        now < self.paused_until && self.flights.is_empty()
    }

    fn take(&mut self, input: Input, now: Timestamp) {
        match input {
            Input::Begin => {
                self.clockwork.begin(now);
                self.loading.begin();
                self.pools_wanted = self.part.is_whole();
                self.early_sweep_at = Some(now);
            }
            Input::Submitted { ticket, kind, key, id, event } => {
                let item = Item::new(Target::Key(Name { kind, key }), id, event, Origin::Outside(ticket));
                self.submitted(ticket, item);
            }
            Input::Loaded(loaded) => self.loaded(loaded, now),
            Input::ActiveLoaded(ids) => self.active_loaded(ids, now),
            Input::TimersLoaded(rows) => self.timers_loaded(rows, now),
            Input::PoolsLoaded(rows) => self.pools_loaded(rows, now),
            Input::EarlyDropped(rows) => self.early_dropped(rows, now),
            Input::Committed(Ok(())) => self.committed(now),
            Input::Committed(Err(error)) => self.commit_failed(error, now),
            Input::ActionFinished { workflow, action, attempt, result } => {
                self.action_finished(workflow, action, attempt, result, now);
            }
            Input::Inbox(rows) => self.inbox(rows),
            Input::SignalHeard(workflow) => self.clockwork.hear(workflow, now),
            Input::Repair(workflow) => self.repair(workflow, now),
            // The alarm is used up, whatever the clock shows: it may have been set back, and the same time comes again.
            Input::Tick => self.wake_at = None,
        }
    }

    fn submitted(&mut self, ticket: u64, item: Item) {
        let bytes = item.event.json.len();
        let answer = if bytes > EVENT_BYTES_MAX {
            SubmitError::TooLarge { bytes, max: EVENT_BYTES_MAX }
        } else if self.lanes.outside.len() >= self.limits.queue_max
            || self.live.len() - self.idle.len() >= self.limits.live_max
        {
            self.counts.overloaded += 1;
            SubmitError::Overloaded { retry_after: Duration::from_millis(OVERLOAD_RETRY_MS) }
        } else {
            self.lanes.outside.push_back(item);
            return;
        };
        self.effects.push(Effect::Answer { ticket, answer: Err(answer) });
    }

    /// Everything that can be done now.
    fn settle(&mut self, now: Timestamp) {
        self.grant();
        self.fire_due(now);
        self.pump(now);
        self.retry_due(now);
        // Between two reads: under load the next one begins at once. Before the batch is closed, which takes along what is
        // to be written of it.
        self.put_aside(now);
        self.close(now);
        if now >= self.paused_until {
            self.ask(now);
        }
        self.set_wake(now);
    }

    /// Reads that are due, beside those of rows.
    fn ask(&mut self, now: Timestamp) {
        if self.pools_wanted && !self.pools_asked {
            (self.pools_wanted, self.pools_asked) = (false, true);
            self.effects.push(Effect::LoadPools);
        }
        if !self.early_sweeping && self.early_sweep_at.is_some_and(|at| at <= now) {
            self.early_sweeping = true;
            self.effects.push(Effect::DropEarly { limit: super::load::PAGE });
        }
        self.ask_rows();
        self.ask_timers(now);
    }

    /// A read failed: it is asked for again after a pause.
    pub(super) fn read_failed(&mut self, error: crate::StoreError, now: Timestamp) {
        self.effects.push(Effect::Note(super::Note::ReadFailed(error)));
        self.pause(now);
    }

    /// A commit failed. A conflict is tried again at once, unless that has not helped.
    pub(super) fn commit_failing(&mut self, error: CommitError, hopeless: bool, now: Timestamp) {
        self.counts.commits_failed += 1;
        if hopeless || !matches!(error, CommitError::Conflict(_)) {
            self.pause(now);
        }
        self.effects.push(Effect::Note(super::Note::CommitFailed(error)));
    }

    fn pause(&mut self, now: Timestamp) {
        self.paused_until = now.plus_millis(FAILURE_PAUSE_MS);
    }

    /// Puts workflows aside that nothing keeps in memory (E7). Not while a read is under way: its answer could be older
    /// than what is put aside.
    fn put_aside(&mut self, now: Timestamp) {
        if self.loading.under_way() || self.pools_asked {
            return;
        }
        while let Some(&(since, id)) = self.idle.first() {
            let room = self.live.len() <= self.limits.live_max && self.idle.len() <= self.limits.idle_max;
            if (put_aside_at(since) > now && room) || self.open.rested.len() >= self.limits.batch_max {
                break;
            }
            self.idle.pop_first();
            if self.live.get(&id).is_some_and(|live| live.active) {
                self.open.rested.insert(id);
            }
            self.forget(id);
        }
    }

    pub(super) fn forget(&mut self, id: WorkflowId) {
        let Some(live) = self.live.remove(&id) else { return };
        self.by_name.remove(&live.name);
        if let Some(since) = live.idle_since {
            self.idle.remove(&(since, id));
        }
    }

    /// Marks a workflow as one that can be put aside, or no longer so.
    pub(super) fn mark_idle(&mut self, id: WorkflowId, now: Timestamp) {
        let Some(live) = self.live.get_mut(&id) else { return };
        match (live.is_idle(), live.idle_since) {
            (true, None) => {
                // For one that is over nothing is expected: it goes before all others.
                let since = if live.summary.terminal { Timestamp::default() } else { now };
                live.idle_since = Some(since);
                self.idle.insert((since, id));
            }
            (false, Some(since)) => {
                live.idle_since = None;
                self.idle.remove(&(since, id));
            }
            _ => {}
        }
    }

    pub(super) fn sweep_early_later(&mut self, now: Timestamp) {
        self.early_sweep_at.get_or_insert(now.plus_millis(EARLY_SWEEP_MS));
    }

    fn set_wake(&mut self, now: Timestamp) {
        let paused = (self.paused_until > now).then_some(self.paused_until);
        let idle = self.idle.first().map(|(since, _)| put_aside_at(*since));
        let sweep = self.early_sweep_at.filter(|_| !self.early_sweeping).map(|at| at.max(self.paused_until));
        let times = [paused, idle, sweep, self.clockwork.next(&self.limits, now), self.actions.next_retry()];
        let wake = times.into_iter().flatten().min().map(|at| at.max(now.plus_millis(1)));
        if wake.is_some() && (wake != self.wake_at || self.wake_at.is_some_and(|at| at <= now)) {
            self.effects.extend(wake.map(Effect::WakeAt));
        }
        self.wake_at = wake;
    }
}

fn put_aside_at(idle_since: Timestamp) -> Timestamp {
    let at = idle_since.plus_millis(IDLE_KEEP_MS).as_millis();
    Timestamp::from_millis(at.next_multiple_of(IDLE_STEP_MS))
}
