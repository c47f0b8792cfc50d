//! Text that reads differently than it runs: bidi controls, invisible characters, look-alike letters.

use super::fixes::Edit;
use super::found::Found;
use super::hidden_characters::{Surroundings, is_bidi, is_hidden, is_override, is_typographic, name};
use super::rule::{Change, File, Rule};
use super::text::Text;
use super::{look_alikes, paths};
use protocol::Severity;

pub(super) const RULE: Rule = Rule {
    name: "hidden-text",
    severity: Severity::High,
    catches: "Bidi controls, invisible characters, hidden tags and variation selectors; names that mix in letters of another \
              script which look like Latin ones, or that look like another name of the file. What was merely pasted into a comment or a literal (soft hyphens, zero width spaces) counts as low.",
    leaves: "Joiners and selectors inside emoji and scripts that need them, a byte order mark at the start, line breaks of scripts without spaces, what keeps `*/` from ending a comment, pasted ones in tests; in documents and \
             translations everything but overrides and hidden tags; Greek letters as mathematicians use them; comments and strings, for look-alikes.",
    fixes: "Takes the invisible characters out of code, except where they are all that a literal holds.",
    check,
    #[cfg(test)]
    examples,
};

/// Hidden characters on one line that a patch takes out; with more, the line is made of them.
const EDITS_PER_LINE_MAX: usize = 64;

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    for (file, text) in change.written().filter(|(file, text)| !paths::is_fixture(file.path) && !text.whole.is_ascii())
    {
        let prose = paths::is_prose(file.path);
        for (number, line) in text.touched().filter(|(_, line)| !line.is_ascii()) {
            let places = places(line, prose, number == 1);
            if !places.is_empty() {
                report(file, text, number, &places, prose, found);
            }
        }
        if file.language().is_some() && !prose {
            look_alikes::check(file, text, found);
        }
    }
}

/// Hidden characters of a line that have no business there, with their bytes in it.
fn places(line: &str, prose: bool, first_line: bool) -> Vec<(usize, char)> {
    if !line.chars().any(is_hidden) {
        return Vec::new();
    }
    let surroundings = Surroundings::of(line, prose);
    let mut places = Vec::new();
    let mut before = None;
    let mut characters = line.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let after = characters.peek().map(|(_, after)| *after);
        let byte_order_mark = first_line && at == 0 && character == '\u{feff}';
        if is_hidden(character) && !byte_order_mark && !surroundings.excuse(character, before, after) {
            places.push((at, character));
        }
        before = Some(character);
    }
    places
}

fn report(file: &File<'_>, text: &Text<'_>, number: u32, places: &[(usize, char)], prose: bool, found: &mut Found<'_>) {
    let (line, start) = (text.line(number), text.line_range(number).start);
    let worst = places.iter().max_by_key(|(_, it)| (is_override(*it), is_bidi(*it), !is_typographic(*it)));
    let Some(&(_, worst)) = worst else { return };
    let called = name(worst).unwrap_or("character");
    let title = if is_bidi(worst) {
        format!("Hidden {called}: the line reads differently than it runs")
    } else {
        format!("Invisible {called} (U+{:04X}): the line holds more than it shows", u32::from(worst))
    };
    // What code_only blanked is a comment or a literal.
    let in_code = |at: usize| file.code().as_bytes().get(start + at).is_some_and(|byte| *byte != b' ');
    let pasted = places.iter().all(|(at, it)| is_typographic(*it) && !in_code(*at));
    // What a test is about stands in it.
    if pasted && paths::is_test(file.path) {
        return;
    }
    let Some(draft) = found.at(file, number, if pasted { Severity::Low } else { Severity::High }, title) else {
        return;
    };
    let few = places.len() <= EDITS_PER_LINE_MAX;
    let count = places.len();
    draft.detail = format!("{count} hidden character{} on this line.", if count == 1 { "" } else { "s" });
    if few && places.iter().any(|(at, it)| is_all_of_a_literal(line, *at, *it)) {
        draft.detail.push_str(" If it is meant, write it as an escape, so that a reader sees it.");
    } else if few && !prose {
        let edit = |(at, it): &(usize, char)| Edit::delete(start + at..start + at + it.len_utf8());
        draft.edits = places.iter().map(edit).collect();
    }
}

