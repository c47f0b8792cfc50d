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
    leaves: "Tests that moved or were renamed, tests of what is deleted with them, changes of tests only. Whether it is right, a person has to say.",
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
/// Words after which something is defined, in any of the languages.
const DEFINING: &[&str] = &[
    "fn",
    "def",
    "class",
    "function",
    "struct",
    "enum",
    "trait",
    "const",
    "static",
    "type",
    "func",
    "interface",
    "let",
    "module",
    "void",
    "fun",
    "mod",
];

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    let ours = |file: &&File<'_>| file.foreign.is_none() && !paths::is_fixture(file.path);
    if !change.files.iter().filter(ours).any(touches_code) {
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
    let gone = removed_definitions(change);
    for (file, old, new) in &files {
        let fresh: Vec<_> = new.iter().filter(|test| old.iter().all(|before| before.name != test.name)).collect();
        let deleted: Vec<_> = old
            .iter()
            .filter(|test| {
                !kept.contains(test.name.as_str())
                    && !is_group(test, file)
                    && !fresh.iter().take(FRESH_MAX).any(|other| is_renamed(test, other))
                    && !is_about(test, &gone)
            })
            .collect();
        report_deleted(file, &deleted, found);
        for test in new.iter().filter(|test| test.skipped) {
            let ran_before = old.iter().any(|before| before.name == test.name && !before.skipped);
            if ran_before
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

/// Whether the change touches code that is no test.
fn touches_code(file: &File<'_>) -> bool {
    if file.language().is_none() || paths::is_test(file.path) || file.new.is_none() {
        return false;
    }
    let code = |text: &Option<Text<'_>>| {
        let Some(text) = text else { return false };
        let code = file.language().map_or(String::new(), |language| lexis::code_only(text.whole, language));
        let tests =
            if file.language() == Some(Language::Rust) { rust_regions::test_regions(&code) } else { Vec::new() };
        text.touched()
            .filter(|(number, _)| !rust_regions::contains(&tests, *number))
            .any(|(number, _)| code.get(text.line_range(number)).is_some_and(|line| !line.trim().is_empty()))
    };
    code(&file.new) || code(&file.old)
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

/// Names that removed lines of code defined and no changed file defines any more.
fn removed_definitions(change: &Change<'_>) -> HashSet<String> {
    let code = || change.files.iter().filter(|file| !paths::is_test(file.path) && file.language().is_some());
    let mut gone: HashSet<String> = code()
        .filter_map(|file| file.old.as_ref())
        .flat_map(|old| old.touched().collect::<Vec<_>>())
        .flat_map(|(_, line)| defined(line))
        .collect();
    for text in code().filter_map(|file| file.new.as_ref()) {
        for name in text.lines().flat_map(|(_, line)| defined(line)) {
            gone.remove(&name);
        }
    }
    gone
}

fn defined(line: &str) -> Vec<String> {
    let words: Vec<_> = words(line).collect();
    words.windows(2).filter(|pair| DEFINING.contains(&pair[0])).map(|pair| pair[1].to_owned()).collect()
}

fn is_about(test: &TestCase, gone: &HashSet<String>) -> bool {
    !gone.is_empty() && test.body.iter().any(|line| words(line).any(|word| gone.contains(word)))
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
        Example::of("its subject is deleted too")
            .edit("src/upload.rs", "pub fn upload() {}\npub fn b() {}\n", "pub fn b() {}\n")
            .edit("tests/upload.rs", both, "use a;\n"),
        code(Example::of("skipped before").edit(
            "tests/a.rs",
            "#[test]\n#[ignore]\nfn a() {}\n",
            "#[test]\n#[ignore]\nfn a() { b() }\n",
        )),
    ]
}
