//! Everything outside of the supervisor, behind one lock; and how a call of the supervisor to it may go.

use crate::{
    chance::{Chance, SeededRandom},
    clock::VirtualClock,
    faults::{Fault, Faults},
    github::Hub,
    life::Life,
    machines::Fleet,
    production::{Refused, Supervisor},
    profile::Profile,
    properties::Violation,
    settings::Settings,
    trace::Trace,
};
use environment::{BoxFuture, Environment, Task};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The simulated world of one seed. Cheap to clone.
#[derive(Clone)]
pub(crate) struct World {
    pub environment: Environment,
    pub clock: VirtualClock,
    state: Arc<Mutex<State>>,
}

/// What there is in it.
pub(crate) struct State {
    pub chance: Chance,
    pub faults: Faults,
    pub trace: Trace,
    pub github: Hub,
    pub machines: Fleet,
    pub violations: Vec<Violation>,
    /// Facts that were answered 2xx: workflow and event id.
    pub acknowledged: BTreeSet<(String, String)>,
    /// Findings that were acknowledged: workflow and `run:id`.
    pub acknowledged_findings: BTreeSet<(String, String)>,
    /// Every claim token and credential that was seen.
    pub tokens: BTreeSet<String>,
    pub life: Option<Alive>,
    pub crashes: u64,
    pub settings: Settings,
    /// Events that were committed.
    pub events: u64,
    /// Which pull request a workflow is of.
    pub workflows: BTreeMap<String, u64>,
    /// A call is landing whose caller has given up.
    pub late: bool,
    /// Since when this life of the supervisor lives.
    pub up_since: u64,
    /// Somebody has set the wall clock.
    pub clock_was_set: bool,
}

/// A life, and its doors once it serves.
pub(crate) type Alive = (Arc<Life>, Option<Arc<dyn Supervisor>>);

/// How a call ended, beside a plain answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Not done.
    Unavailable,
    /// Not done; come back then.
    Limited(Duration),
    /// It may have happened.
    Lost,
}

/// Whether repeating a call does harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    Write,
}

impl State {
    pub(crate) fn violated(&mut self, property: &'static str, what: String) {
        self.violations.push(Violation { property, what });
    }

    pub(crate) fn happens(&mut self, fault: Fault) -> bool {
        let State { faults, chance, .. } = self;
        faults.happens(fault, chance)
    }
}

