//! A reminder: the second kind of workflow. Somebody asks on a pull request to be reminded of something; it is
//! confirmed, waits as a row and a timer, and is delivered as a comment, once or in a rhythm.
//!
//! Nothing here knows calendars or zones: phrases are read outside and each next time arrives in an event, so that a
//! history runs to the same state under another tz database
//! (`docs/adr/0009-reminders-learn-their-next-time-from-events.md`).

mod action;
mod event;
mod id;
mod state;
#[cfg(test)]
mod tests;
mod timer;
mod transition;
mod workflow;

pub use action::{Action, ReplyText};
pub use event::{AccessChange, Event, Failed, NotDelivered, Standing};
pub use id::{ReminderId, key, prefix_of_pull_request, prefix_of_repository};
pub use state::{End, Phase, Plan, State, Wish};
pub use timer::Timer;
pub use workflow::Reminder;

use crate::{
    command::table::{self, Verb},
    people::Permission,
    policy::Policy,
};

/// Active reminders of one person on one pull request: more than anybody keeps in mind, few enough to read a list of.
pub const PER_PERSON_MAX: u32 = 20;
/// Active reminders on one pull request, whoever asked: what a page of comments and a closing one can bear.
pub const PER_PULL_REQUEST_MAX: u32 = 100;
/// A recurring reminder ends after a year; whoever still wants it asks again.
pub const RECURS_MS_MAX: u64 = 366 * 86_400_000;
/// Delivered more than this after its time, a reminder says how late it is.
pub const LATE_MS: u64 = 60_000;
/// How long after its time a reminder is still tried to be delivered when GitHub cannot be reached.
pub const GIVE_UP_MS: u64 = 7 * 86_400_000;
/// Between two such tries: each is several attempts already.
pub const TRY_AGAIN_MS: u64 = 15 * 60_000;

/// Whether somebody may use a command of reminders: by the one table of commands.
fn permitted(verb: Verb, permission: Permission) -> bool {
    verb.row().who.rule(&Policy::default()).is_none_or(|rule| table::permitted(rule, permission, None))
}
