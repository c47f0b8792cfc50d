//! Tests that went away, or were switched off, while the code they may have guarded changed.

use super::found::Found;
use super::paths::{self, Language};
use super::rule::{Change, File, Rule};
use super::test_names::{self, TestCase};
use super::text::Text;
use super::{lexis, rust_regions};
use protocol::Severity;
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    name: "tests-removed",
    severity: Severity::Low,
    catches: "A test deleted, or switched off (`#[ignore]`, `it.skip`, `@pytest.mark.skip`, `t.Skip`, `@Disabled`, …), in a change that also touches code.",
    leaves: "Tests that moved or were renamed, tests of what is deleted with them; deletions where other tests come or grow (unless the name says that something is refused), where more code goes than comes, or that take a change back (`Revert \"…`); changes of tests only. Whether it is right, a person has to say.",
    fixes: "",
    check,
    #[cfg(test)]
    examples,
};

/// Tests named one by one in a file; above that one finding names the file.
const NAMED_MAX: usize = 3;
/// New tests that a deleted one is compared with.
const FRESH_MAX: usize = 50;
/// Share of its lines, or of the words of its name, in percent, that a renamed test keeps.
const SAME_PERCENT: usize = 60;
/// Tests that lose fewer than this many lines for each that they gain were rewritten.
const GROWTH_MAX: usize = 4;
/// Bytes of a word that says what it is about.
const WORD_BYTES_MIN: usize = 4;

/// How a person or GitHub titles a change that takes another one back.
const REVERT: &str = "Revert \"";

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    // Whoever takes a change back takes its tests back. The author chose the title, but a reviewer reads it too.
    if change.title.starts_with(REVERT) {
        return;
    }
    let ours = |file: &&File<'_>| file.foreign.is_none() && !paths::is_fixture(file.path);
    let lines: Vec<_> = change.files.iter().filter(ours).map(Lines::of).collect();
    let sum = |of: fn(&Lines) -> usize| lines.iter().map(of).sum::<usize>();
    if sum(|lines| lines.code_gained + lines.code_lost) == 0 {
        return;
    }
    let tests_of = |file: &File<'_>, text: &Option<Text<'_>>| {
        text.as_ref().map_or(Vec::new(), |text| test_names::tests(file.path, text.whole))
    };
    let files: Vec<_> = change
        .files
        .iter()
        .filter(ours)
        .map(|file| (file, tests_of(file, &file.old), tests_of(file, &file.new)))
        .collect();
    let kept: HashSet<&str> = files.iter().flat_map(|(_, _, new)| new).map(|test| test.name.as_str()).collect();
    let gone = Gone::of(change);
    let grows = sum(|lines| lines.code_gained) >= sum(|lines| lines.code_lost);
    // Where code goes, or other tests come or grow, a deleted test is what was to be expected.
    let unexpected = grows
        && sum(|lines| lines.tests_gained) * GROWTH_MAX < sum(|lines| lines.tests_lost)
        && !files.iter().any(|(_, old, new)| new.iter().any(|test| is_fresh(test, old)));
    for ((file, old, new), lines) in files.iter().zip(&lines) {
        let fresh: Vec<_> = new.iter().filter(|test| is_fresh(test, old)).collect();
        let deleted: Vec<_> = old
            .iter()
            .filter(|test| {
                !kept.contains(test.name.as_str())
                    && !is_group(test, file)
                    && !fresh.iter().take(FRESH_MAX).any(|other| is_renamed(test, other))
                    && !is_about(test, &gone)
            })
            .collect();
        let stays = grows && !gone.files.contains(subject(file.path));
        if stays && unexpected && lines.tests_gained == 0 {
            report_deleted(file, &deleted, found);
        } else if stays {
            // What must not be possible is not made up for by other tests.
            let guards: Vec<_> = deleted.into_iter().filter(|test| is_guard(test)).collect();
            report_deleted(file, &guards, found);
        }
        for test in new.iter().filter(|test| test.skipped) {
            // Groups of one file may have a test of the same name each.
            let of_this_name = |tests: &[TestCase], skipped| {
                tests.iter().filter(|other| other.name == test.name && other.skipped == skipped).count()
            };
            let fewer_run = of_this_name(old, false) > of_this_name(new, false);
            if fewer_run
                && of_this_name(old, true) < of_this_name(new, true)
                && let Some(draft) = found.at(
                    file,
                    test.line,
                    Severity::Low,
                    format!("Test `{}` is skipped now, the code beside it changed", test.name),
                )
            {
                draft.detail = "It ran before this change. Intended?".to_owned();
            }
        }
    }
}

