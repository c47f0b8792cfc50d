//! What people say about time, read: "in 2 days", "tomorrow at 9:00", "every weekday at 09:00 Europe/Berlin".
//!
//! Why a crate of its own: it needs the zones' rules and the crate `cron`, whose calendar library can read a clock.
//! `domain` must not reach one (`docs/adr/0009-reminders-learn-their-next-time-from-events.md`), so it never
//! sees this crate: phrases are read and occurrences computed outside, and arrive in events. Nothing here reads a clock
//! either; the present is an argument.

mod misunderstood;
mod phrase;
mod rule;
mod words;
mod zone;

pub use misunderstood::Misunderstood;
pub use phrase::{AHEAD_DAYS_MAX, TEXT_BYTES_MAX, Understood, When, understand};
pub use rule::Rule;
pub use words::{exact, span};
pub use zone::{UnknownZone, Zone};
