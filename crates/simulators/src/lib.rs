//! Stand-ins for the outside world that speak its real HTTP contracts, each in a process of its own if wanted.
//!
//! A stand-in is not a mock: it keeps state, enforces the limits the real service enforces, and survives `kill -9`. The
//! demo, `longshore sim` and the integration tests run the production code against it unchanged.

pub mod fly;
pub mod github;
mod listener;
