//! The janitor in the supervisor: what it sees of workflows and pull requests, what it remembers between passes, and when
//! it passes.

mod owners;
mod sweeper;
mod timetable;

pub use owners::WorkflowOwners;
pub use sweeper::Sweeper;
pub use timetable::keep;
