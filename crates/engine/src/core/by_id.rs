//! Tables by workflow id, which are looked up several times per transition and never walked: their order depends on
//! nothing that the same inputs would repeat. Ids are handed out by the engine, so nobody can choose some that collide,
//! and a hash that resists such a choice would be paid for nothing.

use crate::WorkflowId;
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// A table by workflow id.
pub(super) type ById<T> = HashMap<WorkflowId, T, BuildHasherDefault<Spread>>;

/// Two to the 64th divided by the golden ratio: neighbours end far apart.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Hashes one number.
#[derive(Debug, Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(SPREAD);
    }

    fn finish(&self) -> u64 {
        // Ids of one part differ by a power of two, which leaves the low bits of the product alike.
        self.0.rotate_left(32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, hash::Hash};

    #[test]
    fn ids_of_one_part_among_many_do_not_share_the_bits_that_a_table_goes_by() {
        let hash = |id: u64| {
            let mut spread = Spread::default();
            WorkflowId(id).hash(&mut spread);
            spread.finish()
        };
        for step in [1, 2, 64, 4_096] {
            let low: BTreeSet<_> = (0..1_024).map(|n| hash(n * step) & 0x3ff).collect();
            let high: BTreeSet<_> = (0..1_024).map(|n| hash(n * step) >> 57).collect();
            assert!(low.len() > 500, "{} of 1024 places for ids {step} apart", low.len());
            assert!(high.len() > 100, "{} of 128 tags for ids {step} apart", high.len());
        }
    }
}
