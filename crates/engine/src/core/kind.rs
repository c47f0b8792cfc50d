//! Kinds of workflows with their types erased, so that one core serves all. States and events stay typed in memory
//! (`Arc<dyn Any>`) beside their JSON; JSON is parsed only for what comes out of a row.

use crate::{ActionFailure, ActionOptions, Illegal, Summary, TimerChange, Timestamp, Workflow};
use serde::Serialize;
use std::{
    any::Any,
    cell::Cell,
    fmt,
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

/// A typed value whose type only its kind knows.
pub type Typed = Arc<dyn Any + Send + Sync>;

/// A value and its JSON.
#[derive(Clone)]
pub struct Fact {
    /// Value.
    pub typed: Typed,
    /// JSON.
    pub json: Arc<str>,
}

impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.json)
    }
}

impl Fact {
    /// A value as a fact.
    ///
    /// # Errors
    /// The value cannot be written as JSON (a map with keys that are not texts).
    pub fn of<T: Serialize + Send + Sync + 'static>(value: T) -> Result<Self, String> {
        let json = json(&value)?;
        Ok(Self { typed: Arc::new(value), json })
    }
}

/// A value as JSON; every transition writes several, so the buffer that they grow in stays.
fn json(value: &impl Serialize) -> Result<Arc<str>, String> {
    thread_local!(static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) });
    let mut buffer = BUFFER.take();
    buffer.clear();
    serde_json::to_writer(&mut buffer, value).map_err(|error| error.to_string())?;
    let json = std::str::from_utf8(&buffer).map_err(|error| error.to_string())?.into();
    BUFFER.set(buffer);
    Ok(json)
}

/// A transition with its types erased.
#[derive(Debug)]
pub struct Moved {
    /// Next state.
    pub state: Fact,
    /// What goes into columns.
    pub summary: Summary,
    /// Actions.
    pub actions: Vec<Act>,
    /// Timers.
    pub timers: Vec<TimerChange>,
    /// Names of actions to withdraw.
    pub withdraw: Vec<&'static str>,
}

/// An action with its type erased.
#[derive(Debug, Clone)]
pub struct Act {
    /// Value and JSON.
    pub fact: Fact,
    /// Stable name.
    pub name: &'static str,
    /// How it is treated.
    pub options: ActionOptions,
}

/// What the core needs of a kind of workflow.
pub trait Kind: Send + Sync {
    /// Name.
    fn name(&self) -> &'static str;
    /// Version of the state's shape.
    fn version(&self) -> u32;
    /// The transition; the outer error is a state that cannot be written.
    fn transition(&self, state: Option<&Typed>, event: &Typed, now: Timestamp) -> Result<Moved, Illegal>;
    /// A state of the present version.
    fn read_state(&self, json: &str) -> Result<(Fact, Summary), String>;
    /// A state of an older version, upgraded.
    fn upgrade_state(&self, from: u32, json: &str) -> Result<(Fact, Summary), String>;
    /// An event out of a row.
    fn read_event(&self, json: &str) -> Result<Fact, String>;
    /// An action out of a row.
    fn read_action(&self, json: &str) -> Result<Act, String>;
    /// Event of a timer.
    fn timer_fired(&self, timer: &str) -> Option<Result<Fact, String>>;
    /// Event of a grant.
    fn granted(&self, pool: &str) -> Option<Result<Fact, String>>;
    /// Event of an action that failed for good.
    fn action_failed(&self, action: &Typed, failure: &ActionFailure) -> Result<Fact, String>;
    /// Stable name of an event.
    fn event_name(&self, event: &Typed) -> String;
}

/// The erased form of `W`.
#[derive(Debug)]
pub struct Erased<W>(PhantomData<fn() -> W>);

impl<W: Workflow> Erased<W> {
    /// The kind.
    pub fn kind() -> Arc<dyn Kind> {
        Arc::new(Self(PhantomData))
    }
}

/// The value as `T`. The core hands a kind only what that kind made, so the type always fits.
fn typed<T: 'static>(value: &Typed) -> &T {
    value.downcast_ref().expect("a kind is only handed values that it made")
}

fn act<W: Workflow>(action: W::Action) -> Result<Act, String> {
    let (name, options) = (W::action_name(&action), W::action_options(&action));
    Ok(Act { fact: Fact::of(action)?, name, options })
}

impl<W: Workflow> Kind for Erased<W> {
    fn name(&self) -> &'static str {
        W::KIND
    }

    fn version(&self) -> u32 {
        W::STATE_VERSION
    }

    fn transition(&self, state: Option<&Typed>, event: &Typed, now: Timestamp) -> Result<Moved, Illegal> {
        // Total functions do not panic; one that does all the same must not take every other workflow down with it. It
        // is pure, so nothing is left half done.
        let moved = catch_unwind(AssertUnwindSafe(|| {
            W::transition(state.map(typed::<W::State>), typed::<W::Event>(event), now)
        }));
        let next = moved.map_err(|_| Illegal::Refused("its transition function panicked".into()))??;
        let unwritable = |why: String| Illegal::Refused(format!("its result cannot be written as JSON: {why}"));
        let summary = W::summary(&next.state);
        let actions = next.actions.into_iter().map(act::<W>).collect::<Result<_, _>>().map_err(unwritable)?;
        let state = Fact::of(next.state).map_err(unwritable)?;
        Ok(Moved { state, summary, actions, timers: next.timers, withdraw: next.withdraw })
    }

    fn read_state(&self, json: &str) -> Result<(Fact, Summary), String> {
        let state: W::State = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let summary = W::summary(&state);
        Ok((Fact { typed: Arc::new(state), json: json.into() }, summary))
    }

    fn upgrade_state(&self, from: u32, json: &str) -> Result<(Fact, Summary), String> {
        let value = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let state = W::upgrade(from, value).map_err(|error| error.to_string())?;
        let summary = W::summary(&state);
        Ok((Fact::of(state)?, summary))
    }

    fn read_event(&self, json: &str) -> Result<Fact, String> {
        let event: W::Event = serde_json::from_str(json).map_err(|error| error.to_string())?;
        Ok(Fact { typed: Arc::new(event), json: json.into() })
    }

    fn read_action(&self, json: &str) -> Result<Act, String> {
        act::<W>(serde_json::from_str(json).map_err(|error| error.to_string())?)
    }

    fn timer_fired(&self, timer: &str) -> Option<Result<Fact, String>> {
        W::timer_fired(timer).map(Fact::of)
    }

    fn granted(&self, pool: &str) -> Option<Result<Fact, String>> {
        W::granted(pool).map(Fact::of)
    }

    fn action_failed(&self, action: &Typed, failure: &ActionFailure) -> Result<Fact, String> {
        Fact::of(W::action_failed(typed::<W::Action>(action), failure))
    }

    fn event_name(&self, event: &Typed) -> String {
        W::event_name(typed::<W::Event>(event))
    }
}
