//! Dependencies a manifest asks for, read far enough to tell whether they changed.

use std::collections::BTreeMap;

/// A package manager's pair of files.
#[derive(Debug)]
pub(super) struct Manager {
    /// File name of the manifest.
    pub manifest: &'static str,
    /// File names of lock files; the first that exists beside or above counts.
    pub locks: &'static [&'static str],
    /// Whether a lock file in a folder above may be the one, as workspaces have it.
    pub has_workspaces: bool,
    /// Whether the lock file must change when a dependency comes: what others bring along may be locked before.
    pub notes_new: bool,
    /// What brings them together again.
    pub command: &'static str,
    /// Dependencies with what is asked of them; `None` if the manifest cannot be read.
    pub dependencies: fn(&str) -> Option<Dependencies>,
}

/// Dependencies by name, with their group where that matters, and what is asked of them.
pub(super) type Dependencies = BTreeMap<String, String>;

/// All that are known.
pub(super) const MANAGERS: &[Manager] = &[
    Manager {
        manifest: "Cargo.toml",
        locks: &["Cargo.lock"],
        has_workspaces: true,
        notes_new: true,
        command: "cargo check",
        dependencies: cargo,
    },
    Manager {
        manifest: "package.json",
        locks: &["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"],
        has_workspaces: true,
        notes_new: true,
        command: "npm install",
        dependencies: npm,
    },
    Manager {
        manifest: "pyproject.toml",
        locks: &["uv.lock", "poetry.lock", "pdm.lock"],
        has_workspaces: false,
        notes_new: true,
        command: "uv lock",
        dependencies: python,
    },
    Manager {
        manifest: "Gemfile",
        locks: &["Gemfile.lock"],
        has_workspaces: false,
        notes_new: true,
        command: "bundle install",
        dependencies: ruby,
    },
    Manager {
        manifest: "go.mod",
        locks: &["go.sum"],
        has_workspaces: false,
        notes_new: false,
        command: "go mod tidy",
        dependencies: go,
    },
    Manager {
        manifest: "composer.json",
        locks: &["composer.lock"],
        has_workspaces: false,
        notes_new: true,
        command: "composer update",
        dependencies: composer,
    },
];

fn cargo(text: &str) -> Option<Dependencies> {
    const GROUPS: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];
    let manifest: toml::Table = text.parse().ok()?;
    let mut found = Dependencies::new();
    let mut groups = |table: &toml::Table, within: &str| {
        for group in GROUPS {
            for (name, asked) in table.get(*group).and_then(toml::Value::as_table).into_iter().flatten() {
                // The lock file does not tell groups apart: what leaves one and stays in another changes nothing there.
                let asked_before: &mut String = found.entry(format!("{within}{name}")).or_default();
                if !asked_before.contains(&locked_part(asked)) {
                    asked_before.push_str(&locked_part(asked));
                }
            }
        }
    };
    groups(&manifest, "");
    for (_, table) in manifest.get("target").and_then(toml::Value::as_table).into_iter().flatten() {
        table.as_table().into_iter().for_each(|table| groups(table, ""));
    }
    if let Some(workspace) = manifest.get("workspace").and_then(toml::Value::as_table) {
        groups(workspace, "workspace/");
    }
    Some(found)
}

/// What of a Cargo dependency reaches the lock file; a workspace's own crates and features may change without it.
fn locked_part(asked: &toml::Value) -> String {
    let Some(table) = asked.as_table() else { return format!("version={};", compatible(&written(asked))) };
    if table.contains_key("path") {
        return "path;".to_owned();
    }
    ["version", "git", "branch", "tag", "rev", "package", "registry", "workspace"]
        .iter()
        .filter_map(|key| {
            let value = written(table.get(*key)?);
            Some(format!("{key}={};", if *key == "version" { compatible(&value) } else { &value }))
        })
        .collect()
}

/// The part of a version that decides what is compatible: within it, the locked one may do already.
fn compatible(version: &str) -> &str {
    let plain = version.trim_matches('"');
    // A pin on what is locked already changes nothing either.
    let plain = plain.strip_prefix(['^', '=']).unwrap_or(plain).trim_start();
    if !plain.starts_with(|first: char| first.is_ascii_digit()) || plain.contains(',') {
        return version;
    }
    let parts: Vec<_> = plain.split('.').collect();
    let zeros = parts.iter().take(2).take_while(|part| **part == "0").count();
    let length = parts.iter().take(zeros + 1).map(|part| part.len() + 1).sum::<usize>() - 1;
    &plain[..length]
}

