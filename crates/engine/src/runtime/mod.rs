//! The shell: carries out the core's effects on tokio, and is the handle others hold.

mod ask;
mod committer;
mod counters;
mod desk;
mod engine;
mod errors;
mod executor;
mod registry;
mod replay;
mod route;
mod shell;
mod tenure;
mod views;

pub use counters::Counters;
pub(crate) use desk::{Desk, Opening};
pub use engine::Engine;
pub use errors::{ReplayError, StartError, UpgradeFault, UpgradeReport};
pub use executor::{ActionContext, Executor};
pub use registry::Registry;
pub(crate) use shell::{Command, Ended};
pub(crate) use tenure::Tenure;
pub use views::{Committed, EventRow, PendingAction, Repair, Replay, Row, TimerView, View, Why};
