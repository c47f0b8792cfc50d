//! Dependencies that changed in a manifest and not in its lock file.

use super::found::Found;
use super::manifests::{Dependencies, MANAGERS, Manager};
use super::paths;
use super::rule::{Change, File, Rule};
use protocol::Severity;
use std::cell::OnceCell;
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    name: "lock-file",
    severity: Severity::Low,
    catches: "A manifest with new or other dependencies, while its lock file, which the repository has, did not: Cargo, npm, Yarn, pnpm, \
              Poetry, uv, Bundler, Go, Composer.",
    leaves: "Dependencies that go, and in Go those that come; changes of anything but dependencies; packages that stand alone (`template/`, `examples/`); libraries without a lock file; in Cargo, features, path dependencies and compatible versions.",
    fixes: "",
    check,
    #[cfg(test)]
    examples,
};

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    let workspace = OnceCell::new();
    for (file, text) in change.written().filter(|(file, _)| !paths::is_fixture(file.path)) {
        let Some(manager) = MANAGERS.iter().find(|manager| manager.manifest == paths::file_name(file.path)) else {
            continue;
        };
        let Some(lock) = lock(change, manager, file.path) else { continue };
        let Some(old) = file.old.as_ref().and_then(|old| (manager.dependencies)(old.whole)) else { continue };
        let Some(new) = (manager.dependencies)(text.whole) else { continue };
        let known = |name: &str, asked: &str| {
            manager.manifest == NPM && workspace.get_or_init(|| Workspace::of(change)).knows(name, asked)
        };
        // Another package above the same lock file may have brought it before.
        let beside = paths::folder(&lock) == paths::folder(file.path);
        let notes_new = manager.notes_new && (beside || manager.manifest != NPM);
        let Some(name) = first_difference(&old, &new, notes_new, known) else { continue };
        // Of several lock files one is in use, and the others are left over.
        if manager.locks.iter().any(|name| change.file(&join(paths::folder(&lock), name)).is_some()) {
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
        if let Some(lock) = manager.locks.iter().map(|name| join(folder, name)).find(|lock| change.head_has(lock)) {
            return Some(lock);
        }
        if folder.is_empty() || !manager.has_workspaces || stands_alone(folder) {
            return None;
        }
        folder = paths::folder(folder);
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Whether a folder is usually no member of the workspace above it.
fn stands_alone(folder: &str) -> bool {
    folder.split('/').any(|part| {
        ["example", "examples", "template", "templates", "benchmarks", "playground", "docs"].contains(&part)
    })
}

/// The first dependency that came or is another, and is not known by other means. One that went is no finding: it may
/// never have been locked.
fn first_difference(
    old: &Dependencies,
    new: &Dependencies,
    notes_new: bool,
    known: impl Fn(&str, &str) -> bool,
) -> Option<String> {
    let differs = |(name, asked): &(&String, &String)| {
        old.get(*name).map_or(notes_new, |before| before != *asked) && !known(name, asked)
    };
    new.iter().find(differs).map(|(name, _)| name.clone())
}

/// The manifest whose packages share a lock file that does not tell them apart.
const NPM: &str = "package.json";

/// What a lock file above several packages need not change for.
#[derive(Debug)]
struct Workspace<'a> {
    /// Names of folders with a package: a lock file does not say which version such a one has.
    members: HashSet<&'a str>,
    /// What changed manifests asked for before: between packages a dependency may move.
    before: HashSet<(String, String)>,
}

impl<'a> Workspace<'a> {
    fn of(change: &Change<'a>) -> Self {
        let manifests = change.head_paths.iter().filter(|path| paths::file_name(path) == NPM);
        let npm = MANAGERS.iter().find(|manager| manager.manifest == NPM);
        let old = |file: &File<'_>| (npm?.dependencies)(file.old.as_ref()?.whole);
        let changed = change.files.iter().filter(|file| paths::file_name(file.path) == NPM);
        Self {
            members: manifests.map(|path| paths::file_name(paths::folder(path))).collect(),
            before: changed.filter_map(old).flatten().map(|(name, asked)| (package(&name).to_owned(), asked)).collect(),
        }
    }

    fn knows(&self, name: &str, asked: &str) -> bool {
        let last = name.rsplit('/').next().unwrap_or(name);
        self.members.contains(last) || self.before.contains(&(package(name).to_owned(), asked.to_owned()))
    }
}

/// A dependency's name without its group.
fn package(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, package)| package)
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
            .head("yarn.lock"),
        Example::of("a package more")
            .edit("package.json", "{\"dependencies\": {}}\n", "{\"dependencies\": {\"a\": \"1\"}}\n")
            .head("yarn.lock")
            .finds("package.json", 1, "`yarn.lock` did not"),
        Example::of("a module that others brought along before")
            .edit("go.mod", "require a.org/b v1.0.0\n", "require (\n\ta.org/b v1.0.0\n\tb.org/c v1.0.0\n)\n")
            .head("go.sum"),
        Example::of("a module's version")
            .edit("go.mod", "module a\n\nrequire b.org/c v1.0.0\n", "module a\n\nrequire b.org/c v1.1.0\n")
            .head("go.sum")
            .finds("go.mod", 3, "`go.sum` did not"),
        Example::of("a module in a folder beside")
            .edit(
                "go.mod",
                "require b.org/c v1.0.0\n\nreplace b.org/c => ../c\n",
                "require b.org/c v1.1.0\n\nreplace b.org/c => ../c\n",
            )
            .head("go.sum"),
        Example::of("a gem").edit("Gemfile", "gem 'a'\n", "gem 'a'\ngem 'b', '~> 1'\n").head("Gemfile.lock").finds(
            "Gemfile",
            2,
            "`Gemfile.lock`",
        ),
        Example::of("how a gem is loaded and built")
            .edit("Gemfile", "gem 'a'\ngem 'b'\n", "gem 'a', require: false\ngem 'b', force_ruby_platform: true # x\n")
            .head("Gemfile.lock"),
        Example::of("where a gem comes from")
            .edit("Gemfile", "gem 'a'\n", "gem 'a', github: 'b/a'\n")
            .head("Gemfile.lock")
            .finds("Gemfile", 1, "`Gemfile.lock`"),
        Example::of("a Python package")
            .edit("pyproject.toml", "[project]\ndependencies = [\"a\"]\n", "[project]\ndependencies = [\"a\", \"b\"]\n")
            .head("uv.lock")
            .finds("pyproject.toml", 0, "`uv.lock`"),
        Example::of("an example that stands alone").edit("examples/a/Cargo.toml", cargo, more).head("Cargo.lock"),
        Example::of("a package of this repository")
            .edit(
                "packages/a/package.json",
                "{\"dependencies\": {\"@x/b\": \"1\"}}\n",
                "{\"dependencies\": {\"@x/b\": \"2\"}}\n",
            )
            .head("packages/b/package.json")
            .head("yarn.lock"),
        Example::of("what a package's users should have")
            .edit(
                "package.json",
                "{\"peerDependencies\": {\"a\": \"1\"}}\n",
                "{\"peerDependencies\": {\"a\": \"1 || 2\"}}\n",
            )
            .head("pnpm-lock.yaml"),
        Example::of("a lock file that is left over")
            .edit("package.json", "{\"dependencies\": {\"a\": \"1\"}}\n", "{\"dependencies\": {\"a\": \"2\"}}\n")
            .head("package-lock.json")
            .edit("yarn.lock", "a\n", "b\n"),
        Example::of("what another package may have brought")
            .edit("packages/a/package.json", "{\"dependencies\": {}}\n", "{\"dependencies\": {\"b\": \"1\"}}\n")
            .head("yarn.lock"),
        Example::of("what go writes itself")
            .edit(
                "go.mod",
                "require (\n\tb.org/c v1.0.0 // indirect\n)\n",
                "require (\n\tb.org/c v1.1.0 // indirect\n)\n",
            )
            .head("go.sum"),
        Example::of("a list in another order")
            .edit(
                "pyproject.toml",
                "[dependency-groups]\nb = [\"c\", \"a\"]\n",
                "[dependency-groups]\nb = [\"a\", \"c\"]\n",
            )
            .head("uv.lock"),
        Example::of("from one package of a workspace to another")
            .edit("packages/a/package.json", "{\"dependencies\": {\"b\": \"1\"}}\n", "{\"dependencies\": {}}\n")
            .edit("packages/c/package.json", "{\"dependencies\": {}}\n", "{\"devDependencies\": {\"b\": \"1\"}}\n")
            .head("yarn.lock"),
        Example::of("what a program writes elsewhere")
            .edit(
                "a/src/template/package.json",
                "{\"dependencies\": {\"a\": \"1\"}}\n",
                "{\"dependencies\": {\"a\": \"2\"}}\n",
            )
            .head("pnpm-lock.yaml"),
        Example::of("a version pinned to what may be locked")
            .edit("Cargo.toml", "[dependencies]\nb = \"1\"\n", "[dependencies]\nb = \"=1.47.2\"\n")
            .head("Cargo.lock"),
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
