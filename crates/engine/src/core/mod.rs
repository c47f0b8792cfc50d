//! The sans-I/O heart: `step(input, now) -> effects`.
//!
//! Why this shape: the model check and the simulation run this very code, with a crash between any two effects. So the
//! core has no runtime, clock or chance; it walks ordered maps; and whatever it knows beyond the rows (attempts, pauses,
//! places) may be lost at any time.

mod actions;
mod adopt;
mod answer;
mod apply;
mod by_id;
mod commit;
#[expect(clippy::module_inception, reason = "the core of the core: what it remembers and the one way in")]
mod core;
mod counts;
mod early;
mod effect;
mod explain;
mod format;
mod item;
mod kind;
mod limits;
mod live;
mod load;
mod open;
mod part;
mod pools;
mod timers;

pub use self::core::Core;
pub use answer::{ActionError, Receipt, SubmitError};
pub use counts::Counts;
pub use effect::{Announcement, Effect, Input, Note, StartAction, StateRef, Ticket};
pub use explain::{ActionStanding, Standpoint};
pub use format::{Timer, read_pending, read_timers};
pub use kind::{Act, Erased, Fact, Kind, Moved, Typed};
pub use limits::Limits;
pub use part::Part;
#[cfg(feature = "runtime")]
pub(crate) use pools::Pools;

use item::{Item, Origin, Target};
