use crate::Turn;
use environment::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

/// A kind of workflow: a pure, total transition function and what the engine must know of its states and actions.
pub trait Workflow: Sized + Send + Sync + 'static {
    /// Current state, at most [`STATE_BYTES_MAX`] as JSON.
    type State: Serialize + DeserializeOwned + Clone + std::fmt::Debug + Send + Sync + 'static;
    /// Fact in the past tense, at most [`EVENT_BYTES_MAX`] as JSON.
    type Event: Serialize + DeserializeOwned + Clone + std::fmt::Debug + Send + Sync + 'static;
    /// Intent in the imperative.
    type Action: Serialize + DeserializeOwned + Clone + std::fmt::Debug + Send + Sync + 'static;

    /// Name of the kind, in every row.
    const KIND: &'static str;
    /// Version of `State`'s shape; an older row goes through [`Workflow::upgrade`] first.
    const STATE_VERSION: u32;

    /// What follows from `event`. Every pair of state and event is a transition or a typed refusal.
    ///
    /// # Errors
    /// [`Illegal`]: refused, or too early and to be kept.
    fn transition(
        state: Option<&Self::State>,
        event: &Self::Event,
        now: Timestamp,
    ) -> Result<Transition<Self>, Illegal>;

    /// What the engine keeps in columns beside the state.
    fn summary(state: &Self::State) -> Summary;

    /// The event of a timer that is due. `None`: the name is not of this kind (an older version's); it is dropped with a
    /// log line. A kind without timers leaves it out.
    fn timer_fired(timer: &str) -> Option<Self::Event> {
        let _ = timer;
        None
    }

    /// The event of a slot that was granted. A kind that asks for none leaves it out.
    fn granted(pool: &str) -> Option<Self::Event> {
        let _ = pool;
        None
    }

    /// The event of an action whose attempts are used up or that failed for good: exhaustion is never silent.
    fn action_failed(action: &Self::Action, failure: &ActionFailure) -> Self::Event;

    /// Stable name of an action: tables, logs, withdrawal, crash points.
    fn action_name(action: &Self::Action) -> &'static str;

    /// All action names, so that a test can cover each.
    fn action_names() -> &'static [&'static str];

    /// How the engine treats an action. Left out: [`ActionOptions::default`] for each.
    fn action_options(action: &Self::Action) -> ActionOptions {
        let _ = action;
        ActionOptions::default()
    }

    /// Stable name of an event, for history and pages.
    fn event_name(event: &Self::Event) -> String;

    /// State of version `from` as a state of [`Workflow::STATE_VERSION`]. A kind whose state has had one shape so far
    /// leaves it out.
    ///
    /// # Errors
    /// [`UpgradeError`] names what does not fit.
    fn upgrade(from: u32, state: serde_json::Value) -> Result<Self::State, UpgradeError> {
        let _ = state;
        Err(UpgradeError { from, why: format!("`{}` has no upgrade", Self::KIND) })
    }
}

/// What follows from an event.
#[derive(Debug, Clone)]
pub struct Transition<W: Workflow> {
    /// Next state.
    pub state: W::State,
    /// To be carried out after the commit, in this order.
    pub actions: Vec<W::Action>,
    /// Changes of timers.
    pub timers: Vec<TimerChange>,
    /// Names of actions that are withdrawn if they have not started; one that has started is awaited.
    pub withdraw: Vec<&'static str>,
}

impl<W: Workflow> Transition<W> {
    /// To `state`, and nothing else.
    pub fn to(state: W::State) -> Self {
        Self { state, actions: Vec::new(), timers: Vec::new(), withdraw: Vec::new() }
    }
}

/// A change of a durable, named timer of one workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimerChange {
    /// Due at a time on the wall clock: reminders, deadlines for people.
    At {
        /// Name; a timer of that name is replaced.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// Due after this much time in which this owner could have heard: watchdogs. Begins anew after a start or takeover;
    /// a signal pushes it back.
    Silence {
        /// Name; a timer of that name is replaced.
        name: String,
        /// Milliseconds.
        after_ms: u64,
        /// Whether signals push it back; otherwise only a restart does.
        pushed_back_by_signals: bool,
    },
    /// No longer due.
    Cancel {
        /// Name.
        name: String,
    },
}