/// A value in one way of writing, so that two can be compared.
fn written(value: &toml::Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn json_groups(text: &str, groups: &[&str]) -> Option<Dependencies> {
    let manifest: serde_json::Value = serde_json::from_str(text).ok()?;
    let mut found = Dependencies::new();
    for group in groups {
        for (name, asked) in manifest.get(*group).and_then(serde_json::Value::as_object).into_iter().flatten() {
            found.insert(format!("{group}/{name}"), asked.to_string());
        }
    }
    Some(found)
}

fn npm(text: &str) -> Option<Dependencies> {
    json_groups(text, &["dependencies", "devDependencies", "optionalDependencies"])
}

fn composer(text: &str) -> Option<Dependencies> {
    json_groups(text, &["require", "require-dev"])
}

fn python(text: &str) -> Option<Dependencies> {
    let manifest: toml::Table = text.parse().ok()?;
    let places: &[&[&str]] = &[
        &["project", "dependencies"],
        &["project", "optional-dependencies"],
        &["dependency-groups"],
        &["tool", "poetry", "dependencies"],
        &["tool", "poetry", "dev-dependencies"],
        &["tool", "poetry", "group"],
    ];
    let mut found = Dependencies::new();
    for place in places {
        let mut value = manifest.get(place[0]);
        for part in &place[1..] {
            value = value.and_then(|value| value.get(part));
        }
        found.extend(value.map(|value| (place.join("."), written(&sorted(value)))));
    }
    Some(found)
}

/// A value whose lists are in order: a formatter may sort them.
fn sorted(value: &toml::Value) -> toml::Value {
    match value {
        toml::Value::Array(list) => {
            let mut list: Vec<_> = list.iter().map(sorted).collect();
            list.sort_by_key(written);
            list.into()
        }
        toml::Value::Table(table) => {
            table.iter().map(|(key, value)| (key.clone(), sorted(value))).collect::<toml::Table>().into()
        }
        other => other.clone(),
    }
}

fn ruby(text: &str) -> Option<Dependencies> {
    let gems = text.lines().map(str::trim).filter_map(|line| line.strip_prefix("gem "));
    let entry = |gem: &str| {
        let mut words = gem.split('#').next().unwrap_or(gem).split(',').map(str::trim);
        let name = words.next().unwrap_or_default().to_owned();
        (name, words.filter(|word| is_in_gem_lock(word)).collect::<Vec<_>>().join(", "))
    };
    Some(gems.map(entry).collect())
}

/// Whether the lock file has this part of a gem's line: a version, or where the gem comes from. How it is loaded or
/// built is the manifest's alone.
fn is_in_gem_lock(word: &str) -> bool {
    const SOURCES: &[&str] =
        &["git", "github", "gitlab", "gist", "bitbucket", "branch", "tag", "ref", "path", "source", "glob"];
    let word = word.trim_start_matches(['[', ':']);
    let key = word.split([':', ' ', '=']).next().unwrap_or(word);
    word.starts_with(['"', '\'']) || SOURCES.contains(&key)
}

fn go(text: &str) -> Option<Dependencies> {
    let mut found = Dependencies::new();
    let mut in_require = false;
    // What others bring along is go's own to write.
    for line in text.lines().filter(|line| !line.ends_with("// indirect")) {
        let line = line.split("//").next().unwrap_or(line).trim();
        let entry = if in_require { Some(line) } else { line.strip_prefix("require ") };
        match (line, entry) {
            ("require (", _) => in_require = true,
            (")", _) => in_require = false,
            (_, Some(entry)) => {
                found.extend(entry.split_once(' ').map(|(module, version)| (module.to_owned(), version.to_owned())));
            }
            _ => {}
        }
    }
    // What lies in a folder beside has no checksum.
    for (name, _) in text.lines().filter_map(|line| line.split_once("=> .")) {
        let name = name.trim().strip_prefix("replace ").unwrap_or(name.trim());
        found.remove(name.split_whitespace().next().unwrap_or(name));
    }
    Some(found)
}
