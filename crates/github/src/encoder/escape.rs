//! One word of prose, without any meaning to Markdown or to whoever reads comments.

use super::{BREAK, verbatim::span};

/// Appends `word`, which holds no white space and no hidden character.
pub(super) fn push_word(out: &mut String, word: &str) {
    if is_address(word) {
        push_span(out, word);
        return;
    }
    let mut before = ['\0'; 2];
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or('\0');
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '!' | '^' => out.extend(['\\', c]),
            _ => out.push(c),
        }
        if is_trigger(before, c, next) {
            out.push(BREAK);
        }
        before = [before[1], c];
    }
}

/// Appends a code span; a break keeps its backticks from joining those before it.
pub(super) fn push_span(out: &mut String, text: &str) {
    if out.ends_with('`') {
        out.push(BREAK);
    }
    out.push_str(&span(text));
}

/// Whether GitHub would make a link of it. As code it stays readable and does nothing.
fn is_address(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    ["://", "www.", "mailto:", "xmpp:"].iter().any(|mark| lower.contains(mark))
}

/// Whether something acts on `c` followed by `next`: a mention (`@name`), a reference (`#1`, `GH-1`).
fn is_trigger(before: [char; 2], c: char, next: char) -> bool {
    match c {
        '@' => next.is_alphanumeric() || next == '_' || next == '-',
        '#' => next.is_numeric(),
        '-' => next.is_numeric() && before.map(|it| it.to_ascii_lowercase()) == ['g', 'h'],
        _ => false,
    }
}
