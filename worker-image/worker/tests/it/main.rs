//! The worker against a supervisor that can be away, stale or in a hurry, and real git over HTTP.

mod away;
mod binary;
mod checkout;
mod command;
mod recovered;
mod review;
mod stale;
mod support;
mod volume;
