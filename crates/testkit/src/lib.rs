//! For tests only: a clock that the test moves, chance that can be repeated, a PostgreSQL and a Docker daemon of its own.

mod clock;
mod dice;
pub mod docker;
pub mod postgres;

pub use clock::HandClock;
pub use dice::{Counting, Dice};
