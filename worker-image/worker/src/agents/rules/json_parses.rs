//! JSON that a change broke, or keys it doubled.

use super::fixes::Edit;
use super::formats::{self, Format};
use super::found::Found;
use super::json::{self, Cause, Dialect, JsonError};
use super::paths;
use super::rule::{Change, File, Rule};
use super::text::Text;
use protocol::Severity;

pub(super) const RULE: Rule = Rule {
    name: "json-parses",
    severity: Severity::Medium,
    catches: "A `.json` file, or a line of a `.jsonl` file, that no longer parses, with the likely cause; a key twice in one object.",
    leaves: "Files that were broken before, at a line this change does not touch; comments and trailing commas where \
             editors and compilers take them (`tsconfig.json`, `.vscode/`, `.jsonc`, any file with comments); JSON5; templates; fixtures.",
    fixes: "Takes out a comma before `}` or `]`, if the file parses then.",
    check,
    #[cfg(test)]
    examples,
};

/// Trailing commas looked for in one file; after that a person should look.
const COMMAS_MAX: usize = 20;
/// Keys people double on purpose, as comments.
const COMMENT_KEYS: &[&str] = &["//", "#", "$comment", "_comment", "comment", "__comment"];

/// How strict the reader of a file is, by its name.
pub(super) fn dialect(path: &str) -> Dialect {
    let name = paths::file_name(path);
    let commented = ["jsonc", "code-workspace"].contains(&paths::extension(path).as_str())
        || [
            "tsconfig",
            "jsconfig",
            ".eslintrc",
            "tslint",
            ".swcrc",
            ".babelrc",
            "api-extractor",
            "devcontainer",
            "deno",
            "turbo",
            "biome",
            "renovate",
            ".renovaterc",
        ]
        .iter()
        .any(|start| name.starts_with(start))
        || paths::folder(path).split('/').any(|part| [".vscode", ".devcontainer", ".zed"].contains(&part));
    if commented { Dialect::Commented } else { Dialect::Strict }
}

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    for (file, text) in change.written().filter(|(file, _)| !paths::is_fixture(file.path)) {
        match formats::format(file.path) {
            Some(Format::Json) => document(file, text, found),
            Some(Format::JsonLines) => lines(file, text, found),
            _ => {}
        }
    }
}

fn document(file: &File<'_>, text: &Text<'_>, found: &mut Found<'_>) {
    let parsed = json::parse(text.whole, dialect(file.path));
    // Whoever writes comments has a reader that takes them.
    let parsed = if parsed.comments { json::parse(text.whole, Dialect::Commented) } else { parsed };
    if let Some(error) = parsed.error {
        let one_per_line = || {
            text.lines().all(|(_, line)| line.trim().is_empty() || json::parse(line, Dialect::Strict).error.is_none())
        };
        if error.cause == Cause::Empty || (error.cause == Cause::Extra && one_per_line()) {
            return;
        }
        if formats::is_template(file.path, text.whole) {
            return found.not_checked("JSON template", file.path);
        }
        if was_broken(file) && !text.is_near_touched(text.line_of(error.at)) {
            return;
        }
        if !matches!(error.cause, Cause::TrailingComma(_)) || !commas(file, text, found) {
            report(file, text, &error, found);
        }
        return;
    }
    for duplicate in parsed.duplicates {
        let (first, line) = (text.line_of(duplicate.first), text.line_of(duplicate.at));
        let touched = text.is_touched(first) || text.is_touched(line);
        if touched && !COMMENT_KEYS.contains(&duplicate.key.as_str()) {
            let at = if text.is_touched(line) { line } else { first };
            if let Some(draft) =
                found.at(file, at, Severity::Medium, format!("Key `{}` twice in one object", duplicate.key))
            {
                draft.detail = format!("Lines {first} and {line}. Most readers take the last one and say nothing.");
            }
        }
    }
}

fn was_broken(file: &File<'_>) -> bool {
    file.old.as_ref().is_some_and(|old| formats::parses(file.path, old.whole) == Some(false))
}

fn report(file: &File<'_>, text: &Text<'_>, error: &JsonError, found: &mut Found<'_>) {
    let (line, _) = text.position(error.at);
    let (noticed, column) = text.position(error.noticed);
    if let Some(draft) = found.at(file, line, Severity::Medium, format!("Not valid JSON: {}", error.cause.words())) {
        draft.detail = format!("A parser stops at line {noticed} column {column}.");
    }
}

