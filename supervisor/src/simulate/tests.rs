//! A minute of seeds, and what the simulation promises of itself.

use super::{blocking::Blocking, many, one, production};
use engine::{Store, beside::Beside};
use environment::Environment;
use simulation::{Options, Outcome, Rows, Stores};
use std::sync::Arc;
use store_sqlite::SqliteStore;

/// Seeds for each of `LONGSHORE_SEEDS`: five times as many are about a minute on two cores.
const SEEDS_EACH: u64 = 50;

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

fn on_sqlite(seed: u64) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    let (path, handle) = (folder.path().join("simulation.db"), runtime.handle().clone());
    let open = move || -> Rows {
        let store = handle.block_on(SqliteStore::open(&path, Environment::real())).expect("it opens");
        let rows = Arc::new(Blocking { store, runtime: handle.clone() });
        (Arc::clone(&rows) as Arc<dyn Store>, rows as Arc<dyn Beside>)
    };
    let options = Options { trace: false, stores: Stores::Opened(Arc::new(open)) };
    simulation::run(seed, &options, &production()).expect("the runtime is made")
}

#[test]
fn a_seed_comes_to_the_same_on_sqlite() {
    for seed in 1..=3 {
        let (memory, sqlite) = (one(seed, false).expect("it runs"), on_sqlite(seed));
        assert_eq!(sqlite.violations, [], "seed {seed}");
        assert_eq!(memory.result, sqlite.result, "seed {seed}");
    }
}
