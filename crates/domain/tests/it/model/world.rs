//! One state of the model: the production state, what is pending, what the outside holds, and what a watcher remembers.
//!
//! Everything in it is compared and hashed, so it holds nothing that does not matter: times are normalised away, answers
//! that change nothing are not kept, and what may still happen is counted down.

use domain::{
    ids::RequestId,
    policy::Policy,
    pull_request::{Action, Choice, Event, Purpose, State, Timer},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// One state of the model.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    /// The production state; none before the first webhook.
    pub state: Option<Arc<State>>,
    /// Committed actions in commit order.
    pub pending: Vec<Pending>,
    /// Armed timers; in the model each may fire at any time.
    pub timers: Timers,
    pub outside: Outside,
    pub memory: Memory,
    /// What may still happen.
    pub left: Budget,
}

/// An action that is committed and not answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pending {
    pub action: Action,
    /// It happened, and this is its answer, which is still on its way.
    pub answer: Option<Box<Event>>,
    /// An earlier attempt may have done it: the engine says so of a failure.
    pub maybe_done: bool,
    /// Something that its answer cannot know was recorded after it happened.
    pub stale: bool,
}

/// A set of timers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Timers(u16);

impl Timers {
    fn bit(timer: Timer) -> u16 {
        let place = Timer::ALL.iter().position(|one| *one == timer).expect("ALL has all");
        1 << place
    }

    pub fn has(self, timer: Timer) -> bool {
        self.0 & Self::bit(timer) != 0
    }

    pub fn set(&mut self, timer: Timer) {
        // These only remind people: whether they are armed changes nothing that is looked at here.
        if !matches!(timer, Timer::Nudge | Timer::AskAgain) {
            self.0 |= Self::bit(timer);
        }
    }

    pub fn clear(&mut self, timer: Timer) {
        self.0 &= !Self::bit(timer);
    }

    pub fn armed(self) -> impl Iterator<Item = Timer> {
        Timer::ALL.into_iter().filter(move |timer| self.has(*timer))
    }
}

/// GitHub, the machines' backend, and what runs in machines.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Outside {
    /// What the repository wants.
    pub policy: Arc<Policy>,
    pub head: String,
    pub open: bool,
    /// The operator's lists admit the repository.
    pub listed: bool,
    /// GitHub lets us in.
    pub access: Way,
    /// A webhook is on its way.
    pub webhook: bool,
    pub machines: BTreeMap<u32, Machine>,
    /// By number of the copy.
    pub volumes: BTreeSet<u32>,
    /// Concluded or not, by run and commit.
    pub checks: BTreeMap<(u32, String), bool>,
    /// Digest of what each submitted review says, by run and commit.
    pub reviews: BTreeMap<(u32, String), String>,
    /// What the bot pushed: request and digest.
    pub pushed: Vec<(RequestId, String)>,
    /// Calls whose callers gave up and which may still land.
    pub late: Vec<Late>,
}

/// Whether GitHub lets us in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    Open,
    Suspended,
    Gone,
}

/// A machine that was started.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Machine {
    pub copy: u32,
    pub alive: bool,
    /// Its worker still speaks; a dead machine's may have spoken before.
    pub claimed: bool,
    pub heard: bool,
    pub purpose: Purpose,
    pub sha: String,
}

/// A call that may still land.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Late {
    Start { run: u32, machine: Machine },
    Push { request: RequestId, digest: String, head: String },
}

/// What a watcher remembers that the state need not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Memory {
    /// A webhook was acknowledged and nothing was read since.
    pub unread: bool,
    /// Asks of permitted people in recorded order, as long as they could still decide.
    pub permitted: Vec<(String, RequestId, String, Choice)>,
    /// Digest that a permitted person said yes to, by request.
    pub approved: BTreeMap<RequestId, String>,
    /// Requests whose approval came to something: pushed, or somebody was told why not.
    pub fulfilled: BTreeSet<RequestId>,
    /// Names of the properties that a step violated.
    pub violated: BTreeSet<&'static str>,
    /// Asks so far, for their names.
    pub asks: u8,
}

/// How often something may still happen. What is not bounded here ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Budget {
    /// People push.
    pub pushes: u8,
    /// The pull request is closed, or opened again.
    pub closes: u8,
    /// A webhook is lost.
    pub lost_webhooks: u8,
    /// A webhook comes although nothing happened: a duplicate, or an old one out of order.
    pub spare_webhooks: u8,
    /// The supervisor dies.
    pub crashes: u8,
    /// A call fails, and nothing happened.
    pub failures: u8,
    /// A call fails, and it may have happened, may land later, or never.
    pub ambiguous: u8,
    /// A machine dies without a word.
    pub deaths: u8,
    /// A volume goes with its host.
    pub lost_volumes: u8,
    /// The slot comes long after the last reading.
    pub late_slots: u8,
    /// Ann and Bob, who may decide, each answer this often.
    pub answers: u8,
    /// So does Eve, who may not.
    pub strangers: u8,
    /// Somebody permitted asks for a review.
    pub reviews: u8,
    /// Somebody permitted cancels.
    pub cancels: u8,
    /// The agent is asked a question.
    pub questions: u8,
    /// The operator takes the repository from the list, or puts it back.
    pub listings: u8,
    /// Access is suspended, removed, or restored.
    pub accesses: u8,
    /// Timers that have watched in vain: claim, first heartbeat, silence, total.
    pub alarms: u8,
    /// A wait is over: for news, or for a decision.
    pub waits: u8,
}

impl Budget {
    /// How often a timer may still fire; none if it only follows from a fault or a step that is counted itself.
    pub const fn of(&self, timer: Timer) -> Option<u8> {
        match timer {
            Timer::Claim | Timer::FirstHeartbeat | Timer::Silence | Timer::Total => Some(self.alarms),
            Timer::Refresh | Timer::DecisionDeadline => Some(self.waits),
            _ => None,
        }
    }
}
