//! Data formats by file name, and whether a text is valid in its own.

use super::{json, json_parses, paths, yaml};

/// A data format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// One JSON value.
    Json,
    /// A JSON value on each line.
    JsonLines,
    /// YAML documents.
    Yaml,
    /// A TOML document.
    Toml,
}

/// The format of a file, by its name.
pub(super) fn format(path: &str) -> Option<Format> {
    Some(match paths::extension(path).as_str() {
        "json" | "geojson" | "webmanifest" | "jsonc" | "code-workspace" | "ipynb" => Format::Json,
        "jsonl" | "ndjson" => Format::JsonLines,
        "yml" | "yaml" => Format::Yaml,
        "toml" => Format::Toml,
        _ => return None,
    })
}

/// Whether `text` parses as the file's format; `None` if it has none. Duplicate keys parse.
pub(super) fn parses(path: &str, text: &str) -> Option<bool> {
    Some(match format(path)? {
        Format::Json => json::parse(text, json_parses::dialect(path)).error.is_none(),
        Format::JsonLines => {
            text.lines().all(|line| line.trim().is_empty() || json::parse(line, json::Dialect::Strict).error.is_none())
        }
        Format::Yaml => yaml::parse(text).error.is_none(),
        Format::Toml => text.parse::<toml::Table>().is_ok(),
    })
}

/// Whether another program writes the file from this one: its braces are not the format's.
pub(super) fn is_template(path: &str, text: &str) -> bool {
    let in_templates = paths::folder(path).split('/').any(|part| part == "templates");
    // GitHub's own `${{ … }}` lies within plain scalars and parses.
    let braces = text.match_indices("{{").any(|(at, _)| !text[..at].ends_with('$'));
    in_templates || braces || text.contains("{%") || text.contains("<%")
}
