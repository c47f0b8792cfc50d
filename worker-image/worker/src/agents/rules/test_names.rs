//! The tests of a file, by name, as a dozen frameworks write them.

use super::paths::Language;
use super::{lexis, paths};

/// A test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TestCase {
    /// Its name.
    pub name: String,
    /// Line of its name, from 1.
    pub line: u32,
    /// Whether it is switched off.
    pub skipped: bool,
    /// Its lines, trimmed, the name's own excepted.
    pub body: Vec<String>,
}

/// Lines of a body that are compared; beyond that it is another test by any measure.
const BODY_LINES_MAX: usize = 60;
/// Tests of one file that are looked at; more are not written by a person.
const TESTS_MAX: usize = 1_000;
/// Lines above a name on which its attributes or decorators may stand.
const ATTRIBUTE_LINES_MAX: usize = 8;

/// All tests of a file; empty if the path does not say that it holds any.
pub(super) fn tests(path: &str, text: &str) -> Vec<TestCase> {
    let Some(language) = paths::language(path) else { return Vec::new() };
    if language != Language::Rust && !paths::is_test(path) {
        return Vec::new();
    }
    let code = lexis::code_only(text, language);
    let lines: Vec<_> = text.lines().collect();
    let code: Vec<_> = code.lines().collect();
    let named: Vec<_> =
        (0..code.len().min(lines.len())).filter_map(|at| Some((at, name(language, &code, &lines, at)?))).collect();
    named
        .iter()
        .take(TESTS_MAX)
        .enumerate()
        .map(|(index, (at, (name, marked)))| {
            let next = named.get(index + 1).map_or(lines.len(), |(next, _)| *next).min(at + 1 + BODY_LINES_MAX);
            let attributes = attributes(&code, *at);
            let skipped = *marked || is_skipped(language, &code[attributes..*at], &code[at + 1..next.min(code.len())]);
            let body =
                lines[at + 1..next].iter().map(|line| line.trim().to_owned()).filter(|line| line.len() > 1).collect();
            TestCase { name: name.clone(), line: u32::try_from(at + 1).unwrap_or(u32::MAX), skipped, body }
        })
        .collect()
}

/// The first line of the attributes above a line.
fn attributes(code: &[&str], at: usize) -> usize {
    let above = code[..at].iter().rev().take(ATTRIBUTE_LINES_MAX);
    at - above.take_while(|line| line.trim_start().starts_with(['#', '@'])).count()
}

/// Name of the test that a line declares, and whether the declaration itself switches it off.
fn name(language: Language, code: &[&str], lines: &[&str], at: usize) -> Option<(String, bool)> {
    let line = code[at].trim_start();
    let attributes = || code[attributes(code, at)..at].iter();
    let declared =
        |keyword: &str| lexis::words(line, keyword).next().and_then(|place| word(&line[place + keyword.len()..]));
    match language {
        Language::Rust => {
            let marked = attributes().any(|line| {
                lexis::words(line, "test").next().is_some() || line.contains("#[rstest") || line.contains("#[test_case")
            });
            declared("fn ").filter(|_| marked).map(|name| (name, false))
        }
        Language::Python => declared("def ").filter(|name| name.starts_with("test_")).map(|name| (name, false)),
        Language::Go => {
            line.strip_prefix("func ").and_then(word).filter(|name| name.starts_with("Test")).map(|name| (name, false))
        }
        Language::Php => declared("function ").filter(|name| name.starts_with("test")).map(|name| (name, false)),
        Language::Jvm => {
            let marked = attributes()
                .chain([&code[at]])
                .any(|line| line.contains("@Test") || line.contains("@ParameterizedTest"));
            declared("void ").or_else(|| declared("fun ")).filter(|_| marked).map(|name| (name, false))
        }
        Language::Ruby => declared("def ")
            .filter(|name| name.starts_with("test_"))
            .map(|name| (name, false))
            .or_else(|| titled(line, lines[at], &["it ", "xit "])),
        Language::Elixir => titled(line, lines[at], &["test "]),
        Language::JavaScript => titled(
            line,
            lines[at],
            &[
                "it(",
                "test(",
                "it.only(",
                "test.only(",
                "it.skip(",
                "test.skip(",
                "xit(",
                "xtest(",
                "it.todo(",
                "test.todo(",
            ],
        ),
        _ => None,
    }
}

fn word(text: &str) -> Option<String> {
    let word: String =
        text.trim_start().chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect();
    (!word.is_empty()).then_some(word)
}

/// `it("name"`: the name is in the quotes, which only the original line has.
fn titled(code: &str, line: &str, openings: &[&str]) -> Option<(String, bool)> {
    let opening = openings.iter().find(|opening| code.starts_with(**opening))?;
    let rest = line.trim_start().strip_prefix(opening)?.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    let name = rest[1..].split(quote).next()?;
    Some((name.to_owned(), opening.contains("skip") || opening.starts_with('x') || opening.contains("todo")))
}

fn is_skipped(language: Language, attributes: &[&str], body: &[&str]) -> bool {
    let above =
        |marks: &[&str]| attributes.iter().any(|line| marks.iter().any(|mark| line.trim_start().starts_with(mark)));
    match language {
        Language::Rust => above(&["#[ignore"]),
        // `skipif` depends on where it runs.
        Language::Python => attributes.iter().any(|line| {
            let line = line.trim();
            line.starts_with("@unittest.skip(")
                || line == "@unittest.skip"
                || line.starts_with("@pytest.mark.skip(")
                || line == "@pytest.mark.skip"
        }),
        Language::Jvm => above(&["@Disabled", "@Ignore"]) && !above(&["@DisabledOn", "@DisabledIf"]),
        Language::Elixir => above(&["@tag :skip"]),
        // One tab: not within an `if`.
        Language::Go => body
            .iter()
            .take_while(|line| !line.starts_with('}'))
            .any(|line| line.starts_with("\tt.Skip") || line.starts_with("\tt.SkipNow")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_frameworks_write_them() {
        let cases = [
            (
                "src/a.rs",
                "#[test]\nfn b() {}\n#[tokio::test]\n#[ignore]\nasync fn c() {}\nfn d() {}\n",
                vec![("b", false), ("c", true)],
            ),
            (
                "a.test.ts",
                "it('b c', () => {});\nit.skip(\"d\", f);\nvisit('e');\n// it('f')\n",
                vec![("b c", false), ("d", true)],
            ),
            (
                "test_a.py",
                "def test_b():\n    pass\n@pytest.mark.skip\ndef test_c():\n    pass\ndef helper(): pass\n",
                vec![("test_b", false), ("test_c", true)],
            ),
            (
                "a_test.go",
                "func TestB(t *testing.T) {\n\tif x {\n\t\tt.Skip()\n\t}\n}\nfunc TestC(t *testing.T) {\n\tt.Skip()\n}\n",
                vec![("TestB", false), ("TestC", true)],
            ),
            (
                "ATest.java",
                "@Test\nvoid b() {}\n@Test\n@Disabled\nvoid c() {}\nvoid d() {}\n",
                vec![("b", false), ("c", true)],
            ),
            ("spec/a_spec.rb", "it 'b' do\nend\nxit 'c' do\nend\n", vec![("b", false), ("c", true)]),
        ];
        for (path, text, expected) in cases {
            let found: Vec<_> = tests(path, text).into_iter().map(|test| (test.name, test.skipped)).collect();
            let expected: Vec<_> = expected.into_iter().map(|(name, skipped)| (name.to_owned(), skipped)).collect();
            assert_eq!(found, expected, "{path}");
        }
    }
}
