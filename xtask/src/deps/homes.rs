//! Outside crates that have one home, so that what they stand for can be changed in one place.

use super::metadata::Package;

/// Outside crates, the crates of ours that may use them, and what the boundary promises. Benchmarks are free.
const HOMES: &[(&[&str], &[&str], &str)] = &[
    (
        &["sqlx", "sqlx-core", "rusqlite", "tokio-postgres", "postgres", "diesel", "libsqlite3-sys"],
        &["store-sqlite", "store-postgres", "bench"],
        "only the stores contain SQL",
    ),
    (
        &["bollard", "kube", "k8s-openapi"],
        // The benchmark holds the driver against the daemon's own calls, so it must not make them through the driver.
        &["machines", "bench"],
        "only `machines` knows Docker, Fly or Kubernetes",
    ),
    (&["octocrab"], &["github"], "only `github` knows GitHub's JSON"),
    (
        &["reqwest"],
        &["supervisor", "worker", "machines", "simulators"],
        "HTTP is spoken by those who have a peer: the gateways, the worker, the Fly driver, the stand-ins' webhooks",
    ),
    (&["axum", "hyper", "tower"], &["supervisor", "simulators"], "only the supervisor and the stand-ins serve HTTP"),
];

/// A sentence for each outside crate that is used away from home.
pub fn violations(packages: &[Package]) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages {
        for used in package.used().filter(|used| !used.ours) {
            let home = HOMES.iter().find(|(crates, ..)| crates.contains(&used.name.as_str()));
            if let Some((_, homes, promise)) = home.filter(|(_, homes, _)| !homes.contains(&package.name.as_str())) {
                found.push(format!("`{}` uses `{}`: {promise} ({})", package.name, used.name, homes.join(", ")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::metadata::fake::package;
    use super::*;

    #[test]
    fn a_crate_away_from_home_is_a_sentence() {
        assert_eq!(
            violations(&[package("supervisor: ^sqlx")]),
            ["`supervisor` uses `sqlx`: only the stores contain SQL (store-sqlite, store-postgres, bench)"]
        );
        assert_eq!(violations(&[package("janitor: ^bollard")]).len(), 1);
        assert_eq!(violations(&[package("supervisor: ^octocrab")]).len(), 1);
    }

    #[test]
    fn at_home_and_in_tests_it_may_be_used() {
        let packages = [package("store-sqlite: ^sqlx"), package("github: ^octocrab"), package("engine: ~^sqlx")];
        assert!(violations(&packages).is_empty());
    }
}