impl World {
    pub(crate) fn new(
        seed: u64,
        keep_trace: bool,
        profile: Profile,
        settings: impl FnOnce(&mut Chance) -> Settings,
    ) -> Self {
        let clock = VirtualClock::new(Chance::new(seed, 1));
        let random = SeededRandom::new(Chance::new(seed, 2));
        let environment = Environment::new(Arc::new(clock.clone()), Arc::new(random));
        let mut chance = Chance::new(seed, 3);
        let (faults, settings) = (profile.faults(&mut chance), settings(&mut chance));
        let decides = settings.maintain.then_some(github::api::Permission::Maintain);
        let state = State {
            faults,
            trace: Trace::new(keep_trace),
            github: Hub { decides, ..Hub::default() },
            machines: Fleet::default(),
            violations: Vec::new(),
            acknowledged: BTreeSet::new(),
            acknowledged_findings: BTreeSet::new(),
            tokens: BTreeSet::new(),
            life: None,
            crashes: 0,
            settings,
            events: 0,
            workflows: BTreeMap::new(),
            late: false,
            up_since: 0,
            clock_was_set: false,
            chance,
        };
        Self { environment, clock, state: Arc::new(Mutex::new(state)) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note(&self, line: impl AsRef<str>) {
        let at = self.clock.passed();
        self.state().trace.note(at, line.as_ref());
    }

    /// The outsides' clock, which nobody sets.
    pub(crate) fn now_ms(&self) -> u64 {
        self.clock.right().as_millis()
    }

    pub(crate) async fn sleep_ms(&self, ms: u64) {
        self.environment.sleep(Duration::from_millis(ms)).await;
    }

    /// A span between two bounds.
    pub(crate) async fn pause(&self, from_ms: u64, to_ms: u64) {
        let ms = self.state().chance.between(from_ms, to_ms);
        self.sleep_ms(ms).await;
    }

    /// The supervisor dies, if it lives. The caller, if it is one of its tasks, is never polled again.
    pub(crate) fn crash(&self, life: &Life, at: &str) {
        self.note(format!("CRASH at {at}"));
        self.state().crashes += 1;
        life.crash();
    }

    /// A place between two effects: the supervisor may die here.
    pub(crate) async fn may_crash(&self, life: &Life, at: &str) {
        let crash = self.state().happens(Fault::Crash);
        if crash {
            self.crash(life, at);
            std::future::pending::<()>().await;
        }
    }

    /// A call of the supervisor to something outside, and every way it may go.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        life: &Arc<Life>,
        kind: Kind,
        what: String,
        effect: impl FnOnce(&mut State, u64) -> T + Send + 'static,
    ) -> Result<T, Trouble> {
        self.may_crash(life, &format!("before {what}")).await;
        let slow = self.state().happens(Fault::Slow);
        self.pause(if slow { 20_000 } else { 5 }, if slow { 70_000 } else { 300 }).await;
        if self.state().happens(Fault::Limited) {
            let after = self.state().chance.between(1, 90);
            self.note(format!("{what}: 429, again in {after} s"));
            return Err(Trouble::Limited(Duration::from_secs(after)));
        }
        if self.state().happens(Fault::Unavailable) {
            self.note(format!("{what}: 503"));
            return Err(Trouble::Unavailable);
        }
        if kind == Kind::Write && self.state().happens(Fault::LandsLate) {
            return self.lands_late(life, what, effect).await;
        }
        let now = self.now_ms();
        let answer = effect(&mut self.state(), now);
        self.note(&what);
        self.may_crash(life, &format!("after {what}")).await;
        if self.state().happens(Fault::LostAnswer) {
            self.note(format!("{what}: the answer is lost"));
            return Err(if kind == Kind::Read { Trouble::Unavailable } else { Trouble::Lost });
        }
        self.pause(1, 100).await;
        Ok(answer)
    }

    /// The caller gives up, or dies, and the effect happens after that, within the time for which an ambiguous call may
    /// still land.
    async fn lands_late<T: Send + 'static>(
        &self,
        life: &Arc<Life>,
        what: String,
        effect: impl FnOnce(&mut State, u64) -> T + Send + 'static,
    ) -> Result<T, Trouble> {
        let after = self.state().chance.between(1_000, LANDS_WITHIN_MS);
        self.note(format!("{what}: no answer, lands {after} ms later"));
        let (world, late) = (self.clone(), what.clone());
        self.spawn(async move {
            world.sleep_ms(after).await;
            let now = world.now_ms();
            {
                let mut state = world.state();
                state.late = true;
                effect(&mut state, now);
                state.late = false;
            }
            world.note(format!("{late}: landed late"));
        });
        if self.state().chance.permille(300) {
            self.crash(life, &format!("no answer to {what}"));
            std::future::pending::<()>().await;
        }
        Err(Trouble::Lost)
    }

    /// Somebody outside calls the supervisor. None: it could not be reached, or died, or one of the two messages was lost.
    pub(crate) async fn knock<T: Send + 'static>(
        &self,
        what: &str,
        call: impl FnOnce(Arc<dyn Supervisor>) -> BoxFuture<T>,
    ) -> Option<T> {
        self.pause(1, 80).await;
        let (life, supervisor) = self.state().life.clone()?;
        let supervisor = supervisor?;
        self.may_crash_outside(&life, what);
        if life.is_over() || self.state().happens(Fault::Unavailable) {
            return None;
        }
        let task: Task<T> = self.environment.clone().watched(life.clone()).spawn(call(supervisor));
        let answer = task.await.ok()?;
        if self.state().happens(Fault::LostAnswer) {
            self.note(format!("{what}: the supervisor's answer is lost"));
            return None;
        }
        Some(answer)
    }

    fn may_crash_outside(&self, life: &Life, what: &str) {
        if !life.is_over() && self.state().happens(Fault::Crash) {
            self.crash(life, &format!("when {what} comes"));
        }
    }

    /// Something that goes on outside.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> tokio::task::AbortHandle {
        self.environment.spawn(future).abort_handle()
    }
}

/// After a call was given up, its effect happens within this time or never: the time that the workflow gives it.
pub(crate) const LANDS_WITHIN_MS: u64 = 50_000;

/// A worker's call that was not taken, or not answered.
pub(crate) fn is_final<T>(answer: &Option<Result<T, Refused>>) -> bool {
    matches!(answer, Some(Err(Refused::Final)))
}
