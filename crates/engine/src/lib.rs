//! A durable state-machine engine.
//!
//! A [`Workflow`] is a pure function from state and event to the next state, actions and timers. The engine commits all
//! of them together, carries the actions out after the commit at least once, and feeds their results back as events.
//!
//! Without the `runtime` feature there is only what a pure state machine needs: no runtime, client, database or clock.

#[cfg(feature = "runtime")]
pub mod beside;
mod workflow;

pub use environment::Timestamp;
pub use workflow::{
    ActionFailure, ActionOptions, Awaits, EVENT_BYTES_MAX, Illegal, Pool, STATE_BYTES_MAX, Summary, TimerChange,
    Transition, UpgradeError, Want, Workflow,
};
