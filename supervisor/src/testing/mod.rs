//! Stand-ins for what the outer parts talk to. Compiled for tests only.

mod beside;
mod clock;
mod events;
mod samples;

pub(crate) use beside::MemoryBeside;
pub(crate) use clock::HandClock;
pub(crate) use events::{RecordedEvents, Told};
pub(crate) use samples::{finding, log_line, new_run, result, sequenced};
