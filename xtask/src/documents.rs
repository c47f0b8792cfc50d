//! `cargo xtask docs`: what the pages say must be there.
//!
//! Pages go stale silently: a file moves and a link dies, a key is renamed and an example no longer starts. What can be
//! compared without building anything is compared here.

use crate::steps::read;
use crate::{Failure, Outcome, failed, workspace};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Checks links, the example configuration and the App's manifest of this checkout.
pub fn run() -> Outcome {
    let mut wrong = Vec::new();
    let pages = pages()?;
    for page in &pages {
        wrong.extend(dead_links(page, &text(page)?, |target| workspace::root().join(target).exists()));
    }
    wrong.extend(unknown_keys(&text("deploy/longshore.toml")?, &text("docs/configuration.md")?));
    wrong.extend(unexplained(&text("deploy/github-app-manifest.json")?, &text("docs/github-app.md")?));
    if wrong.is_empty() {
        eprintln!("{} pages, their links lead somewhere", pages.len());
        return Ok(());
    }
    failed(format!("the pages are not true:\n  {}", wrong.join("\n  ")))
}

fn pages() -> Result<Vec<String>, Failure> {
    let listed = read(Command::new("git").current_dir(workspace::root()).args(["ls-files", "-z", "--", "*.md"]))?;
    Ok(listed.split('\0').filter(|path| !path.is_empty()).map(String::from).collect())
}

fn text(path: &str) -> Result<String, Failure> {
    std::fs::read_to_string(workspace::root().join(path))
        .or_else(|error| failed(format!("`{path}` cannot be read: {error}")))
}

/// A sentence for each relative link on a page that leads nowhere; `exists` answers for paths from the root.
fn dead_links(page: &str, text: &str, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let folder = Path::new(page).parent().unwrap_or(Path::new(""));
    links(text)
        .filter(|target| !target.contains("://") && !target.starts_with('#') && !target.starts_with("mailto:"))
        .filter(|target| !exists(&folder.join(target.split('#').next().unwrap_or(target))))
        .map(|target| format!("{page} links to `{target}`, which is not there"))
        .collect()
}

/// Targets of `[text](target)`, outside fenced blocks, where brackets are code.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    let prose = text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    });
    prose.flat_map(|line| line.split("](").skip(1)).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// A sentence for each `key =` of an example whose section in the page of keys has no such key.
fn unknown_keys(example: &str, page: &str) -> Vec<String> {
    let mut section = "";
    let mut unknown = Vec::new();
    for line in example.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        } else if let Some((key, _)) = line.split_once('=') {
            let key = key.trim();
            let heading = format!("`[{section}]`");
            let keys = page.split("\n## ").find(|part| part.starts_with(&heading));
            if !keys.is_some_and(|keys| keys.contains(&format!("| `{key}`"))) {
                unknown.push(format!(
                    "deploy/longshore.toml sets `{section}.{key}`, which docs/configuration.md does not know"
                ));
            }
        }
    }
    unknown
}

/// A sentence for each permission or event of the manifest that its page does not explain in a table.
fn unexplained(manifest: &str, page: &str) -> Vec<String> {
    let Ok(manifest) = serde_json::from_str::<Value>(manifest) else {
        return vec!["deploy/github-app-manifest.json is not JSON".into()];
    };
    let permissions = manifest["default_permissions"].as_object().into_iter().flatten().map(|(name, access)| {
        (format!("| `{name}` | {} |", access.as_str().unwrap_or_default()), format!("the permission `{name}`"))
    });
    let events = manifest["default_events"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let events = events.map(|name| (format!("`{name}`"), format!("the event `{name}`")));
    permissions
        .chain(events)
        .filter(|(needle, _)| !page.lines().any(|line| line.starts_with('|') && line.contains(needle.as_str())))
        .map(|(_, what)| {
            format!("deploy/github-app-manifest.json asks for {what}, which docs/github-app.md does not explain")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_leads_nowhere_is_named() {
        let page = "See [the map](../MAP.md#here), [us](https://example.com) and [below](#below).\n```\n[a](b)\n```\n";
        let there = |path: &Path| path == Path::new("docs/../MAP.md");
        assert!(dead_links("docs/page.md", page, there).is_empty());
        assert_eq!(
            dead_links("docs/page.md", page, |_| false),
            ["docs/page.md links to `../MAP.md#here`, which is not there"]
        );
    }

    #[test]
    fn an_example_key_must_be_known_in_its_section() {
        let page = "# Keys\n\n## `[server]`\n\n| `listen`<br>`X` | none |\n\n## `[github]`\n\n| `app_id` | none |\n";
        assert!(unknown_keys("[server]\nlisten = 1\n[github]\napp_id = 2\n", page).is_empty());
        assert_eq!(
            unknown_keys("[server]\napp_id = 2\n", page),
            ["deploy/longshore.toml sets `server.app_id`, which docs/configuration.md does not know"]
        );
    }

    #[test]
    fn more_access_than_the_page_explains_is_named() {
        let manifest = r#"{"default_permissions": {"contents": "write"}, "default_events": ["push"]}"#;
        let page = "| `contents` | read | why |\n| `push` | what |\n";
        assert_eq!(
            unexplained(manifest, page),
            [
                "deploy/github-app-manifest.json asks for the permission `contents`, which docs/github-app.md does not explain"
            ]
        );
    }
}
