//! YAML that a change broke, or keys it doubled.

use super::formats::{self, Format};
use super::found::Found;
use super::rule::{Change, File, Rule};
use super::text::Text;
use super::{paths, yaml};
use protocol::Severity;

pub(super) const RULE: Rule = Rule {
    name: "yaml-parses",
    severity: Severity::Medium,
    catches: "A `.yml` or `.yaml` file that no longer parses (YAML 1.2); a key twice in one mapping.",
    leaves: "Files that were broken before, at a line this change does not touch; templates (Helm, Jinja); the merge key `<<`; fixtures.",
    fixes: "",
    check,
    #[cfg(test)]
    examples,
};

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    let yaml = |file: &File<'_>| formats::format(file.path) == Some(Format::Yaml) && !paths::is_fixture(file.path);
    for (file, text) in change.written().filter(|(file, _)| yaml(file)) {
        document(file, text, found);
    }
}

fn document(file: &File<'_>, text: &Text<'_>, found: &mut Found<'_>) {
    let parsed = yaml::parse(text.whole);
    if let Some(error) = parsed.error {
        if formats::is_template(file.path, text.whole) {
            return found.not_checked("YAML template", file.path);
        }
        let was_broken = file.old.as_ref().is_some_and(|old| yaml::parse(old.whole).error.is_some());
        // An unclosed bracket shows on the line after the last.
        let line = error.line.min(text.line_count().max(1));
        if was_broken && !text.is_near_touched(line) {
            return;
        }
        // A scalar is scanned to its end, which a tab below it is not: the change is where the mistake was made.
        let line = [line, line.saturating_add(1)].into_iter().find(|near| text.is_touched(*near)).unwrap_or(line);
        if let Some(draft) =
            found.at(file, line, Severity::Medium, format!("Not valid YAML: {}", cause(text, line, &error.words)))
        {
            draft.detail = format!("A parser stops at line {} column {}: {}.", error.line, error.column, error.words);
        }
        return;
    }
    for duplicate in parsed.duplicates {
        let (first, line) = (duplicate.first_line, duplicate.line);
        if text.is_touched(first) || text.is_touched(line) {
            let at = if text.is_touched(line) { line } else { first };
            if let Some(draft) =
                found.at(file, at, Severity::Medium, format!("Key `{}` twice in one mapping", duplicate.key))
            {
                draft.detail = format!(
                    "Lines {first} and {line}. Some readers refuse it, others take the last one and say nothing."
                );
            }
        }
    }
}

/// The likely cause, where the line tells it; else the parser's words.
fn cause(text: &Text<'_>, line: u32, words: &str) -> String {
    let indent_has_tab =
        |line: &str| line.chars().take_while(|character| character.is_whitespace()).any(|character| character == '\t');
    let content = text.line(line);
    if indent_has_tab(content) {
        return "a tab in the indentation".to_owned();
    }
    let value = content.split_once(": ").map_or("", |(_, value)| value.trim());
    if value.starts_with(['"', '\'']) {
        return format!("{words}; is the quote closed?");
    }
    if value.contains(": ") {
        return "a value with `: ` needs quotes".to_owned();
    }
    words.to_owned()
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    vec![
        Example::of("a colon in a value").edit("a.yml", "a: 1\n", "a: 1\nb: see: that\n").finds(
            "a.yml",
            2,
            "Not valid YAML: a value with `: ` needs quotes",
        ),
        Example::of("a tab").edit("a.yaml", "a:\n  b: 1\n", "a:\n\tb: 1\n").finds(
            "a.yaml",
            2,
            "a tab in the indentation",
        ),
        Example::of("a tab below a scalar")
            .edit("a.yml", "a:\n  b: c\n  d:\n    - 1\n", "a:\n  b: c\n\td:\n    - 1\n")
            .finds("a.yml", 3, "a tab in the indentation"),
        Example::of("a key twice").edit("a.yml", "env:\n  A: 1\n", "env:\n  A: 1\n  A: 2\n").finds(
            "a.yml",
            3,
            "Key `A` twice",
        ),
        Example::of("a workflow's expressions").add(".github/workflows/a.yml", "on: push\nname: ${{ github.ref }}\n"),
        Example::of("anchors and merge keys").add("a.yml", "a: &x {b: 1}\nc:\n  <<: *x\n  <<: *x\n"),
        Example::of("several documents and tags").add("a.yml", "--- !Ref a\n---\nb: !Sub \"x\"\n"),
        Example::of("a chart's template")
            .add("chart/templates/a.yaml", "a: {{ .Values.a }}\n{{- if .b }}\nb: 1\n{{- end }}\n"),
        Example::of("broken before, elsewhere").edit(
            "a.yml",
            "a: 1\nb: 2\nc: 3\nd: x: y\n",
            "a: 9\nb: 2\nc: 3\nd: x: y\n",
        ),
        Example::of("doubled before, elsewhere").edit("a.yml", "a: 1\na: 2\nb: 1\n", "a: 1\na: 2\nb: 2\n"),
    ]
}