/// Why an event does not lead to a transition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    /// It makes no sense in this state and never will.
    #[error("refused: {0}")]
    Refused(String),
    /// It came before the workflow waits for it (E3): kept, tried again after each transition, and dropped with a
    /// counter and a log line after `keep_ms`.
    #[error("too early: {why}")]
    TooEarly {
        /// A few words.
        why: String,
        /// How long it is kept.
        keep_ms: u64,
    },
}

/// What the engine keeps in columns beside the state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Name of the status.
    pub status: &'static str,
    /// Nothing will follow; the row is history.
    pub terminal: bool,
    /// What it waits for besides actions and timers (E11).
    pub awaits: Awaits,
    /// Slot asked for or held.
    pub pool: Pool,
    /// Run number.
    pub run: u32,
    /// Machine id.
    pub machine_id: Option<String>,
    /// Volume id.
    pub volume_id: Option<String>,
    /// A digest of what it works on.
    pub subject: Option<String>,
    /// A name for people.
    pub title: String,
}

/// What a workflow waits for besides pending actions and timers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Awaits {
    /// Nothing: without an action or timer it is stuck.
    #[default]
    Nothing,
    /// An event from outside that will come by the nature of things, or need not come.
    Event,
}

/// A slot of a named pool (E13): derived from the state, never counted apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Pool {
    /// Neither.
    #[default]
    None,
    /// Waits for one.
    Wants(Want),
    /// Holds one.
    Holds {
        /// Pool.
        pool: &'static str,
        /// Fair share by this.
        group: String,
    },
}

/// A wish for a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// Pool.
    pub pool: &'static str,
    /// Fair share by this.
    pub group: String,
    /// Lower goes first: people's decisions 0, new work 1.
    pub priority: u8,
    /// Then by age.
    pub since: Timestamp,
}

/// How the engine treats an action (E6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionOptions {
    /// How it takes its turn among the others of the same workflow.
    pub turn: Turn,
    /// Attempts before it is answered by its failure event.
    pub attempts_max: u32,
    /// Milliseconds that one attempt may take.
    pub timeout_ms: u64,
    /// First pause between attempts, in milliseconds; doubles, with jitter, up to `backoff_max_ms`.
    pub backoff_ms: u64,
    /// Longest pause between attempts, in milliseconds.
    pub backoff_max_ms: u64,
    /// Two attempts may overlap without harm, even on two nodes: reads, and what ends in the same state however often it
    /// is done. Any other starts only with its whole time left on its node's lease, and one that an evicted node may
    /// still be carrying out is not repeated before that lease is over (E8).
    pub repeatable: bool,
}

impl Default for ActionOptions {
    /// What bears any action: one at a time, not overlapping, half a minute for an attempt, five attempts within a minute.
    fn default() -> Self {
        Self {
            turn: Turn::InOrder,
            attempts_max: 5,
            timeout_ms: 30_000,
            backoff_ms: 1_000,
            backoff_max_ms: 30_000,
            repeatable: false,
        }
    }
}

/// Why an action failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionFailure {
    /// A sentence.
    pub message: String,
    /// It may have happened all the same, or may still land.
    pub ambiguous: bool,
    /// Attempts made.
    pub attempts: u32,
}

/// An old state that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("state of version {from} cannot be upgraded: {why}")]
pub struct UpgradeError {
    /// Its version.
    pub from: u32,
    /// What does not fit.
    pub why: String,
}

/// Bytes of a state as JSON (E4).
pub const STATE_BYTES_MAX: usize = 16 * 1024;
/// Longest key of a workflow in bytes (E9). It is part of index entries, which PostgreSQL bounds at 2,704 bytes, together
/// with a kind and an event id; and a character that PostgreSQL cannot store takes two.
pub const KEY_BYTES_MAX: usize = 1_024;
/// Bytes of an event as JSON (E4).
pub const EVENT_BYTES_MAX: usize = 4 * 1024;
