//! Stand-ins for what the outer parts talk to. Compiled for tests only.

mod beside;
mod conversation;
mod events;
mod github;
mod http;
mod inner;
mod late;
mod machines;
mod samples;
mod world;

pub(crate) use beside::MemoryBeside;
pub(crate) use conversation::Conversation;
pub(crate) use events::{RecordedEvents, Told};
pub(crate) use github::OnlyGit;
pub(crate) use http::{Answer, send};
pub(crate) use inner::{MemoryIntake, MemoryLook, MemorySteer, MemorySweep, workflow_rows};
pub(crate) use late::LateMachines;
pub(crate) use machines::OneMachine;
pub(crate) use samples::{finding, log_line, new_run, result, sequenced};
pub(crate) use testkit::HandClock;
pub(crate) use world::{WEBHOOK_SECRET, World};
