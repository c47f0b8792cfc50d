//! The core driven by hand on some store: effects are carried out in order, and whatever goes in and out is written down.

use super::Both;
use crate::order::{Event, Order};
use engine::{
    ActionError, EventId, Limits, Loaded, Timestamp,
    core::{Core, Effect, Erased, Fact, Input, Kind, StartAction},
};
use environment::Clock;
use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Debug,
    sync::Arc,
    time::Duration,
};
use testkit::HandClock;

pub struct World<'a> {
    pub store: &'a dyn Both,
    pub clock: HandClock,
    pub log: Vec<String>,
    pub started: VecDeque<StartAction>,
    /// Version of the state's shape that the next core runs.
    pub version: u32,
    core: Core,
    limits: Limits,
    effects: VecDeque<Effect>,
    wake_at: Option<Timestamp>,
    ticket: u64,
}

impl<'a> World<'a> {
    pub async fn start(store: &'a dyn Both, clock: HandClock, seed: u64) -> Self {
        // Small limits on odd seeds, so that every bound is met: batches split, workflows are put aside.
        let small = Limits { batch_max: 3, live_max: 4, actions_running_max: 2, near_max: 2, ..Limits::default() };
        let limits = if seed % 2 == 1 { small } else { Limits { live_max: 8, ..Limits::default() } };
        let core = core(store, 1, limits).await;
        let (log, started, effects) = (Vec::new(), VecDeque::new(), VecDeque::new());
        let mut world =
            Self { store, clock, log, started, version: 1, core, limits, effects, wake_at: None, ticket: 0 };
        world.give(Input::Begin);
        world.run().await;
        world
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn note(&mut self, what: &str, value: impl Debug) {
        self.log.push(format!("{what}: {value:?}"));
    }

    /// The process dies: what was not carried out never is. Another starts on the same store.
    pub async fn crash(&mut self) {
        self.core = core(self.store, self.version, self.limits).await;
        self.effects.clear();
        self.started.clear();
        self.wake_at = None;
        self.note("crash, next version", self.version);
        self.give(Input::Begin);
    }

    fn give(&mut self, input: Input) {
        let effects = self.core.step(input, self.clock.now());
        self.effects.extend(effects);
    }

    /// Submits without carrying anything out.
    pub fn post(&mut self, key: &str, id: &str, event: &Event) {
        self.ticket += 1;
        self.note("posted", (self.ticket, key, id, event));
        let (key, id, event) = (key.into(), EventId::from_stored(id), Fact::of(event.clone()).unwrap());
        self.give(Input::Submitted { ticket: self.ticket, kind: "order", key, id, event });
    }

    /// Carries out the next effect; whether there was one.
    pub async fn carry_out_next(&mut self) -> bool {
        let Some(effect) = self.effects.pop_front() else { return false };
        self.note("effect", &effect);
        let (store, now) = (self.store, self.clock.now());
        match effect {
            Effect::Load(request) => {
                let loaded = store.load(&request).await.map(sorted);
                self.note("loaded", &loaded);
                self.give(Input::Loaded(loaded));
            }
            Effect::LoadActive { after, limit } => {
                let found = store.active_after(after, limit).await;
                self.note("pending", &found);
                self.give(Input::ActiveLoaded(found));
            }
            Effect::LoadTimers { after, until, limit } => {
                let found = store.waking(after, until, limit).await;
                self.note("timers", &found);
                self.give(Input::TimersLoaded(found));
            }
            Effect::LoadPools => {
                let found = store.pools().await;
                self.note("pools", &found);
                self.give(Input::PoolsLoaded(found));
            }
            Effect::DropEarly { limit } => {
                let dropped = store.drop_early(now, limit).await.map(|mut rows| {
                    rows.sort_by_key(|row| (row.at, row.key.clone(), row.id.clone()));
                    rows
                });
                self.note("dropped", &dropped);
                self.give(Input::EarlyDropped(dropped));
            }
            Effect::Commit(batch) => {
                let committed = store.commit(&batch).await;
                // A conflict's words are the database's own.
                self.note("committed", committed.is_ok());
                self.give(Input::Committed(committed));
            }
            Effect::StartAction(start) => self.started.push_back(start),
            Effect::WakeAt(at) => self.wake_at = Some(at),
            Effect::Answer { .. } | Effect::Announce(_) | Effect::SlotsMoved | Effect::Note(_) => {}
        }
        true
    }

    pub async fn run(&mut self) {
        let mut steps = 0;
        while self.carry_out_next().await {
            steps += 1;
            assert!(steps < 100_000, "the core does not come to rest");
        }
    }

    /// Lets time pass, with every wake-up on the way.
    pub async fn pass(&mut self, millis: u64) {
        let end = self.now().plus_millis(millis);
        while let Some(at) = self.wake_at.filter(|at| *at <= end) {
            self.clock.advance(at.since(self.now()));
            self.wake_at = None;
            self.give(Input::Tick);
            self.run().await;
        }
        self.clock.advance(end.since(self.now()));
        self.give(Input::Tick);
        self.run().await;
    }

    /// Ends the attempt that was started first, without carrying anything out.
    pub fn end(&mut self, start: &StartAction, result: Result<Event, ActionError>) {
        self.note("ended", (start.workflow, start.name, &result));
        let result = result.map(|event| Fact::of(event).unwrap());
        let (workflow, action, attempt) = (start.workflow, start.action, start.attempt);
        self.give(Input::ActionFinished { workflow, action, attempt, result });
    }

    pub fn repair(&mut self, workflow: engine::WorkflowId) {
        self.note("repair", workflow);
        self.give(Input::Repair(workflow));
    }

    pub fn heard(&mut self, workflow: engine::WorkflowId) {
        self.give(Input::SignalHeard(workflow));
    }

    pub async fn wait(&mut self, span: Duration) {
        self.pass(u64::try_from(span.as_millis()).unwrap()).await;
    }
}

/// Rows come in no order that a store must keep, but for early events.
fn sorted(mut loaded: Loaded) -> Loaded {
    loaded.rows.sort_by_key(|row| row.id);
    loaded.known.sort();
    loaded
}

async fn core(store: &dyn Both, version: u32, limits: Limits) -> Core {
    let kind: Arc<dyn Kind> = if version == 1 { Erased::<Order<1>>::kind() } else { Erased::<Order<2>>::kind() };
    let highest = store.highest_id().await.unwrap();
    let pools = BTreeMap::from([(crate::order::DESKS.to_owned(), 2)]);
    Core::new([kind], &pools, limits, format!("{version}.0").into(), highest)
}
