//! Who may use which crate of ours. The table is the architecture: a new line in it is a decision.

use super::metadata::Package;

/// Crate, what it may use, and why no more. Tests and benchmarks are free.
const MAY_USE: &[(&str, &[&str], &str)] = &[
    ("environment", &[], "everything stands on it"),
    ("protocol", &[], "supervisor and worker share its types and nothing else"),
    ("engine", &["environment"], "it is generic: it knows no GitHub, machine or pull request"),
    ("domain", &["engine", "environment"], "it is pure: what a transition needs arrives in an event"),
    ("schedule", &["environment"], "it reads what people say about time, and neither a clock nor a workflow"),
    ("store-sqlite", &["engine", "environment"], "a store knows rows, not what they mean"),
    ("store-postgres", &["engine", "environment"], "a store knows rows, not what they mean"),
    ("machines", &["environment"], "it starts what it is given and knows no workflow"),
    ("volumes", &["machines", "environment"], "supervisor → janitor → volumes → machines"),
    ("janitor", &["volumes", "machines", "environment"], "it sees workflows and pull requests through traits"),
    ("github", &["protocol", "environment"], "it publishes what it is given and knows no workflow"),
    ("worker", &["protocol", "environment"], "it runs in the machine, where nothing else of ours belongs"),
    (
        "simulation",
        &["engine", "environment", "github", "machines", "protocol"],
        "it simulates what is behind the traits, and must not know how the supervisor is built that it tests",
    ),
    ("simulators", &["environment"], "a stand-in that shares code with what it tests proves nothing"),
    (
        "fly-runner",
        &["environment", "machines", "simulators"],
        "it joins the Fly stand-in to a driver that runs its machines, and neither may know the other",
    ),
    (
        "bench",
        &["engine", "environment", "simulators", "store-sqlite", "store-postgres", "testkit"],
        "it measures through the handle, as a program would, on a server of its own if it is given none",
    ),
    ("testkit", &["environment", "engine"], "tests of every layer use it"),
    ("xtask", &[], "everyone waits for its build"),
    (
        "supervisor",
        &[
            "domain",
            "engine",
            "environment",
            "fly-runner",
            "github",
            "janitor",
            "machines",
            "protocol",
            "schedule",
            "simulation",
            "simulators",
            "store-postgres",
            "store-sqlite",
            "volumes",
            "worker",
        ],
        "what it ships must not hold test code",
    ),
];

/// A sentence for each dependency that is not in the table, and for each crate that is not.
pub fn violations(packages: &[Package]) -> Vec<String> {
    packages.iter().flat_map(of_package).collect()
}

fn of_package(package: &Package) -> Vec<String> {
    let name = &package.name;
    let Some((_, allowed, why)) = MAY_USE.iter().find(|(known, ..)| known == name) else {
        return vec![format!(
            "`{name}` is new: say in xtask/src/deps/table.rs which crates it may use, and why no more"
        )];
    };
    package
        .used()
        .filter(|used| used.ours && !allowed.contains(&used.name.as_str()))
        .map(|used| format!("`{name}` uses `{}`, which it may not: {why}", used.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::metadata::fake::package;
    use super::*;

    #[test]
    fn the_wrong_direction_is_a_sentence() {
        let packages = [package("machines: environment, volumes"), package("volumes: machines")];
        assert_eq!(
            violations(&packages),
            ["`machines` uses `volumes`, which it may not: it starts what it is given and knows no workflow"]
        );
    }

    #[test]
    fn the_worker_may_not_reach_the_database() {
        assert_eq!(violations(&[package("worker: protocol, store-sqlite")]).len(), 1);
    }

    #[test]
    fn test_code_is_free_but_is_not_shipped() {
        assert!(violations(&[package("domain: engine, ~testkit, ~store-sqlite")]).is_empty());
        assert_eq!(violations(&[package("supervisor: testkit")]).len(), 1);
    }

    #[test]
    fn outside_crates_are_not_this_table_s_subject() {
        assert!(violations(&[package("engine: ^serde, ^tokio")]).is_empty());
    }

    #[test]
    fn a_crate_that_nobody_has_placed_is_refused() {
        assert_eq!(
            violations(&[package("utils: domain")]),
            ["`utils` is new: say in xtask/src/deps/table.rs which crates it may use, and why no more"]
        );
    }

    #[test]
    fn the_table_has_no_cycle() {
        // Repeatedly takes away the crates that use nothing that is left; a cycle would stay for ever.
        let mut left: Vec<_> = MAY_USE.iter().collect();
        while !left.is_empty() {
            let names: Vec<_> = left.iter().map(|(name, ..)| *name).collect();
            let before = left.len();
            left.retain(|(_, uses, _)| uses.iter().any(|used| names.contains(used)));
            assert!(left.len() < before, "a cycle among {names:?}");
        }
    }
}
