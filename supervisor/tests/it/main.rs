//! The whole program, as processes on real sockets: the stand-in for GitHub, the supervisor, the workers it starts.
//!
//! Every test has a folder, ports and processes of its own and leaves nothing behind; [`stage::Stage`] sees to it.

#![expect(clippy::disallowed_methods, reason = "these tests watch real processes on the real clock, with deadlines")]

mod access;
mod commands;
mod crash;
mod decisions;
mod deploy;
mod docker;
mod fly_hosts;
mod fly_sim;
mod full;
mod hostile;
mod janitor;
mod kills;
mod mending;
mod missed;
mod nodes;
mod outage;
mod overload;
mod pages;
mod questions;
mod recovery;
mod refusals;
mod reminders;
mod secrets;
mod stage;
mod steering;
mod story;
mod threads;
mod tryout;
mod webhooks;
