//! What the pure crates reach through everything they use: no runtime, client, database, clock or chance.
//!
//! Asked of `cargo tree`, one crate at a time, because only that resolves features as this crate alone would have them:
//! the engine's core is the engine without its feature `runtime`.

use super::metadata::Package;
use crate::steps::read;
use crate::{Failure, workspace};

/// Crates of ours that must be decided by their arguments alone, so that they can be replayed, model-checked and simulated.
const PURE: &[&str] = &["environment", "engine", "domain", "protocol"];

/// What no pure crate may reach, however indirectly. One name at the bottom of each family is enough: there is no HTTP
/// client without a socket, no random number without an operating system that gives it.
const IMPURE: &[(&[&str], &str)] = &[
    (&["tokio", "async-std", "smol", "async-io", "async-executor", "futures-executor"], "a runtime"),
    (&["mio", "socket2", "hyper", "reqwest", "ureq", "curl", "rustls"], "a client"),
    (&["sqlx-core", "libsqlite3-sys", "tokio-postgres", "redb", "sled"], "a database"),
    (&["chrono", "time", "jiff", "web-time"], "a clock"),
    (&["getrandom", "rand", "fastrand", "uuid"], "chance"),
    (&["rustix", "nix", "tempfile"], "the operating system"),
];

/// Of this workspace's pure crates.
pub fn of_workspace(packages: &[Package]) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for name in PURE.iter().filter(|name| packages.iter().any(|package| package.name == **name)) {
        let tree = read(workspace::cargo().args([
            "tree",
            "--locked",
            "--package",
            name,
            "--edges=normal,no-proc-macro",
            "--target=all",
            "--prefix=depth",
            "--format= {p}",
            "--no-dedupe",
        ]))?;
        found.extend(violations(name, &tree));
    }
    Ok(found)
}

/// A sentence for each impure crate in a tree whose lines are `<depth> <crate> v<version> …`.
fn violations(pure: &str, tree: &str) -> Vec<String> {
    let mut path: Vec<&str> = Vec::new();
    let mut below = usize::MAX;
    let mut found = Vec::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let (Some(depth), Some(name)) = (words.next().and_then(|word| word.parse().ok()), words.next()) else {
            continue;
        };
        if depth > below {
            // What an impure crate uses is its business; without this one mistake would fill a page.
            continue;
        }
        below = usize::MAX;
        path.truncate(depth);
        path.push(name);
        if let Some((_, what)) = IMPURE.iter().find(|(names, _)| names.contains(&name)) {
            found.push(format!("`{pure}` is pure but reaches {what}: {}", path.join(" → ")));
            below = depth;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impure_crate_is_named_with_the_way_to_it() {
        let tree = "0 domain v0.1.0\n1 engine v0.1.0\n2 tokio v1.54.0\n3 mio v1.0.0\n1 serde v1.0.0\n";
        assert_eq!(violations("domain", tree), ["`domain` is pure but reaches a runtime: domain → engine → tokio"]);
    }

    #[test]
    fn a_second_way_is_a_second_sentence() {
        let tree = "0 domain v0.1.0\n1 uuid v1.0.0\n2 getrandom v0.3.0\n1 jiff v0.2.0\n";
        assert_eq!(
            violations("domain", tree),
            [
                "`domain` is pure but reaches chance: domain → uuid",
                "`domain` is pure but reaches a clock: domain → jiff"
            ]
        );
    }

    #[test]
    fn a_pure_tree_has_nothing_to_say() {
        assert!(
            violations("domain", "0 domain v0.1.0\n1 engine v0.1.0\n2 serde v1.0.0\n3 serde_core v1.0.0\n").is_empty()
        );
    }
}
