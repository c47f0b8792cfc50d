//! A minute of seeds, and what the simulation promises of itself.

use super::{many, one};

/// Seeds for each of `LONGSHORE_SEEDS`.
const SEEDS_EACH: u64 = 7;

#[test]
fn no_seed_violates_a_named_property() {
    let size = std::env::var("LONGSHORE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_u64);
    let summary = many(1..=SEEDS_EACH * size, |_| false).expect("the runtimes are made");
    assert!(summary.crashes > 0 && summary.faults.len() > 5, "the faults are there: {summary:?}");
    if let Some((seed, outcome)) = summary.failed.first_key_value() {
        panic!("seed {seed} (longshore simulate --seeds {seed} --trace): {:#?}", outcome.violations);
    }
}

#[test]
fn the_same_seed_is_the_same_run_bit_for_bit() {
    for seed in 1..=12 {
        let (first, second) = (one(seed, false).expect("it runs"), one(seed, false).expect("it runs"));
        assert_eq!(first.digest, second.digest, "seed {seed}");
        assert!(first.events > 0, "seed {seed} is not empty");
    }
}
