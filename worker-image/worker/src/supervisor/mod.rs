//! The supervisor, seen from the machine: four calls, and what their answers mean.
//!
//! Every answer is one of a few things a worker can act on; which HTTP status means which is decided here and nowhere
//! else. The client holds a credential, so it follows no redirect and asks no proxy.

mod backoff;
mod client;
mod relay;

pub(crate) use backoff::Backoff;
pub(crate) use client::{CallError, Supervisor};
pub(crate) use relay::Relay;
