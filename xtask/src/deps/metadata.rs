//! The workspace's crates and what each declares, from `cargo metadata`.
//!
//! Declared, not resolved: the resolution of a whole workspace unites the features of all its crates, and would show a
//! pure crate with the runtime of its neighbour.

use crate::steps::read;
use crate::{Failure, failed, workspace};
use serde_json::Value;

/// A crate of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    pub dependencies: Vec<Dependency>,
}

/// What a crate declares that it uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    pub name: String,
    /// Only for tests, examples and benchmarks.
    pub dev: bool,
    /// Lies in the workspace.
    pub ours: bool,
}

impl Package {
    /// What the crate uses when it is used; tests may use what they like.
    pub fn used(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies.iter().filter(|dependency| !dependency.dev)
    }
}

/// Of this workspace.
pub fn of_workspace() -> Result<Vec<Package>, Failure> {
    let text = read(workspace::cargo().args(["metadata", "--format-version=1", "--no-deps"]))?;
    parse(&text)
}

/// Of the text that cargo printed.
pub fn parse(text: &str) -> Result<Vec<Package>, Failure> {
    let Ok(metadata) = serde_json::from_str::<Value>(text) else {
        return failed("`cargo metadata` did not print JSON");
    };
    let packages: Vec<Package> = list(&metadata["packages"]).map(package).collect();
    if packages.is_empty() { failed("`cargo metadata` names no package") } else { Ok(packages) }
}

fn package(value: &Value) -> Package {
    let dependencies = list(&value["dependencies"])
        .map(|dependency| Dependency {
            name: string(&dependency["name"]),
            dev: dependency["kind"] == "dev",
            ours: dependency["path"].is_string(),
        })
        .collect();
    Package { name: string(&value["name"]), dependencies }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
pub mod fake {
    use super::{Dependency, Package};

    /// A crate from a line: `janitor: volumes, ^serde, ~testkit`, where `^` is an outside crate and `~` is for tests only.
    pub fn package(line: &str) -> Package {
        let (name, rest) = line.split_once(':').unwrap();
        let dependencies = rest.split(',').map(str::trim).filter(|word| !word.is_empty()).map(|word| Dependency {
            name: word.trim_start_matches(['^', '~']).to_owned(),
            dev: word.starts_with('~'),
            ours: !word.contains('^'),
        });
        Package { name: name.to_owned(), dependencies: dependencies.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_its_kinds_and_what_is_ours_are_read() {
        let text = r#"{"packages": [{"name": "janitor", "dependencies": [
            {"name": "volumes", "kind": null, "path": "/somewhere/volumes"},
            {"name": "serde", "kind": null},
            {"name": "testkit", "kind": "dev", "path": "/somewhere/testkit"}]}]}"#;
        let packages = parse(text).unwrap();
        assert_eq!(packages, [fake::package("janitor: volumes, ^serde, ~testkit")]);
        assert_eq!(packages[0].used().map(|used| used.name.as_str()).collect::<Vec<_>>(), ["volumes", "serde"]);
    }

    #[test]
    fn an_answer_without_packages_is_not_a_clean_bill() {
        assert!(parse("{}").is_err());
        assert!(parse("").is_err());
    }
}