/// Whether hidden characters are all that stands between two quotes or brackets: taking them out would change a program
/// that is about them.
fn is_all_of_a_literal(line: &str, at: usize, character: char) -> bool {
    let open = line[..at].trim_end_matches(is_hidden);
    let close = line[at + character.len_utf8()..].trim_start_matches(is_hidden);
    open.ends_with(['"', '\'', '`', '[', '/']) && close.starts_with(['"', '\'', '`', ']', '/'])
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    vec![
        Example::of("an override in a comment")
            .edit("src/auth.rs", "a();\n", "a(); /* \u{202e} } if admin */\n")
            .finds("src/auth.rs", 1, "Hidden right-to-left override: the line reads differently than it runs")
            .fixed("a(); /*  } if admin */\n"),
        Example::of("a zero width space in a name")
            .add("a.js", "let a\u{200b}b = 1;\n")
            .finds("a.js", 1, "Invisible zero width space (U+200B)")
            .fixed("let ab = 1;\n"),
        Example::of("a run of selectors that hides bytes").add("a.js", "eval(`\u{fe00}\u{fe01}\u{e0101}`);\n").finds(
            "a.js",
            1,
            "variation selector",
        ),
        Example::of("hidden tags in a document").add("README.md", "Hi\u{e0041}\u{e0042}\n").finds(
            "README.md",
            1,
            "hidden tag",
        ),
        Example::of("a program about them").add("a.py", "s = s.replace('\u{200b}', '')\n").finds(
            "a.py",
            1,
            "zero width space",
        ),
        Example::of("a Cyrillic letter in a name").edit("a.py", "x = 1\n", "x = 1\np\u{430}yload = 2\n").finds(
            "a.py",
            2,
            "Look-alike letter U+0430 in a name that reads `payload`",
        ),
        Example::of("a Cyrillic twin of a name")
            .edit("a.py", "cocoa = 1\n", "cocoa = 1\n\u{441}\u{43e}\u{441}\u{43e}\u{430} = 2\n")
            .finds("a.py", 2, "reads `cocoa`"),
        Example::of("emoji of several parts").add(
            "a.rs",
            "let a = \"👨\u{200d}👩\u{200d}👧 ❤\u{fe0f} 1\u{fe0f}\u{20e3} 🏳\u{fe0f}\u{200d}🌈 ℹ\u{fe0f} ™\u{fe0f}\";\n",
        ),
        Example::of("Persian").add("a.py", "a = 'می\u{200c}خواهم'\nb = '\u{200c}آا'\n"),
        Example::of("a byte order mark").add("a.cs", "\u{feff}class A {}\n"),
        Example::of("Russian in strings, comments and documents")
            .add("a.py", "a = 'ошибка в URLе' # прAво\n")
            .add("b.md", "APIшный сервер\n"),
        Example::of("a Russian name").add("a.py", "сумма = 1\n"),
        Example::of("mathematics").add("a.py", "dα = Δt * µs\n"),
        Example::of("a document's soft hyphens").add("a.md", "Donau\u{ad}dampf\u{200b}schiff\n"),
        Example::of("pasted into a comment")
            .add("a.rs", "// a -\u{ad}but\n")
            .finds("a.rs", 1, "soft hyphen")
            .fixed("// a -but\n"),
        Example::of("what a test is about").add("tests/tags.test.ts", "expect(tag(\"#A\u{200d}B\")).toBe(\"AB\");\n"),
        Example::of("an override in a test")
            .add("tests/a.rs", "a(); // \u{202e}\n")
            .finds("tests/a.rs", 1, "override")
            .fixed("a(); // \n"),
        Example::of("Khmer, where lines may break")
            .add("km.php", "<?php\nreturn ['a' => 'ម៉ោង\u{200b}នៅ\u{200b}\u{200b}លិច'];\n"),
        Example::of("a comment that must not end").add("a.ts", "/**\n * `**\u{200d}/pages/**\u{200b}/`\n */\n"),
        Example::of("a document about them").add("a.md", "| `#\u{200c}foo` | `#A\u{fe0f}B` |\n"),
        Example::of("an untouched line").edit("a.rs", "a\u{200b}\nb\n", "a\u{200b}\nc\n"),
    ]
}
