//! Text that reads differently than it runs: bidi controls, invisible characters, look-alike letters.

use super::fixes::Edit;
use super::found::Found;
use super::paths;
use super::rule::{Change, File, Rule};
use super::text::Text;
use protocol::Severity;
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    name: "hidden-text",
    severity: Severity::High,
    catches: "Bidi controls, invisible characters, hidden tags and variation selectors; names that mix in letters of another \
              script which look like Latin ones, or that look like another name of the file.",
    leaves: "Joiners and selectors inside emoji and scripts that need them, a byte order mark at the start; in documents and \
             translations everything but overrides and hidden tags; Greek letters as mathematicians use them; comments and strings, for look-alikes.",
    fixes: "Takes the invisible characters out of code, except where they are all that a literal holds.",
    check,
    #[cfg(test)]
    examples,
};

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    for (file, text) in change.written().filter(|(file, text)| !paths::is_fixture(file.path) && !text.whole.is_ascii())
    {
        let prose = paths::is_prose(file.path);
        for (number, line) in text.touched().filter(|(_, line)| !line.is_ascii()) {
            invisible(file, text, number, line, prose, found);
        }
        if file.language().is_some() && !prose {
            look_alikes(file, text, found);
        }
    }
}

/// Whether a character is a bidi control or has no shape of its own.
pub(super) fn is_hidden(character: char) -> bool {
    name(character).is_some()
}

fn name(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{202a}' => "left-to-right embedding",
        '\u{202b}' => "right-to-left embedding",
        '\u{202c}' => "end of direction",
        '\u{202d}' => "left-to-right override",
        '\u{202e}' => "right-to-left override",
        '\u{2066}' => "left-to-right isolate",
        '\u{2067}' => "right-to-left isolate",
        '\u{2068}' => "first strong isolate",
        '\u{2069}' => "end of isolate",
        '\u{200e}' | '\u{200f}' | '\u{061c}' => "direction mark",
        '\u{200b}' => "zero width space",
        '\u{200c}' => "zero width non-joiner",
        '\u{200d}' => "zero width joiner",
        '\u{2060}' => "word joiner",
        '\u{feff}' => "zero width no-break space",
        '\u{00ad}' => "soft hyphen",
        '\u{034f}' => "grapheme joiner",
        '\u{180e}' => "vowel separator",
        '\u{2061}'..='\u{2064}' => "invisible operator",
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => "Hangul filler",
        '\u{e0000}'..='\u{e007f}' => "hidden tag",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => "variation selector",
        _ => return None,
    })
}

/// Controls that reorder what a reader sees.
fn is_bidi(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a hidden character does what it was made for, given its neighbours.
fn is_legitimate(character: char, before: Option<char>, after: Option<char>, prose: bool, line: &str) -> bool {
    let foreign = |neighbour: Option<char>| {
        neighbour.is_some_and(|neighbour| u32::from(neighbour) >= 0x590 && !is_hidden(neighbour))
    };
    let emoji = |neighbour: Option<char>| {
        neighbour
            .is_some_and(|neighbour| u32::from(neighbour) >= 0x2190 || neighbour == '\u{a9}' || neighbour == '\u{ae}')
    };
    match character {
        '\u{202d}' | '\u{202e}' => false,
        '\u{200c}' | '\u{200d}' => foreign(before) || before == Some('\u{fe0f}') && emoji(after),
        '\u{200e}' | '\u{200f}' | '\u{061c}' => prose || line.chars().any(is_right_to_left),
        '\u{fe0e}' | '\u{fe0f}' => emoji(before) && !before.is_some_and(is_hidden) || keycap(before),
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => foreign(before),
        '\u{e0020}'..='\u{e007f}' => is_flag(line),
        _ => prose,
    }
}

fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
        && character != '\u{061c}'
}

/// A digit with a selector is half of a keycap emoji.
fn keycap(before: Option<char>) -> bool {
    before.is_some_and(|before| before.is_ascii_digit() || before == '#' || before == '*')
}

/// Whether all hidden tags of a line belong to flags of regions: a black flag and a few letters.
fn is_flag(line: &str) -> bool {
    let tags = line.chars().filter(|character| matches!(character, '\u{e0000}'..='\u{e007f}')).count();
    let flags = line.chars().filter(|character| *character == '\u{1f3f4}').count();
    tags <= flags * 6
}

