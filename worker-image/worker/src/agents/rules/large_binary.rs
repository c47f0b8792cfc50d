//! Large files that enter the history and stay there.

use super::found::Found;
use super::input::Status;
use super::rule::{Change, Rule};
use super::{paths, text};
use protocol::Severity;

pub(super) const RULE: Rule = Rule {
    name: "large-binary",
    severity: Severity::Low,
    catches: "A new binary over 1 MiB, or a new file too large to be read that is no text by its name.",
    leaves: "Text, LFS pointers, Yarn itself (`.yarn/releases`), files that were there before.",
    fixes: "",
    check,
    #[cfg(test)]
    examples,
};

/// Bytes of a new binary above which every clone pays for it forever.
const BINARY_BYTES_MAX: u64 = 1024 * 1024;

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    for file in change.files.iter().filter(|file| file.raw.status == Status::Added && !is_package_manager(file.path)) {
        let binary = file.raw.new.as_deref().filter(|bytes| text::is_binary(bytes)).map(|bytes| bytes.len() as u64);
        let Some(bytes) =
            file.raw.too_large.filter(|_| !is_text(file.path)).or(binary).filter(|bytes| *bytes > BINARY_BYTES_MAX)
        else {
            continue;
        };
        let what = if binary.is_some() { "binary" } else { "file" };
        if let Some(draft) = found.whole(file.path, Severity::Low, format!("New {what} of {}", size(bytes))) {
            draft.detail =
                "It stays in every clone, even after it is deleted. Does it belong into LFS or a release?".to_owned();
            draft.key = what.to_owned();
        }
    }
}

/// Whether a file that was not read is text by its name.
fn is_text(path: &str) -> bool {
    let texts =
        ["json", "jsonl", "geojson", "csv", "tsv", "sql", "xml", "svg", "map", "lock", "yaml", "yml", "toml", "log"];
    texts.contains(&paths::extension(path).as_str()) || paths::language(path).is_some() || paths::is_prose(path)
}

/// Whether it is Yarn itself, which a repository carries on purpose so that everybody runs the same.
fn is_package_manager(path: &str) -> bool {
    path.starts_with(".yarn/releases/") || path.contains("/.yarn/releases/")
}

/// `3.4 MiB`.
fn size(bytes: u64) -> String {
    const MEBIBYTE: u64 = 1024 * 1024;
    if bytes < MEBIBYTE {
        return format!("{} KiB", bytes.div_ceil(1024));
    }
    let tenths = bytes.saturating_mul(10) / MEBIBYTE;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    let big = "\0".repeat(1024 * 1024 + 1);
    let too_large = |path: &str| {
        let mut example = Example::of("not read").add(path, "");
        for file in &mut example.input.files {
            (file.new, file.too_large) = (None, Some(3 * 1024 * 1024));
        }
        example
    };
    vec![
        Example::of("a large binary").add("a.bin", &big).finds("a.bin", 0, "New binary of 1.0 MiB"),
        Example::of("a small binary").add("a.bin", "\0\0"),
        Example::of("a large text").add("a.csv", &"a,b\n".repeat(300_000)),
        too_large("data.json"),
        too_large("model.bin").finds("model.bin", 0, "New file of 3.0 MiB"),
        Example::of("Yarn itself").add(".yarn/releases/yarn-4.13.0.cjs", &big),
        Example::of("it was there").edit("a.bin", "\0", &big),
    ]
}
