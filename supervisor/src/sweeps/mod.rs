//! The janitor in the supervisor: what it sees of workflows and pull requests, what it remembers between passes, and when
//! it passes.

mod audit;
mod checks;
mod owners;
mod records;
mod sweeper;
mod timetable;
mod turn;
mod workflows;

pub use owners::WorkflowOwners;
pub use sweeper::{Sees, Sweeper};
pub use timetable::keep;
