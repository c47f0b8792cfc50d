//! Workload W: start, five actions, three events from outside; nine durable transitions per workflow, 75-byte payloads.
//!
//! It is the path of a pull request with everything taken away that is not the engine's work: create a volume, start a
//! machine, hear from it, publish a check, hear a click, start a machine again, hear from it, finish. The outside world
//! ([`driver`]) hears from the executor that an action ran and answers through [`engine::Engine::submit`] at once, so an
//! event may arrive before the action's own result has; it is not lost.

pub mod driver;
mod machine;
pub mod watch;
mod worker;

pub use machine::{Action, Event, TRANSITIONS, W};
pub use worker::{Told, Worker};
