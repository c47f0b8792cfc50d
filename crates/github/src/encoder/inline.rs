//! One line of prose: code spans survive, everything else is text.

use super::{BREAK, escape, redact, visible};

/// `text` on one line. Meant to stand after words of ours.
pub fn inline(text: &str) -> String {
    encode(text, false)
}

/// `text` as one cell of a table: as [`inline`], and a `|` inside a code span does not end the cell.
pub fn cell(text: &str) -> String {
    encode(text, true)
}

fn encode(text: &str, in_table: bool) -> String {
    let safe = visible(&redact(text));
    let mut out = String::with_capacity(safe.len() + 16);
    let mut pieces = pieces(&safe);
    while let Some(piece) = pieces.next_piece() {
        match piece {
            Piece::Code(code) => {
                let line = code.replace(['\n', '\t'], " ");
                escape::push_span(&mut out, line.trim());
            }
            Piece::Prose(prose) => push_prose(&mut out, prose),
        }
    }
    let out = out.trim().to_owned();
    let out = if in_table { escape_pipes(&out) } else { out };
    if begins_like_markup(&out) { format!("{BREAK}{out}") } else { out }
}

fn push_prose(out: &mut String, prose: &str) {
    if prose.starts_with(char::is_whitespace) {
        out.push(' ');
    }
    for (index, word) in prose.split_whitespace().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        escape::push_word(out, word);
    }
    if prose.ends_with(char::is_whitespace) {
        out.push(' ');
    }
}

/// A table takes `\|` for `|` everywhere, also inside a code span. What [`escape`] escaped stays.
fn escape_pipes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut escaped = false;
    for c in text.chars() {
        if c == '|' && !escaped {
            out.push('\\');
        }
        escaped = c == '\\';
        out.push(c);
    }
    out
}

/// A list, a heading, a quote, a rule, a table or a bot's `/command`, if it stood at the start of a line.
fn begins_like_markup(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii() && !c.is_ascii_alphabetic() && !matches!(c, '`' | '\\' | '&'))
}

enum Piece<'a> {
    Code(&'a str),
    Prose(&'a str),
}

fn pieces(text: &str) -> Pieces<'_> {
    Pieces { rest: text }
}

/// Splits a text at its code spans: a run of backticks up to the next run of the same length.
struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    fn next_piece(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut from = 0;
        while let Some(open) = self.rest[from..].find('`').map(|at| from + at) {
            let length = run_at(self.rest, open);
            if open > 0 && closing(self.rest, open + length, length).is_some() {
                return Some(Piece::Prose(self.take(open)));
            }
            if let Some(close) = closing(self.rest, open + length, length) {
                let code = &self.rest[length..close];
                self.take(close + length);
                return Some(Piece::Code(code));
            }
            from = open + length;
        }
        Some(Piece::Prose(self.take(self.rest.len())))
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }
}

fn run_at(text: &str, at: usize) -> usize {
    text[at..].bytes().take_while(|byte| *byte == b'`').count()
}

/// Where the run of `length` backticks begins that closes a span whose content begins at `from`.
fn closing(text: &str, mut from: usize, length: usize) -> Option<usize> {
    loop {
        let at = from + text[from..].find('`')?;
        let run = run_at(text, at);
        if run == length {
            return Some(at);
        }
        from = at + run;
    }
}
