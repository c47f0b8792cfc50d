//! What people see: pure functions from plain data to words. Order and honesty are the point: what needs a person
//! comes first, then what was found, then what was not looked at.

mod view;

pub use view::{
    CheckText, CheckView, DecisionOutcome, DecisionView, Ending, Links, NotCompletedView, ReplyView, RequestKind,
    RequestView, ReviewText, ReviewView, RunningView,
};

/// Characters of a check's summary, a review's body or a comment that GitHub takes.
pub const BODY_CHARS_MAX: usize = 65_535;
