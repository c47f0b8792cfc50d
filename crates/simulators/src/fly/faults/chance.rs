//! Chance that a test can repeat. SplitMix64: a few lines, and good enough to decide which call fails.

/// A stream of chances.
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// True with this probability.
    pub fn hits(&mut self, probability: f64) -> bool {
        // The upper 53 bits are what a double holds exactly.
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        share < probability
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
