//! What people see: pure functions from plain data to words. Order and honesty are the point: what needs a person
//! comes first, then what was found, then what was not looked at.
//!
//! Words of ours are written here; everything else passes through [`crate::encoder`].

mod check;
mod decision;
mod footer;
mod patch;
mod reminder;
mod reply;
mod review;
mod table;
mod view;
mod words;

pub use check::check;
pub use reminder::{REMINDER_EXAMPLES, ReminderRow, ReminderSays, ReminderView, reminder};
pub use reply::reply;
pub use review::review;
pub use view::{
    CheckText, CheckView, CommandLine, DecisionOutcome, DecisionView, Ending, GateAnswer, GateLine, Links,
    NotCompletedView, ReplyView, RequestKind, RequestView, ReviewText, ReviewView, RunningView, SteeredView,
};

/// Characters of a check's summary, a review's body or a comment that GitHub takes.
pub const BODY_CHARS_MAX: usize = 65_535;

/// Characters of a body that a list or a patch may take up, so that what stands around it always fits.
const PART_CHARS_MAX: usize = 28_000;
/// Characters of a patch that anybody may be asked about. What is shown of one is shorter than the patch itself, so that
/// up to here it is shown whole.
pub const PATCH_CHARS_MAX: usize = PART_CHARS_MAX;

#[cfg(test)]
mod tests;
