//! The core driven by hand, on virtual time and a store in memory: effects are carried out in order, and a test may stop
//! between any two of them, which is what a crash does.

use crate::order::{Event, Order};
use engine::{
    ActionError, CommitError, EventId, EventRecord, Limits, MemoryStore, Receipt, Store, SubmitError, Timestamp,
    WorkflowId, WorkflowRow,
    core::{Core, Effect, Erased, Fact, Input, Kind, Note, StartAction},
};
use std::{
    collections::{BTreeMap, VecDeque},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

/// A future of the store in memory never waits.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the store in memory does not wait"),
    }
}

pub struct World {
    pub store: MemoryStore,
    pub core: Core,
    pub now: Timestamp,
    pub answers: BTreeMap<u64, Result<Receipt, SubmitError>>,
    /// Attempts that were started and not ended.
    pub started: VecDeque<StartAction>,
    pub effects: VecDeque<Effect>,
    pub notes: Vec<Note>,
    pub commits: usize,
    /// Commits that were handed over behind one that failed.
    written_off: usize,
    wake_at: Option<Timestamp>,
    ticket: u64,
    kind: Arc<dyn Kind>,
    limits: Limits,
    pub desks: usize,
}

impl World {
    pub fn new() -> Self {
        Self::with(Limits::default(), 1)
    }

    pub fn with(limits: Limits, desks: usize) -> Self {
        let (store, kind, now) = (MemoryStore::new(), Erased::<Order>::kind(), Timestamp::from_millis(1_000_000));
        let core = core(&store, &kind, limits, desks);
        let mut world = Self {
            store,
            core,
            now,
            answers: BTreeMap::new(),
            started: VecDeque::new(),
            effects: VecDeque::new(),
            notes: Vec::new(),
            commits: 0,
            written_off: 0,
            wake_at: None,
            ticket: 0,
            kind,
            limits,
            desks,
        };
        world.give(Input::Begin);
        world.run();
        world
    }

    /// The process dies: what was not carried out never is. Another starts on the same store.
    pub fn crash(&mut self) {
        self.core = core(&self.store, &self.kind, self.limits, self.desks);
        self.effects.clear();
        self.written_off = 0;
        self.started.clear();
        self.wake_at = None;
        self.give(Input::Begin);
    }

    pub fn restart(&mut self) {
        self.crash();
        self.run();
    }

    pub fn restart_as(&mut self, kind: Arc<dyn Kind>) {
        self.kind = kind;
        self.restart();
    }

    /// Hands the core an input; its effects wait.
    pub fn give(&mut self, input: Input) {
        let effects = self.core.step(input, self.now);
        self.effects.extend(effects);
    }

    /// Submits without carrying anything out.
    pub fn post(&mut self, key: &str, id: &str, event: &Event) -> u64 {
        self.ticket += 1;
        self.give(Input::Submitted {
            ticket: self.ticket,
            kind: "order",
            key: key.into(),
            id: EventId::from_stored(id),
            event: Fact::of(event.clone()).unwrap(),
        });
        self.ticket
    }

    /// Submits, and carries everything out.
    pub fn submit(&mut self, key: &str, id: &str, event: Event) -> Result<Receipt, SubmitError> {
        let ticket = self.post(key, id, &event);
        self.run();
        self.answers.remove(&ticket).expect("it is answered")
    }

