//! Conflict markers that were committed.

use super::found::Found;
use super::paths;
use super::rule::{Change, Rule};
use super::text::Text;
use protocol::Severity;

pub(super) const RULE: Rule = Rule {
    name: "conflict-markers",
    severity: Severity::Medium,
    catches: "`<<<<<<<`, `=======`, `>>>>>>>` in this order, at the start of lines, one of them new.",
    leaves: "Underlines of headings, fenced examples in documents, literals in tests, fixtures.",
    fixes: "",
    check,
    #[cfg(test)]
    examples,
};

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    for (file, text) in change.written().filter(|(file, _)| !paths::is_fixture(file.path)) {
        // A test may write a conflict: into a literal, which is blank where only code is left.
        let written = |start: u32| {
            paths::is_test(file.path) && file.language().is_some() && file.code_line(start).trim().is_empty()
        };
        let conflicts = conflicts(text, paths::is_prose(file.path));
        for (start, end) in conflicts.into_iter().filter(|(start, _)| !written(*start)) {
            if let Some(draft) =
                found.at(file, start, Severity::Medium, "Conflict markers: both versions are still here")
            {
                draft.end_line = Some(end);
                draft.detail =
                    "A merge was committed before it was resolved; one of the versions has to go.".to_owned();
            }
        }
    }
}

/// First and last line of each conflict that the change touched.
fn conflicts(text: &Text<'_>, prose: bool) -> Vec<(u32, u32)> {
    let mut conflicts = Vec::new();
    let mut start = None;
    let mut separated = false;
    let mut touched = false;
    let mut fenced = false;
    for (number, line) in text.lines() {
        let line = line.trim_end_matches('\r');
        if prose && (line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~")) {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let marker = |mark: &str| line == mark || line.strip_prefix(mark).is_some_and(|rest| rest.starts_with(' '));
        if marker("<<<<<<<") {
            (start, separated, touched) = (Some(number), false, text.is_touched(number));
        } else if line == "=======" && start.is_some() {
            separated = true;
            touched |= text.is_touched(number);
        } else if marker(">>>>>>>") {
            touched |= text.is_touched(number);
            conflicts.extend(start.take().filter(|_| separated && touched).map(|start| (start, number)));
        }
    }
    conflicts
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    // Joined here, so that this file has no line that begins with a marker.
    let conflict = ["<<<<<<< HEAD", "a = 1", "=======", "a = 2", ">>>>>>> feature", ""].join("\n");
    vec![
        Example::of("a conflict").edit("a.py", "a = 0\n", &conflict).finds("a.py", 1, "Conflict markers"),
        Example::of("a heading").add("a.rst", "Title\n=======\n"),
        Example::of("a start without an end").add("a.txt", "<<<<<<< HEAD\n=======\n"),
        Example::of("a document about conflicts").add("a.md", &format!("```\n{conflict}```\n")),
        Example::of("a test that writes one")
            .add("a_test.go", &format!("func TestA(t *testing.T) {{\n\twrite(`\n{conflict}`)\n}}\n")),
        Example::of("a conflict in a test").add("a_test.go", &conflict).finds("a_test.go", 1, "Conflict markers"),
        Example::of("here before").edit("a.py", &format!("{conflict}b = 1\n"), &format!("{conflict}b = 2\n")),
        Example::of("on purpose").add("testdata/conflict.txt", &conflict),
    ]
}
