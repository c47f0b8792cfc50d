//! A stateful stand-in for GitHub.
//!
//! Why this shape: what is true lies in one append-only, fsynced log of facts ([`log`]), from which the [`world`] is
//! rebuilt at start; git repositories and webhooks are projections of it that are brought level again after a crash.
//! Everything that changes goes through one [`hub::Change`], which is one line of the log, so a call either happened
//! with all that follows from it (a commit, its `synchronize` webhook) or did not happen.

pub mod control;
pub mod fixtures;
mod git;
mod hub;
mod knobs;
mod log;
mod options;
mod page;
mod rest;
mod server;
pub mod test_key;
mod views;
mod webhook;
mod world;

pub use git::alternate_line;
pub use options::Options;
pub use server::{RunningSimulator, Simulator, StartError};