fn report_deleted(file: &File<'_>, deleted: &[&TestCase], found: &mut Found<'_>) {
    if deleted.len() > NAMED_MAX {
        let title = format!("{} tests deleted, the code beside them changed", deleted.len());
        if let Some(draft) = found.whole(file.path, Severity::Low, title) {
            let names: Vec<_> = deleted.iter().map(|test| format!("`{}`", test.name)).collect();
            draft.detail = format!("{}. Intended?", names.join(", "));
            draft.key = "tests deleted".to_owned();
        }
        return;
    }
    for test in deleted {
        let title = format!("Test `{}` deleted, the code beside it changed", test.name);
        if let Some(draft) = found.whole(file.path, Severity::Low, title) {
            draft.detail = "Nothing of the same name or content is left. Intended?".to_owned();
        }
    }
}

/// Lines that a change brings to a file and takes from it. Only those with a word count: a brace may be either's.
#[derive(Debug, Default)]
struct Lines {
    code_gained: usize,
    code_lost: usize,
    tests_gained: usize,
    tests_lost: usize,
}

impl Lines {
    fn of(file: &File<'_>) -> Self {
        let Some(language) = file.language() else { return Self::default() };
        let count = |text: &Option<Text<'_>>| {
            let Some(text) = text else { return (0, 0) };
            let code = lexis::code_only(text.whole, language);
            let tests = if language == Language::Rust { rust_regions::test_regions(&code) } else { Vec::new() };
            let counts = |number: &u32| {
                code.get(text.line_range(*number)).is_some_and(|line| line.contains(char::is_alphanumeric))
            };
            let lines = text.touched().map(|(number, _)| number).filter(counts);
            let (in_tests, in_code): (Vec<_>, Vec<_>) =
                lines.partition(|number| paths::is_test(file.path) || rust_regions::contains(&tests, *number));
            (in_code.len(), in_tests.len())
        };
        let ((code_gained, tests_gained), (code_lost, tests_lost)) = (count(&file.new), count(&file.old));
        Self { code_gained, code_lost, tests_gained, tests_lost }
    }
}

/// Whether a test says by its name that something is refused.
fn is_guard(test: &TestCase) -> bool {
    const REFUSING: &[&str] = &["rejects", "refuses", "denies", "forbids"];
    words(&test.name).flat_map(|word| word.split('_')).any(|word| REFUSING.contains(&word))
}

fn is_fresh(test: &TestCase, before: &[TestCase]) -> bool {
    before.iter().all(|other| other.name != test.name)
}

fn is_renamed(test: &TestCase, other: &TestCase) -> bool {
    let names =
        |name: &str| words(name).flat_map(|word| word.split('_')).map(str::to_lowercase).collect::<HashSet<_>>();
    let (before, after) = (names(&test.name), names(&other.name));
    let (common, all) = (before.intersection(&after).count(), before.union(&after).count());
    if common > 1 && common * 100 >= all * SAME_PERCENT {
        return true;
    }
    let lines: HashSet<_> = other.body.iter().collect();
    let same = test.body.iter().filter(|line| lines.contains(line)).count();
    !test.body.is_empty() && same * 100 >= test.body.len() * SAME_PERCENT
}

/// Whether the name lives on as that of a group: `it('x')` became `describe('x')`.
fn is_group(test: &TestCase, file: &File<'_>) -> bool {
    let quoted = |quote: char| format!("describe({quote}{}{quote}", test.name);
    file.new.as_ref().is_some_and(|text| ['\'', '"', '`'].iter().any(|quote| text.whole.contains(&quoted(*quote))))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_').filter(|word| !word.is_empty())
}