/// Reports every trailing comma on a changed line, with a fix if the file parses without them. False if the first lies elsewhere.
fn commas(file: &File<'_>, text: &Text<'_>, found: &mut Found<'_>) -> bool {
    let mut rest = text.whole.to_owned();
    let mut errors = Vec::new();
    let last = loop {
        match json::parse(&rest, Dialect::Strict).error {
            Some(error) if matches!(error.cause, Cause::TrailingComma(_)) && errors.len() < COMMAS_MAX => {
                // A space keeps every other byte in its place.
                rest.replace_range(error.at..=error.at, " ");
                errors.push(error);
            }
            other => break other,
        }
    };
    let touched = |error: &JsonError| text.is_touched(text.line_of(error.at));
    let fixable = last.is_none() && errors.iter().all(touched);
    if !errors.first().is_some_and(touched) {
        return false;
    }
    for error in errors.iter().filter(|error| touched(error)) {
        let (line, _) = text.position(error.at);
        let (noticed, column) = text.position(error.noticed);
        let draft = found.at(file, line, Severity::Medium, format!("Not valid JSON: {}", error.cause.words()));
        if let Some(draft) = draft {
            draft.detail = format!("A parser stops at line {noticed} column {column}: trailing comma.");
            draft.edits = if fixable { vec![Edit::delete(error.at..error.at + 1)] } else { Vec::new() };
        }
    }
    if let Some(error) = last.filter(|error| text.is_near_touched(text.line_of(error.at))) {
        report(file, text, &error, found);
    }
    true
}

fn lines(file: &File<'_>, text: &Text<'_>, found: &mut Found<'_>) {
    for (number, line) in text.touched().filter(|(_, line)| !line.trim().is_empty()) {
        if let Some(error) = json::parse(line, Dialect::Strict).error {
            let draft = found.at(
                file,
                number,
                Severity::Medium,
                format!("Not valid JSON on this line: {}", error.cause.words()),
            );
            if let Some(draft) = draft {
                draft.detail = format!("Column {}.", line[..error.noticed].chars().count() + 1);
            }
        }
    }
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    vec![
        Example::of("a trailing comma")
            .edit("config/limits.json", "{\n  \"max\": 100\n}\n", "{\n  \"max\": 250,\n}\n")
            .finds("config/limits.json", 2, "Not valid JSON: comma before `}`")
            .fixed("{\n  \"max\": 250\n}\n"),
        Example::of("two trailing commas in a new file")
            .add("a.json", "{\"a\": [1,],\n}\n")
            .finds("a.json", 1, "comma before `]`")
            .finds("a.json", 1, "comma before `}`")
            .fixed("{\"a\": [1]\n}\n"),
        Example::of("a missing comma").edit("a.json", "{\n\"a\": 1\n}\n", "{\n\"a\": 1\n\"b\": 2\n}\n").finds(
            "a.json",
            2,
            "a comma is missing",
        ),
        Example::of("a trailing comma beside another mistake is not fixed")
            .add("a.json", "{\"a\": [1,], 'b': 2}\n")
            .finds("a.json", 1, "comma before `]`")
            .finds("a.json", 1, "double quotes"),
        Example::of("a key twice").edit("a.json", "{\n\"a\": 1\n}\n", "{\n\"a\": 1,\n\"a\": 2\n}\n").finds(
            "a.json",
            3,
            "Key `a` twice",
        ),
        Example::of("a broken line of JSON lines").edit("a.jsonl", "{}\n", "{}\n{\"a\":}\n").finds(
            "a.jsonl",
            2,
            "a value is missing",
        ),
        Example::of("valid").add("a.json", "{\"a\": [1, -2.5e3, \"\\u00e9\", null]}\n"),
        Example::of("broken before, elsewhere").edit(
            "a.json",
            "{\n\"a\": 1,\n\"b\": 2,\n\"c\": 3,\n}\n",
            "{\n\"a\": 9,\n\"b\": 2,\n\"c\": 3,\n}\n",
        ),
        Example::of("comments where they are usual").add("tsconfig.json", "{\n// strict\n\"a\": 1,\n}\n"),
        Example::of("a comma where Renovate takes it").add(".github/renovate.json", "{\"a\": \"b\",}\n"),
        Example::of("comments elsewhere, so the reader takes them").add("settings.json", "{\n/* b */\n\"a\": 1,\n}\n"),
        Example::of("a template").add("a.json", "{\"a\": {{ value }}}\n"),
        Example::of("broken on purpose").add("tests/fixtures/bad.json", "{"),
        Example::of("objects line by line").add("a.json", "{\"a\": 1}\n{\"a\": 2}\n"),
        Example::of("two keys as comments").add("a.json", "{\"//\": 1, \"//\": 2}\n"),
        Example::of("not the program's file").add("node_modules/a/package.json", "{"),
    ]
}
