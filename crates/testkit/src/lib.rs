//! For tests only: a clock that the test moves, chance that can be repeated.

mod clock;
mod dice;

pub use clock::HandClock;
pub use dice::{Counting, Dice};