/// What goes with the code of a change, as far as words say it.
#[derive(Debug, Default)]
struct Gone {
    /// Words of removed lines of code that no changed file of code has any more: what a test of them was about is gone.
    words: HashSet<String>,
    /// Names of files that went, without what follows their first dot.
    files: HashSet<String>,
    /// Parts of all words of removed lines, in lower case: a test named of nothing else went with them.
    parts: HashSet<String>,
}

impl Gone {
    fn of(change: &Change<'_>) -> Self {
        let code = || change.files.iter().filter(|file| !paths::is_test(file.path) && file.language().is_some());
        let mut gone = Self::default();
        for (file, old) in code().filter_map(|file| Some((file, file.old.as_ref()?))) {
            let tests = match file.language() {
                Some(Language::Rust) => rust_regions::test_regions(&lexis::code_only(old.whole, Language::Rust)),
                _ => Vec::new(),
            };
            let lines = old.touched().filter(|(number, _)| !rust_regions::contains(&tests, *number));
            for word in lines.flat_map(|(_, line)| words(line)).filter(|word| word.len() >= WORD_BYTES_MIN) {
                gone.parts.extend(parts(word));
                gone.words.insert(word.to_owned());
            }
        }
        gone.files = code().filter(|file| file.raw.new.is_none()).map(|file| subject(file.path).to_owned()).collect();
        for text in code().filter_map(|file| file.new.as_ref()) {
            for word in words(text.whole) {
                gone.words.remove(word);
            }
        }
        gone
    }
}

/// What a file, or a file of tests by its name, is about: `inbox_service` of `inbox_service_test.go`.
fn subject(path: &str) -> &str {
    let name = paths::file_name(path);
    let stem = name.split('.').next().unwrap_or(name);
    let stem = stem.strip_prefix("test_").unwrap_or(stem);
    ["_test", "_tests", "_spec", "Test", "Tests", "Spec"].iter().find_map(|end| stem.strip_suffix(end)).unwrap_or(stem)
}

/// `mysql_type` is `mysql` and `type`.
fn parts(word: &str) -> impl Iterator<Item = String> + '_ {
    word.split('_').filter(|part| part.len() >= WORD_BYTES_MIN && *part != "test").map(str::to_lowercase)
}

