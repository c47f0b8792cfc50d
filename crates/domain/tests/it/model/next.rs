//! One step of the model, and the transition that follows from it.

use super::{
    Model, facts,
    step::{Failure, Step, Who, may_land},
    watch,
    world::{Budget, Memory, Outside, Pending, Timers, Way, World},
};
use domain::{
    policy::Policy,
    pull_request::{AccessChange, Action, Event, Hint, PullRequest, State, Timer},
};
use engine::{ActionFailure, TimerChange, Timestamp, Workflow};
use std::sync::Arc;

/// The time of every event; only a slot that comes late comes later.
const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);
/// Longer than a reading counts as fresh.
const LATE_MS: u64 = 10 * 60_000;

impl World {
    /// A pull request was opened, and its webhook is on its way.
    pub fn opened(budget: Budget, policy: Policy) -> Self {
        Self {
            state: None,
            pending: Vec::new(),
            timers: Timers::default(),
            outside: Outside {
                policy: Arc::new(policy),
                head: "head1".into(),
                open: true,
                listed: true,
                access: Way::Open,
                webhook: true,
                machines: Default::default(),
                volumes: Default::default(),
                checks: Default::default(),
                reviews: Default::default(),
                pushed: Vec::new(),
                late: Vec::new(),
            },
            memory: Memory::default(),
            left: budget,
        }
    }

    pub fn state(&self) -> &State {
        self.state.as_deref().expect("it is known")
    }
}

impl Model {
    /// What a step leads to.
    pub fn after(&self, last: &World, step: Step) -> World {
        let mut world = last.clone();
        let it = &mut world;
        match step {
            Step::Done(place) => {
                self.happens(it, place);
                self.answered(it, place);
            }
            Step::Happens(place) => self.happens(it, place),
            Step::Answered(place) => self.answered(it, place),
            Step::Fails(place, failure) => self.fails(it, place, failure),
            Step::Crash { late } => crash(it, late),
            Step::Lands => it.land(),
            Step::Vanishes => drop(it.outside.late.pop()),
            Step::TimerFires(timer) => self.timer_fires(it, timer),
            Step::SlotGranted { late } => {
                it.left.late_slots -= u8::from(late);
                let now = NOW.plus_millis(if late { LATE_MS } else { 0 });
                self.take(it, &Event::SlotGranted, now);
            }
            Step::Webhook => {
                it.outside.webhook = false;
                self.webhook(it);
            }
            Step::WebhookLost => {
                it.left.lost_webhooks -= 1;
                it.outside.webhook = false;
            }
            Step::SpareWebhook => {
                it.left.spare_webhooks -= 1;
                self.webhook(it);
            }
            Step::Push => {
                it.outside.head = format!("push{}", it.left.pushes);
                it.left.pushes -= 1;
                it.outside.webhook = true;
            }
            Step::Close | Step::Reopen => {
                it.left.closes -= 1;
                it.outside.open = step == Step::Reopen;
                it.outside.webhook = true;
            }
            Step::List(listed) => {
                it.left.listings -= 1;
                it.outside.listed = listed;
                // The operator's lists are read at the start, and whoever starts reads the open pull requests again.
                it.outside.webhook = true;
            }
            Step::Access(way) => self.access(it, way),
            Step::Claims(run) => self.claims(it, run),
            Step::Heard(run) => self.heard(it, run),
            Step::Finishes(run, outcome) => self.finishes(it, run, outcome),
            Step::MachineDies(run) => {
                it.left.deaths -= 1;
                if let Some(machine) = it.outside.machines.get_mut(&run) {
                    machine.alive = false;
                }
            }
            Step::VolumeLost(copy) => {
                it.left.lost_volumes -= 1;
                it.outside.volumes.remove(&copy);
            }
            Step::Answers(who, choice) => {
                let left = if who == Who::Eve { &mut it.left.strangers } else { &mut it.left.answers };
                *left -= 1;
                self.asks(it, who, facts::answer(last, choice));
            }
            Step::AsksReview => {
                it.left.reviews -= 1;
                self.asks(it, Who::Ann, domain::pull_request::Ask::Review);
            }
            Step::AsksCancel => {
                it.left.cancels -= 1;
                self.asks(it, Who::Ann, domain::pull_request::Ask::Cancel);
            }
            Step::AsksQuestion => {
                it.left.questions -= 1;
                self.asks(it, Who::Ann, domain::pull_request::Ask::Question { text: "why".into() });
            }
        }
        world
    }

