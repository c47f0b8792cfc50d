//! Why a phrase was not understood. Each is a sentence for the person who wrote it.

use crate::{UnknownZone, phrase::AHEAD_DAYS_MAX};

/// Why a phrase was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misunderstood {
    /// Nothing in it is a time.
    #[error("I found no time in it")]
    NoTime,
    /// Such as `25:00`.
    #[error("`{0}` is not a time of day: they go from `00:00` to `23:59`")]
    NoSuchTime(String),
    /// Such as `2026-02-30`.
    #[error("there is no such day as `{0}`")]
    NoSuchDay(String),
    /// Not a zone.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// `PST`: two or more zones share it, or it says nothing of summer.
    #[error("`{0}` can mean more than one zone; name a city's, such as `Europe/Berlin` or `America/Los_Angeles`")]
    AmbiguousZone(String),
    /// It has passed.
    #[error("{0} has passed already")]
    Past(String),
    /// Beyond a year.
    #[error("that is more than a year ahead; {AHEAD_DAYS_MAX} days are the most")]
    TooFar,
    /// More often than hourly.
    #[error("recurring reminders are at least an hour apart")]
    TooOften,
    /// A recurrence that has no even rhythm on the calendar.
    #[error(
        "`{0}` is not a rhythm that I can keep: hours that divide a day, days, weekdays, days of the week or of the month"
    )]
    NoRhythm(String),
    /// What to remind of is too long.
    #[error("the text is too long: {bytes} bytes, {max} are the most")]
    TooLong {
        /// Bytes it has.
        bytes: usize,
        /// Bytes it may have.
        max: usize,
    },
}