fn is_about(test: &TestCase, gone: &Gone) -> bool {
    let lines = test.body.iter().map(String::as_str).chain([test.name.as_str()]);
    let named: HashSet<_> = words(&test.name).flat_map(parts).collect();
    lines.flat_map(words).any(|word| gone.words.contains(word)) || named.len() > 1 && named.is_subset(&gone.parts)
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    let both = "#[test]\nfn accepts_small() {\n    assert!(upload(1).is_ok());\n}\n\n#[test]\nfn rejects_oversize() {\n    assert!(upload(999).is_err());\n}\n";
    let one = "#[test]\nfn accepts_small() {\n    assert!(upload(1).is_ok());\n}\n";
    let code = |example: Example| {
        example.edit(
            "src/upload.rs",
            "pub fn upload() {}\nconst MAX: u32 = 1;\n",
            "pub fn upload() {}\nconst MAX: u32 = 2;\n",
        )
    };
    vec![
        code(Example::of("deleted").edit("tests/upload.rs", both, one)).finds(
            "tests/upload.rs",
            0,
            "Test `rejects_oversize` deleted, the code beside it changed",
        ),
        code(Example::of("switched off").edit("tests/upload.rs", one, &one.replace("#[test]", "#[test]\n#[ignore]")))
            .finds("tests/upload.rs", 3, "Test `accepts_small` is skipped now"),
        code(Example::of("with its file").delete("tests/upload.rs", one)).finds(
            "tests/upload.rs",
            0,
            "`accepts_small` deleted",
        ),
        code(Example::of("many").delete("a.test.js", "it('a', f)\nit('b', f)\nit('c', f)\nit('d', f)\n")).finds(
            "a.test.js",
            0,
            "4 tests deleted",
        ),
        Example::of("in the file it tests")
            .edit(
                "src/a.rs",
                &format!("fn a() {{ b(1) }}\n#[cfg(test)]\nmod tests {{\n{both}}}\n"),
                &format!("fn a() {{ b(2) }}\n#[cfg(test)]\nmod tests {{\n{one}}}\n"),
            )
            .finds("src/a.rs", 0, "`rejects_oversize` deleted"),
        Example::of("only tests changed").edit("tests/upload.rs", both, one).edit("README.md", "a\n", "b\n"),
        Example::of("only tests of a source file changed").edit(
            "src/a.rs",
            &format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{both}}}\n"),
            &format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{one}}}\n"),
        ),
        code(
            Example::of("moved")
                .edit("tests/upload.rs", both, one)
                .add("tests/size.rs", &both[both.find("#[test]\nfn rejects").unwrap()..]),
        ),
        code(Example::of("renamed").edit("tests/upload.rs", both, &both.replace("rejects_oversize", "rejects_large"))),
        code(Example::of("rewritten under a longer name").edit(
            "test_a.py",
            "def test_from_env():\n    a = 1\n    b = 2\n",
            "def test_config_from_env():\n    c = 1\n    d = 2\n",
        )),
        code(Example::of("made a group").edit("a.test.js", "it('a b', f)\n", "describe('a b', g)\n")),
        code(Example::of("another test comes, but not for what was refused").edit(
            "tests/upload.rs",
            both,
            &format!("{one}\n#[test]\nfn streams() {{\n    assert!(stream(7).is_empty());\n}}\n"),
        ))
        .finds("tests/upload.rs", 0, "`rejects_oversize` deleted"),
        code(Example::of("another test comes for one that refuses nothing").edit(
            "tests/upload.rs",
            &both.replace("rejects_oversize", "keeps_oversize"),
            &format!("{one}\n#[test]\nfn streams() {{\n    assert!(stream(7).is_empty());\n}}\n"),
        )),
        code(Example::of("what it took back is taken back with its test").edit("tests/upload.rs", both, one))
            .titled("Revert \"Reject what is too large\""),
        code(Example::of("its check went into another test").edit(
            "tests/upload.rs",
            &both.replace("rejects_oversize", "keeps_oversize"),
            &one.replace("}", "    assert!(upload(1000).is_err());\n}"),
        )),
        Example::of("more code goes than comes")
            .edit(
                "src/upload.rs",
                "pub fn upload() {\n    check();\n    limit();\n}\n",
                "pub fn upload() {\n    check();\n}\n",
            )
            .edit("tests/upload.rs", both, one),
        Example::of("its subject is deleted too")
            .edit("src/upload.rs", "pub fn upload() {}\npub fn b() {}\n", "pub fn b() {}\n")
            .edit("tests/upload.rs", both, "use a;\n"),
        code(Example::of("another of the same name is skipped and was before").edit(
            "a.test.js",
            "describe('a', f)\nit('c', f)\ndescribe('b', f)\nit.skip('c', f)\n",
            "describe('a', f)\nit('c', g)\ndescribe('b', f)\nit.skip('c', f)\n",
        )),
        Example::of("the file it is about is deleted too")
            .delete("api/inbox_service.go", "func UpdateInbox() {}\n")
            .edit(
                "api/store.go",
                "func A() { UpdateInbox(1) }\n",
                "func A() { UpdateInbox(2) }\nfunc B() { more(3) }\n",
            )
            .delete("api/test/inbox_service_test.go", "func TestUpdateInbox(t *testing.T) {\n\tUpdateInbox()\n}\n"),
        Example::of("it is named of what went")
            .edit(
                "src/a.rs",
                "fn a() { b(mysql_type).or(mariadb_type) }\nfn c() {}\n",
                "fn a() { b(mariadb_type) }\nfn c() { mysql_type }\n",
            )
            .edit("src/tests/a.rs", "#[test]\nfn mysql_type_for_mariadb() {\n    d();\n}\n", "use d;\n"),
        Example::of("what it names is gone")
            .edit("lib/base.rb", "set :server, %w[webrick puma]\n", "set :server, %w[puma]\n")
            .edit("test/settings_test.rb", "it 'includes webrick' do\n  a\nend\n", ""),
        code(Example::of("skipped before").edit(
            "tests/a.rs",
            "#[test]\n#[ignore]\nfn a() {}\n",
            "#[test]\n#[ignore]\nfn a() { b() }\n",
        )),
    ]
}
