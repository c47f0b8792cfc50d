//! The state machines: pure, total, without I/O. What follows from a fact is decided here and nowhere else; carrying it
//! out is the supervisor's.

pub mod command;
mod cut;
pub mod gates;
#[cfg(test)]
mod golden;
pub mod ids;
pub mod people;
pub mod policy;
pub mod pull_request;
pub mod reminder;

pub use cut::{WHY_CHARS_MAX, cut};
pub use engine::Timestamp;
