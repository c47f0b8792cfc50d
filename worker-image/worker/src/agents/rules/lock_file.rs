//! Dependencies that changed in a manifest and not in its lock file.

use super::found::Found;
use super::manifests::{Dependencies, MANAGERS, Manager};
use super::paths;
use super::rule::{Change, Rule};
use protocol::Severity;

pub(super) const RULE: Rule = Rule {
    name: "lock-file",
    severity: Severity::Low,
    catches: "A manifest whose dependencies changed while its lock file, which the repository has, did not: Cargo, npm, Yarn, pnpm, \
              Poetry, uv, Bundler, Go, Composer.",
    leaves: "Changes of anything but dependencies; libraries without a lock file; in Cargo, features, path dependencies and compatible versions.",
    fixes: "",
    check,
    #[cfg(test)]
    examples,
};

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    for (file, text) in change.written().filter(|(file, _)| !paths::is_fixture(file.path)) {
        let Some(manager) = MANAGERS.iter().find(|manager| manager.manifest == paths::file_name(file.path)) else {
            continue;
        };
        let Some(lock) = lock(change, manager, file.path) else { continue };
        let Some(old) = file.old.as_ref().and_then(|old| (manager.dependencies)(old.whole)) else { continue };
        let Some(new) = (manager.dependencies)(text.whole) else { continue };
        let Some(name) = first_difference(&old, &new, manager.notes_removal) else { continue };
        if change.file(&lock).is_some() {
            continue;
        }
        let shown = name.rsplit('/').next().unwrap_or(&name).trim_matches(['"', '\'']);
        let line = text.touched().find(|(_, line)| line.contains(shown)).map(|(number, _)| number);
        let title = format!("Dependencies changed, `{lock}` did not");
        let draft = match line {
            Some(line) => found.at(file, line, Severity::Low, title),
            None => found.whole(file.path, Severity::Low, title),
        };
        if let Some(draft) = draft {
            draft.detail =
                format!("`{shown}` is not what the lock file has. `{}` brings them together.", manager.command);
            draft.key = name;
        }
    }
}

/// The lock file of a manifest: beside it, or in the nearest folder above, as workspaces have it.
fn lock(change: &Change<'_>, manager: &Manager, manifest: &str) -> Option<String> {
    let mut folder = paths::folder(manifest);
    loop {
        let join = |name: &&str| if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
        if let Some(lock) = manager.locks.iter().map(join).find(|lock| change.head_has(lock)) {
            return Some(lock);
        }
        if folder.is_empty() || !manager.has_workspaces || stands_alone(folder) {
            return None;
        }
        folder = paths::folder(folder);
    }
}

/// Whether a folder is usually no member of the workspace above it.
fn stands_alone(folder: &str) -> bool {
    folder
        .split('/')
        .any(|part| ["example", "examples", "templates", "benchmarks", "playground", "docs"].contains(&part))
}

fn first_difference(old: &Dependencies, new: &Dependencies, notes_removal: bool) -> Option<String> {
    let changed = new.iter().find(|(name, asked)| old.get(*name) != Some(asked));
    changed.map(|(name, _)| name).or_else(|| old.keys().find(|name| notes_removal && !new.contains_key(*name))).cloned()
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    let cargo = "[package]\nname = \"a\"\n[dependencies]\nb = \"1\"\n";
    let more = "[package]\nname = \"a\"\n[dependencies]\nb = \"1\"\nc = \"2\"\n";
    vec![
        Example::of("a crate more").edit("Cargo.toml", cargo, more).head("Cargo.lock").finds(
            "Cargo.toml",
            5,
            "Dependencies changed, `Cargo.lock` did not",
        ),
        Example::of("a crate more in a workspace").edit("x/a/Cargo.toml", cargo, more).head("Cargo.lock").finds(
            "x/a/Cargo.toml",
            5,
            "`Cargo.lock`",
        ),
        Example::of("a package less")
            .edit("package.json", "{\"dependencies\": {\"a\": \"1\"}}\n", "{\"dependencies\": {}}\n")
            .head("yarn.lock")
            .finds("package.json", 0, "`yarn.lock` did not"),
        Example::of("a module's version")
            .edit("go.mod", "module a\n\nrequire b.org/c v1.0.0\n", "module a\n\nrequire b.org/c v1.1.0\n")
            .head("go.sum")
            .finds("go.mod", 3, "`go.sum` did not"),
        Example::of("a gem").edit("Gemfile", "gem 'a'\n", "gem 'a'\ngem 'b', '~> 1'\n").head("Gemfile.lock").finds(
            "Gemfile",
            2,
            "`Gemfile.lock`",
        ),
        Example::of("a Python package")
            .edit("pyproject.toml", "[project]\ndependencies = [\"a\"]\n", "[project]\ndependencies = [\"a\", \"b\"]\n")
            .head("uv.lock")
            .finds("pyproject.toml", 0, "`uv.lock`"),
        Example::of("an example that stands alone").edit("examples/a/Cargo.toml", cargo, more).head("Cargo.lock"),
        Example::of("another section for the same crate")
            .edit("Cargo.toml", "[target.a.dependencies]\nb = \"1\"\n", "[target.c.dependencies]\nb = \"1\"\n")
            .head("Cargo.lock"),
        Example::of("both changed").edit("Cargo.toml", cargo, more).edit("Cargo.lock", "a\n", "b\n"),
        Example::of("no lock file here").edit("Cargo.toml", cargo, more),
        Example::of("only the name").edit("Cargo.toml", cargo, &cargo.replace("\"a\"", "\"z\"")).head("Cargo.lock"),
        Example::of("only features")
            .edit(
                "Cargo.toml",
                "[dependencies]\nb = { version = \"1\" }\n",
                "[dependencies]\nb = { version = \"1\", features = [\"x\"] }\n",
            )
            .head("Cargo.lock"),
        Example::of("the same version in another form")
            .edit(
                "Cargo.toml",
                "[dependencies]\nb = \"1\"\n",
                "[dependencies]\nb = { version = \"1\", features = [\"x\"] }\n",
            )
            .head("Cargo.lock"),
        Example::of("a crate that stays in another group")
            .edit(
                "Cargo.toml",
                "[dependencies]\nb = \"1\"\n[dev-dependencies]\nb = \"1\"\n",
                "[dependencies]\nb = \"1\"\n",
            )
            .head("Cargo.lock"),
        Example::of("another major version")
            .edit("Cargo.toml", "[dependencies]\nb = \"0.3.1\"\n", "[dependencies]\nb = \"0.4.1\"\n")
            .head("Cargo.lock")
            .finds("Cargo.toml", 2, "`Cargo.lock` did not"),
        Example::of("a compatible version, which may be locked already")
            .edit("Cargo.toml", "[dependencies]\nb = \"0.3.1\"\n", "[dependencies]\nb = { version = \"0.3.4\" }\n")
            .head("Cargo.lock"),
        Example::of("a module less").edit("go.mod", "require b.org/c v1.0.0\n", "module a\n").head("go.sum"),
        Example::of("only scripts")
            .edit("package.json", "{\"scripts\": {}}\n", "{\"scripts\": {\"a\": \"b\"}}\n")
            .head("package-lock.json"),
    ]
}