    /// Carries out the next effect; whether there was one.
    pub fn carry_out_next(&mut self) -> bool {
        let Some(effect) = self.effects.pop_front() else { return false };
        let store = self.store.clone();
        match effect {
            Effect::Load(request) => self.give(Input::Loaded(ready(store.load(&request)))),
            Effect::LoadActive { after, limit } => {
                self.give(Input::ActiveLoaded(ready(store.active_after(after, limit))));
            }
            Effect::LoadTimers { after, until, limit } => {
                self.give(Input::TimersLoaded(ready(store.waking(after, until, limit))));
            }
            Effect::LoadPools => self.give(Input::PoolsLoaded(ready(store.pools()))),
            Effect::DropEarly { limit } => {
                self.give(Input::EarlyDropped(ready(store.drop_early(self.now, limit))));
            }
            Effect::Commit(_) if self.written_off > 0 => {
                self.written_off -= 1;
                self.give(Input::Committed(Err(CommitError::Failed("behind one that failed".into()))));
            }
            Effect::Commit(batch) => {
                self.commits += 1;
                let ended = ready(store.commit(&batch));
                if ended.is_err() {
                    let behind = |effect: &&Effect| matches!(effect, Effect::Commit(_));
                    self.written_off = self.effects.iter().filter(behind).count();
                }
                self.give(Input::Committed(ended));
            }
            Effect::Answer { ticket, answer } => {
                let before = self.answers.insert(ticket, answer);
                assert!(before.is_none(), "ticket {ticket} is answered once");
            }
            Effect::StartAction(start) => self.started.push_back(start),
            Effect::Announce(_) | Effect::SlotsMoved => {}
            Effect::WakeAt(at) => self.wake_at = Some(at),
            Effect::Note(note) => self.notes.push(note),
        }
        true
    }

    pub fn run(&mut self) {
        let mut steps = 0;
        while self.carry_out_next() {
            steps += 1;
            assert!(steps < 100_000, "the core does not come to rest");
        }
    }

    /// Lets time pass, with every wake-up on the way.
    pub fn pass(&mut self, millis: u64) {
        let end = self.now.plus_millis(millis);
        let mut wakes = 0;
        while let Some(at) = self.wake_at.filter(|at| *at <= end) {
            wakes += 1;
            assert!(wakes < 100_000, "the core wakes up for nothing");
            self.now = self.now.max(at);
            self.wake_at = None;
            self.give(Input::Tick);
            self.run();
        }
        self.now = end;
        self.give(Input::Tick);
        self.run();
    }

    /// The alarm that is set rings now, and is used up.
    pub fn the_alarm_rings_early(&mut self) {
        assert!(self.wake_at.take().is_some_and(|at| at > self.now), "an alarm is set for later");
        self.give(Input::Tick);
        self.run();
        assert!(self.wake_at.is_some(), "the alarm is set again");
    }

    /// Ends the attempt that was started first.
    pub fn finish(&mut self, result: Result<Event, ActionError>) -> StartAction {
        let start = self.started.pop_front().expect("an attempt was started");
        self.finish_this(&start, result);
        start
    }

    pub fn finish_this(&mut self, start: &StartAction, result: Result<Event, ActionError>) {
        self.end(start, result);
        self.run();
    }

    /// Ends an attempt without carrying anything out.
    pub fn end(&mut self, start: &StartAction, result: Result<Event, ActionError>) {
        self.give(Input::ActionFinished {
            workflow: start.workflow,
            action: start.action,
            attempt: start.attempt,
            result: result.map(|event| Fact::of(event).unwrap()),
        });
    }

    /// Takes the attempt of this name out of those started.
    pub fn take(&mut self, name: &str) -> StartAction {
        let place = self.started.iter().position(|start| start.name == name).expect("it was started");
        self.started.remove(place).unwrap()
    }

    pub fn started_names(&self) -> Vec<&'static str> {
        self.started.iter().map(|start| start.name).collect()
    }

    pub fn row(&self, key: &str) -> WorkflowRow {
        ready(self.store.row_by_key("order", key)).unwrap().expect("the workflow exists")
    }

    pub fn exists(&self, key: &str) -> bool {
        ready(self.store.row_by_key("order", key)).unwrap().is_some()
    }

    pub fn history(&self, key: &str) -> Vec<EventRecord> {
        ready(self.store.history(self.row(key).id, 0, 10_000)).unwrap()
    }

    pub fn event_ids(&self, key: &str) -> Vec<String> {
        self.history(key).iter().map(|event| event.id.to_string()).collect()
    }
}

fn core(store: &MemoryStore, kind: &Arc<dyn Kind>, limits: Limits, desks: usize) -> Core {
    let highest: WorkflowId = ready(store.highest_id()).unwrap();
    let pools = BTreeMap::from([(crate::order::DESKS.to_owned(), desks)]);
    Core::new([Arc::clone(kind)], &pools, limits, "1.0".into(), highest)
}
