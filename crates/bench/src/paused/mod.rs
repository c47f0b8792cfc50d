//! Many workflows that wait for a person, in a process that can be killed.
//!
//! What is measured is a whole process: its memory, its death and its next start. So the measurement starts this program
//! again as a *node*, which has the engine and speaks in lines: what happened, as JSON, when it has happened.

pub mod node;
mod process;

pub use process::{Node, Said};