    fn answered(&self, world: &mut World, place: usize) {
        let pending = world.pending.remove(place);
        let answer = pending.answer.expect("it happened");
        let before = world.state.clone();
        self.take(world, &answer, NOW);
        if pending.stale {
            watch::stale_answer(before.as_deref(), world);
        }
    }

    fn fails(&self, world: &mut World, place: usize, failure: Failure) {
        match failure {
            Failure::Clean => world.left.failures -= 1,
            Failure::Happened => {
                world.left.ambiguous -= 1;
                self.happens(world, place);
            }
            Failure::Open => {
                world.left.ambiguous -= 1;
                if may_land(&world.pending[place].action) {
                    let late = world.late_call(&world.pending[place].action);
                    world.outside.late.extend(late);
                }
            }
        }
        let pending = world.pending.remove(place);
        let ambiguous = pending.maybe_done || failure != Failure::Clean;
        let failure = ActionFailure { message: "it failed".into(), ambiguous, attempts: 1 };
        let event = PullRequest::action_failed(&pending.action, &failure);
        watch::ask_unread(world, &event);
        self.take(world, &event, NOW);
    }

    fn timer_fires(&self, world: &mut World, timer: Timer) {
        match timer {
            Timer::Claim | Timer::FirstHeartbeat | Timer::Silence | Timer::Total => world.left.alarms -= 1,
            Timer::Refresh | Timer::DecisionDeadline => world.left.waits -= 1,
            _ => {}
        }
        world.timers.clear(timer);
        if timer == Timer::Retention {
            world.readings_are_stale();
        }
        self.take(world, &Event::TimerFired { timer }, NOW);
    }

    fn webhook(&self, world: &mut World) {
        world.memory.unread = true;
        self.take(world, &Event::Hinted { pr: facts::pull_request(), hint: Hint::Synchronized }, NOW);
    }

    fn access(&self, world: &mut World, way: Way) {
        world.left.accesses -= 1;
        world.outside.access = way;
        world.readings_are_stale();
        let change = match way {
            Way::Open => AccessChange::InstallationRestored,
            Way::Suspended => AccessChange::InstallationSuspended,
            Way::Gone => AccessChange::InstallationRemoved,
        };
        self.take(world, &Event::AccessChanged { change }, NOW);
    }

    /// Gives the transition an event, and takes what follows into the world; whether it was accepted.
    pub fn take(&self, world: &mut World, event: &Event, now: Timestamp) -> bool {
        let Ok(transition) = (self.decide)(world.state.as_deref(), event, now) else { return false };
        for change in transition.timers {
            let of = |name: &str| Timer::of(name).expect("only our timers");
            match change {
                TimerChange::At { name, .. } | TimerChange::Silence { name, .. } => world.timers.set(of(&name)),
                TimerChange::Cancel { name } => world.timers.clear(of(&name)),
            }
        }
        let before = world.state.replace(Arc::new(transition.state));
        watch::transition(before.as_deref(), event, &transition.actions, world);
        for action in transition.actions {
            // Their answers change nothing, whenever they come.
            let quiet = matches!(action, Action::Reply { .. } | Action::React { .. } | Action::ResolveThreads { .. });
            if !quiet {
                world.pending.push(Pending { action, answer: None, maybe_done: false, stale: false });
            }
        }
        timeless(Arc::make_mut(world.state.as_mut().expect("it was just set")));
        true
    }

    pub fn now(&self, world: &mut World, event: &Event) -> bool {
        self.take(world, event, NOW)
    }
}

/// Answers on their way are lost; whatever is pending may have been done.
fn crash(world: &mut World, late: bool) {
    world.left.crashes -= 1;
    if late {
        let mut under_way = world.pending.iter().filter(|pending| pending.answer.is_none());
        let call = under_way.find(|pending| may_land(&pending.action)).map(|pending| pending.action.clone());
        let call = call.and_then(|action| world.late_call(&action));
        world.outside.late.extend(call);
    }
    for pending in &mut world.pending {
        (pending.answer, pending.maybe_done, pending.stale) = (None, true, false);
    }
}

/// When something was does not tell states apart; only whether the last reading is fresh could, and it is until a slot
/// comes late.
fn timeless(state: &mut State) {
    let never = Timestamp::default();
    state.read_at = Timestamp::from_millis(NOW.as_millis() - 1);
    if let Some(wanted) = &mut state.wanted {
        wanted.since = never;
    }
    if let Some(request) = &mut state.request {
        (request.asked_at, request.deadline) = (never, never);
    }
    for decision in &mut state.decisions {
        (decision.at, decision.request.asked_at, decision.request.deadline) = (never, never, never);
    }
    if let Some(paused) = &mut state.paused {
        paused.at = never;
    }
}
