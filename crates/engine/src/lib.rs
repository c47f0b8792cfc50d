//! A durable state-machine engine.
//!
//! A [`Workflow`] is a pure function from state and event to the next state, actions and timers. The engine commits all
//! of them together, carries the actions out after the commit at least once, and feeds their results back as events.
//!
//! Without the `runtime` feature there is only what a pure state machine needs: no runtime, client, database or clock.

#![warn(missing_docs)]

#[cfg(feature = "runtime")]
pub mod archive;
#[cfg(feature = "runtime")]
pub mod beside;
#[cfg(feature = "runtime")]
pub mod cluster;
#[cfg(feature = "conformance")]
#[expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test suite says so by panicking"
)]
pub mod conformance;
pub mod core;
mod ids;
#[cfg(feature = "runtime")]
mod memory;
mod rows;
#[cfg(feature = "runtime")]
mod runtime;
#[cfg(feature = "runtime")]
mod store;
mod turn;
mod workflow;

/// The page of the README, so that what it shows is compiled and run.
#[cfg(all(doctest, feature = "runtime"))]
#[doc = include_str!("../README.md")]
mod readme {}

pub use crate::core::{ActionError, Limits, Receipt, SubmitError};
#[cfg(feature = "runtime")]
pub use async_trait::async_trait;
#[cfg(feature = "runtime")]
pub use environment::Environment;
pub use environment::Timestamp;
pub use ids::{ActionId, EventId, NotAWorkflowId, WorkflowId};
#[cfg(feature = "runtime")]
pub use memory::MemoryStore;
pub use rows::{
    ActiveRow, Batch, CommitError, EarlyRow, EventEffect, EventRecord, InboxDone, InboxRow, ListFilter, LoadRequest,
    Loaded, PoolColumns, PoolRow, Standing, StoreError, WorkflowRow,
};
#[cfg(feature = "runtime")]
pub use runtime::{
    ActionContext, Committed, Counters, Engine, EventRow, Executor, PendingAction, Registry, Repair, Replay,
    ReplayError, Row, StartError, TimerView, UpgradeFault, UpgradeReport, View, Why,
};
#[cfg(feature = "runtime")]
pub use store::{Link, Store};
pub use turn::{Turn, Turns};
pub use workflow::{
    ActionFailure, ActionOptions, Awaits, EVENT_BYTES_MAX, Illegal, KEY_BYTES_MAX, Pool, STATE_BYTES_MAX, Summary,
    TimerChange, Transition, UpgradeError, Want, Workflow,
};