fn invisible(file: &File<'_>, text: &Text<'_>, number: u32, line: &str, prose: bool, found: &mut Found<'_>) {
    let start = text.line_range(number).start;
    let mut worst: Option<char> = None;
    let mut edits = Vec::new();
    let mut literal_only = false;
    let mut before = None;
    let mut characters = line.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let after = characters.peek().map(|(_, after)| *after);
        let mark = start + at == 0 && character == '\u{feff}';
        if is_hidden(character) && !mark && !is_legitimate(character, before, after, prose, line) {
            literal_only |= is_all_of_a_literal(line, at, character);
            let worse = worst.is_none_or(|worst| {
                !is_override(worst) && (is_override(character) || is_bidi(character) && !is_bidi(worst))
            });
            worst = if worse { Some(character) } else { worst };
            edits.push(Edit::delete(start + at..start + at + character.len_utf8()));
        }
        before = Some(character);
    }
    let Some(character) = worst else { return };
    let called = name(character).unwrap_or("character");
    let title = if is_bidi(character) {
        format!("Hidden {called}: the line reads differently than it runs")
    } else {
        format!("Invisible {called} (U+{:04X}): the line holds more than it shows", u32::from(character))
    };
    if let Some(draft) = found.at(file, number, Severity::High, title) {
        let count = edits.len();
        draft.detail = format!("{count} hidden character{} on this line.", if count == 1 { "" } else { "s" });
        if literal_only {
            draft.detail.push_str(" If it is meant, write it as an escape, so that a reader sees it.");
        }
        draft.edits = if prose || literal_only { Vec::new() } else { edits };
    }
}

fn is_override(character: char) -> bool {
    matches!(character, '\u{202d}' | '\u{202e}')
}

/// Whether hidden characters are all that stands between two quotes or brackets: taking them out would change a program that is about them.
fn is_all_of_a_literal(line: &str, at: usize, character: char) -> bool {
    let open = line[..at].trim_end_matches(is_hidden);
    let close = line[at + character.len_utf8()..].trim_start_matches(is_hidden);
    open.ends_with(['"', '\'', '`', '[', '/']) && close.starts_with(['"', '\'', '`', ']', '/'])
}

/// The Latin letter that a letter of another script cannot be told from; only pairs that common fonts draw alike.
fn latin(character: char) -> Option<char> {
    Some(match character {
        'а' => 'a',
        'с' => 'c',
        'ԁ' => 'd',
        'е' => 'e',
        'һ' => 'h',
        'і' => 'i',
        'ј' => 'j',
        'ӏ' => 'l',
        'о' | 'ο' | 'օ' => 'o',
        'р' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'ս' => 'u',
        'ѵ' => 'v',
        'ԝ' => 'w',
        'х' => 'x',
        'у' => 'y',
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Х' | 'Χ' => 'X',
        'Υ' => 'Y',
        'Ζ' => 'Z',
        _ => return None,
    })
}

fn names(code: &str) -> impl Iterator<Item = &str> {
    code.split(|character: char| !character.is_alphanumeric() && character != '_').filter(|name| !name.is_empty())
}

fn look_alikes(file: &File<'_>, text: &Text<'_>, found: &mut Found<'_>) {
    let ascii: HashSet<&str> = names(file.code()).filter(|name| name.is_ascii()).collect();
    for (number, _) in text.touched().filter(|(_, line)| !line.is_ascii()) {
        let mut said = HashSet::new();
        for name in names(file.code_line(number)).filter(|name| !name.is_ascii()) {
            let Some(letter) = name.chars().find(|letter| latin(*letter).is_some()) else { continue };
            let reads: String = name.chars().map(|letter| latin(letter).unwrap_or(letter)).collect();
            let mixed = name.chars().any(|letter| letter.is_ascii_alphabetic());
            // Every letter looks Latin; a word of another script beside Latin ones has letters that do not.
            let suspicious = reads.is_ascii() && (mixed || ascii.contains(reads.as_str()));
            if suspicious && said.insert(name) {
                let title = format!("Look-alike letter U+{:04X} in a name that reads `{reads}`", u32::from(letter));
                if let Some(draft) = found.at(file, number, Severity::High, title) {
                    draft.detail = format!("It is another name than `{reads}`, and nobody can see that.");
                }
            }
        }
    }
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
        Example::of("emoji of several parts")
            .add("a.rs", "let a = \"👨\u{200d}👩\u{200d}👧 ❤\u{fe0f} 1\u{fe0f}\u{20e3} 🏳\u{fe0f}\u{200d}🌈\";\n"),
        Example::of("Persian").add("a.py", "a = 'می\u{200c}خواهم'\n"),
        Example::of("a byte order mark").add("a.cs", "\u{feff}class A {}\n"),
        Example::of("Russian in strings, comments and documents")
            .add("a.py", "a = 'ошибка в URLе' # прAво\n")
            .add("b.md", "APIшный сервер\n"),
        Example::of("a Russian name").add("a.py", "сумма = 1\n"),
        Example::of("mathematics").add("a.py", "dα = Δt * µs\n"),
        Example::of("a document's soft hyphens").add("a.md", "Donau\u{ad}dampf\u{200b}schiff\n"),
        Example::of("an untouched line").edit("a.rs", "a\u{200b}\nb\n", "a\u{200b}\nc\n"),
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_of_ours_is_blanked_by_mistake() {
        // Look-alikes are searched in code without literals; the table itself is full of them and must not find itself.
        let code = super::super::lexis::code_only(include_str!("hidden_text.rs"), super::super::paths::Language::Rust);
        assert!(super::names(&code).all(str::is_ascii));
    }
}
