//! Words of the outside world that only one crate speaks: a boundary that no manifest shows.

use crate::steps::read;
use crate::{Failure, workspace};
use std::process::Command;

/// Words in our source, the folders that may hold them, and what the boundary promises.
const SPOKEN: &[(&[&str], &[&str], &str)] = &[
    (
        &["INSERT INTO ", "DELETE FROM ", "CREATE TABLE "],
        &["crates/store-", "crates/bench/"],
        "only the stores contain SQL",
    ),
    (
        &["api.machines.dev", "docker.sock"],
        &["crates/machines/", "crates/simulators/"],
        "only `machines` knows Fly or Docker",
    ),
];

/// Not spoken but quoted: rules about text, and tests, which look from outside.
const QUOTING: &[&str] = &["xtask/", "tests/", "/tests/", "/agents/rules/"];

/// Of this checkout's tracked source files.
pub fn of_workspace() -> Result<Vec<String>, Failure> {
    let files = read(Command::new("git").current_dir(workspace::root()).args(["ls-files", "-z", "--", "*.rs"]))?;
    let mut found = Vec::new();
    for path in files.split('\0').filter(|path| !path.is_empty()) {
        // A file that is tracked and not there was removed a moment ago; there is nothing in it.
        if let Ok(text) = std::fs::read_to_string(workspace::root().join(path)) {
            found.extend(violations(path, &text));
        }
    }
    Ok(found)
}

fn violations(path: &str, text: &str) -> Vec<String> {
    if QUOTING.iter().any(|part| path.starts_with(part) || (part.starts_with('/') && path.contains(part))) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (words, homes, promise) in SPOKEN {
        if homes.iter().any(|home| path.starts_with(home)) {
            continue;
        }
        for (index, line) in text.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                found.push(format!("{path}:{} says `{}`: {promise}", index + 1, word.trim()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATEMENT: &str = "fn save() {\n    run(\"INSERT INTO workflow VALUES (?)\");\n}\n";

    #[test]
    fn sql_away_from_the_stores_is_found_by_line() {
        assert_eq!(
            violations("crates/engine/src/lib.rs", STATEMENT),
            ["crates/engine/src/lib.rs:2 says `INSERT INTO`: only the stores contain SQL"]
        );
    }

    #[test]
    fn at_home_and_in_tests_it_may_stand() {
        assert!(violations("crates/store-sqlite/src/workflow.rs", STATEMENT).is_empty());
        assert!(violations("tests/it/history.rs", STATEMENT).is_empty());
        assert!(violations("worker-image/worker/src/agents/rules/migration.rs", STATEMENT).is_empty());
    }
}
