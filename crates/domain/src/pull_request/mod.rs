//! The state machine of one pull request: from the first webhook to the volume's end.
//!
//! [`transition`](PullRequest::transition) is pure and total. It works in two halves: a handler takes the fact into the
//! state, then `settle` derives what must be done from the state alone. So whatever order facts come in, the same state
//! leads to the same actions, and nothing is asked for twice.

mod action;
mod check;
pub mod diagram;
mod event;
pub mod explain;
mod outside;
mod reading;
mod request;
mod result;
mod state;
mod timer;
mod transition;
mod workflow;

pub use action::{Action, Gone, ReplyText, Steered};
pub use check::{Check, Conclusion, Face, Publishing};
pub use event::{AccessChange, Ask, Event, Failed, Hint};
pub use outside::{Machine, MachineEnd, Stranded, Volume, VolumeLife};
pub use reading::{Reading, Snapshot};
pub use request::{Button, Choice, Decision, Kind, Request, parse_identifier};
pub use result::{Counts, PatchFacts, ResultFacts, RunOutcome};
pub use state::{
    Access, Over, Paused, PendingAsk, Phase, Purpose, Question, Read, ResultRef, STATUSES, State, Step, Target,
    Teardown, Wanted,
};
pub use timer::Timer;
pub use workflow::{POOL, PullRequest};

#[cfg(test)]
mod tests;
