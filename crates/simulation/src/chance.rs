//! Chance from a seed (splitmix64): small, quick, and the same on every machine.

use environment::Random;
use std::sync::{Mutex, PoisonError};

/// A stream of chance.
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The stream of a seed for one purpose: streams of other purposes do not move when this one is drawn from more often.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        let mut chance = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ purpose.wrapping_mul(0xd1b5_4a32_d192_ed03));
        chance.next();
        chance
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `from` to `to - 1`.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % to.saturating_sub(from).max(1)
    }

    /// True this often in a thousand.
    pub(crate) fn permille(&mut self, rate: u32) -> bool {
        self.next() % 1_000 < u64::from(rate)
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let place = usize::try_from(self.between(0, of.len() as u64)).unwrap_or(0);
        of.get(place)
    }
}

/// The supervisor's own randomness: ids, tokens, jitter.
#[derive(Debug)]
pub(crate) struct SeededRandom(Mutex<Chance>);

impl SeededRandom {
    pub(crate) fn new(chance: Chance) -> Self {
        Self(Mutex::new(chance))
    }
}

impl Random for SeededRandom {
    fn bytes(&self) -> [u8; 16] {
        let mut chance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (a, b) = (chance.next().to_le_bytes(), chance.next().to_le_bytes());
        std::array::from_fn(|place| if place < 8 { a[place] } else { b[place - 8] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_stream_and_a_purpose_another() {
        let stream = |seed, purpose| {
            let mut chance = Chance::new(seed, purpose);
            (0..8).map(|_| chance.next()).collect::<Vec<_>>()
        };
        assert_eq!(stream(7, 1), stream(7, 1));
        assert_ne!(stream(7, 1), stream(8, 1));
        assert_ne!(stream(7, 1), stream(7, 2));
    }
}
