//! For tests only: a clock that the test moves, chance that can be repeated, a PostgreSQL of its own.

mod clock;
mod dice;
pub mod postgres;

pub use clock::HandClock;
pub use dice::{Counting, Dice};
