//! Words of the outside world that only one crate speaks, and words that a crate must not know: boundaries that no manifest
//! shows.

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
        // The benchmark holds us against Docker without us.
        &["crates/machines/", "crates/simulators/", "crates/testkit/", "crates/bench/"],
        "only `machines` knows Fly or Docker",
    ),
];

/// Not spoken but quoted: rules about text, and tests, which look from outside.
const QUOTING: &[&str] = &["xtask/", "tests/", "/tests/", "/tests.rs", "/agents/rules/"];

/// Folders, words that stand nowhere in them, tests and pages included, and what the boundary promises. Compared without
/// case, and `_` and `-` count as spaces.
const UNSPOKEN: &[(&[&str], &[&str], &str)] = &[(
    &["crates/engine/", "crates/environment/"],
    &["pull request", "pullrequest", "github", "webhook", "check run"],
    "the engine is a library that knows no pull request",
)];

/// Of this checkout's tracked source files and pages.
pub fn of_workspace() -> Result<Vec<String>, Failure> {
    let files = read(
        Command::new("git").current_dir(workspace::root()).args(["ls-files", "-z", "--", "*.rs", "*.md", "*.toml"]),
    )?;
    let mut found = Vec::new();
    for path in files.split('\0').filter(|path| !path.is_empty()) {
        // A file that is tracked and not there was removed a moment ago; there is nothing in it.
        if let Ok(text) = std::fs::read_to_string(workspace::root().join(path)) {
            found.extend(violations(path, &text));
            found.extend(unspeakable(path, &text));
        }
    }
    Ok(found)
}

fn violations(path: &str, text: &str) -> Vec<String> {
    if !path.ends_with(".rs") {
        return Vec::new();
    }
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

fn unspeakable(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (_, words, promise) in UNSPOKEN.iter().filter(|(homes, ..)| homes.iter().any(|home| path.starts_with(home))) {
        for (index, line) in text.lines().enumerate() {
            let line = line.to_lowercase().replace(['_', '-'], " ");
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                found.push(format!("{path}:{} says `{word}`: {promise}", index + 1));
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

    #[test]
    fn the_engine_names_nothing_of_what_it_is_used_for() {
        let text = "//! An order.\n/// Its head.\nconst KIND: &str = \"Pull_Request\";\n";
        assert_eq!(
            unspeakable("crates/engine/tests/it/order.rs", text),
            [
                "crates/engine/tests/it/order.rs:3 says `pull request`: the engine is a library that knows no pull request"
            ]
        );
        assert!(unspeakable("crates/domain/src/lib.rs", text).is_empty());
        assert_eq!(unspeakable("crates/engine/README.md", "As GitHub does.").len(), 1);
    }
}
