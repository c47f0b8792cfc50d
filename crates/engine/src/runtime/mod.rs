//! The shell: carries out the core's effects on tokio, and is the handle others hold.

mod ask;
mod counters;
mod engine;
mod errors;
mod executor;
mod registry;
mod replay;
mod shell;
mod views;

pub use counters::Counters;
pub use engine::Engine;
pub use errors::{ReplayError, StartError, UpgradeFault, UpgradeReport};
pub use executor::{ActionContext, Executor};
pub use registry::Registry;
pub use views::{Committed, EventRow, PendingAction, Repair, Replay, Row, TimerView, View, Why};
