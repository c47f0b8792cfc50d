//! A minute of seeds, and what the simulation promises of itself.

use super::{blocking::Blocking, many, one, production};
use engine::{Store, beside::Beside};
use environment::Environment;
use simulation::{Options, Outcome, Profile, Rows, Stores, Things};
use std::sync::Arc;
use store_sqlite::SqliteStore;

/// Seeds for each of `LONGSHORE_SEEDS`: five times as many are about a minute on two cores.
const SEEDS_EACH: u64 = 50;

#[test]
fn no_seed_violates_a_named_property() {
    let size = std::env::var("LONGSHORE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_u64);
    let summary = many(1..=SEEDS_EACH * size, Profile::Whole, |_| false).expect("the runtimes are made");
    assert!(summary.crashes > 0 && summary.faults.len() > 5, "the faults are there: {summary:?}");
    if let Some((seed, outcome)) = summary.failed.first_key_value() {
        panic!("seed {seed} (longshore simulate --seeds {seed} --trace): {:#?}", outcome.violations);
    }
}

/// Pull requests for each of `LONGSHORE_SEEDS`: five times as many are the five hundred of the documentation.
const FLEET_EACH: u64 = 100;

#[test]
fn with_every_fault_of_machines_on_nothing_is_shared_deleted_or_left() {
    let size = std::env::var("LONGSHORE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_u64);
    let last = FLEET_EACH * size / Profile::Machines.pull_requests();
    let summary = many(1..=last, Profile::Machines, |_| false).expect("the runtimes are made");
    if let Some((seed, outcome)) = summary.failed.first_key_value() {
        let run = format!("longshore simulate --profile machines --seeds {seed} --trace");
        panic!("seed {seed} ({run}): {:#?}", outcome.violations);
    }
    let Things { pull_requests, leaked_machines, leaked_volumes, .. } = summary.things;
    assert_eq!((pull_requests, leaked_machines, leaked_volumes), (FLEET_EACH * size, 0, 0));
    let absent: Vec<&str> = FAULTS_OF_MACHINES.into_iter().filter(|it| !summary.faults.contains_key(it)).collect();
    assert_eq!(absent, [""; 0], "all of them happened");
}

const FAULTS_OF_MACHINES: [&str; 11] = [
    "machine_dies",
    "machine_hangs",
    "machine_returns",
    "host_away",
    "empty_list",
    "lagging_list",
    "lost_answer",
    "lands_late",
    "volume_lost",
    "soft_delete",
    "claim_lingers",
];

#[test]
fn the_same_seed_is_the_same_run_bit_for_bit() {
    for seed in 1..=12 {
        let (first, second) =
            (one(seed, Profile::Whole, false).expect("it runs"), one(seed, Profile::Whole, false).expect("it runs"));
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
    let options = Options { profile: Profile::Whole, trace: false, stores: Stores::Opened(Arc::new(open)) };
    simulation::run(seed, &options, &production()).expect("the runtime is made")
}

#[test]
fn a_seed_comes_to_the_same_on_sqlite() {
    for seed in 1..=3 {
        let (memory, sqlite) = (one(seed, Profile::Whole, false).expect("it runs"), on_sqlite(seed));
        assert_eq!(sqlite.violations, [], "seed {seed}");
        assert_eq!(memory.result, sqlite.result, "seed {seed}");
    }
}
