//! Paths that do not mean the same everywhere: symlinks out of the repository, names that collide or cannot be checked out.

use super::found::Found;
use super::input::{ChangedFile, Status};
use super::paths;
use super::rule::{Change, Rule};
use protocol::Severity;
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    name: "links-and-paths",
    severity: Severity::Medium,
    catches: "A symlink to an absolute path or out of the repository; a new path that differs from another only by case; \
              a new name that Windows cannot check out.",
    leaves: "Symlinks within the repository; names Windows cannot take, where the repository has others already.",
    fixes: "",
    check,
    #[cfg(test)]
    examples,
};

/// Names of devices on Windows, whatever the extension.
const RESERVED: &[&str] = &["con", "prn", "aux", "nul"];

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    let mut by_case: HashMap<String, Vec<&str>> = HashMap::new();
    for &path in &change.head_paths {
        by_case.entry(path.to_lowercase()).or_default().push(path);
    }
    for file in change.files.iter().filter(|file| file.raw.status != Status::Deleted) {
        link(file.raw, found);
        if !matches!(file.raw.status, Status::Added | Status::Renamed) {
            continue;
        }
        let twins = by_case.get(&file.path.to_lowercase());
        if let Some(twin) = twins.into_iter().flatten().filter(|twin| **twin != file.path).min() {
            let title = format!("Differs from `{twin}` only by case");
            if let Some(draft) = found.whole(file.path, Severity::Medium, title) {
                draft.detail = "On macOS and Windows one of them hides the other.".to_owned();
            }
        }
        windows(change, file.path, found);
    }
}

fn link(file: &ChangedFile, found: &mut Found<'_>) {
    let Some(target) = file.new.as_deref().filter(|_| file.mode & 0o170_000 == 0o120_000) else { return };
    let target = String::from_utf8_lossy(target);
    let title = if target.starts_with('/') || target.get(1..3).is_some_and(|drive| drive == ":\\" || drive == ":/") {
        format!("Symlink to an absolute path, `{target}`")
    } else if leaves_repository(&file.path, &target) {
        format!("Symlink out of the repository, to `{target}`")
    } else {
        return;
    };
    if let Some(draft) = found.whole(&file.path, Severity::Medium, title) {
        draft.detail = "What it shows depends on the machine it is checked out on, and a program that follows it leaves the checkout.".to_owned();
    }
}

fn leaves_repository(path: &str, target: &str) -> bool {
    let mut depth = paths::folder(path).split('/').filter(|part| !part.is_empty()).count();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

fn windows(change: &Change<'_>, path: &str, found: &mut Found<'_>) {
    let Some(part) = path.split('/').find(|part| is_impossible_on_windows(part)) else { return };
    let has_others = change
        .head_paths
        .iter()
        .any(|other| *other != path && other.split('/').any(is_impossible_on_windows) && change.file(other).is_none());
    if !has_others {
        found.whole(path, Severity::Low, format!("Windows cannot check out the name `{part}`"));
    }
}

fn is_impossible_on_windows(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).to_ascii_lowercase();
    let port = ["com", "lpt"]
        .iter()
        .any(|port| stem.strip_prefix(port).is_some_and(|number| number.len() == 1 && ("1"..="9").contains(&number)));
    RESERVED.contains(&stem.as_str())
        || port
        || part.ends_with(['.', ' '])
        || part.contains(['<', '>', ':', '"', '|', '?', '*', '\\'])
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    vec![
        Example::of("a link to the root").link("a/b", "/etc/passwd").finds(
            "a/b",
            0,
            "Symlink to an absolute path, `/etc/passwd`",
        ),
        Example::of("a link upwards").link("a/b", "../../x").finds("a/b", 0, "Symlink out of the repository"),
        Example::of("out and in again").link("a", "../repo/x").finds("a", 0, "Symlink out of the repository"),
        Example::of("a link within").link("a/b", "../c/./d").head("c/d"),
        Example::of("a collision").add("src/Readme.md", "a").head("src/README.md").finds(
            "src/Readme.md",
            0,
            "Differs from `src/README.md` only by case",
        ),
        Example::of("a rename of case only").add("src/Readme.md", "a"),
        Example::of("a device").add("src/aux.rs", "a").finds(
            "src/aux.rs",
            0,
            "Windows cannot check out the name `aux.rs`",
        ),
        Example::of("a repository that never runs there").add("src/aux.rs", "a").head("src/a:b"),
        Example::of("usual names").add("src/auxiliary.rs", "a").add("common/.env", "a"),
    ]
}
