//! The sans-I/O heart.

mod answer;
mod kind;
mod limits;

pub use answer::{ActionError, Receipt, SubmitError};
pub use kind::{Act, Erased, Fact, Kind, Moved, Typed};
pub use limits::Limits;
