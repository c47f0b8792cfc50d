//! Code without its comments and literals, byte for byte in the same place.
//!
//! No rule may speak about a word in a string or a comment. This is no lexer of any language but what a dozen have in
//! common; where it errs, it blanks too much, and a rule stays silent.

use super::paths::Language;

/// How a language writes what is not code.
struct Manner {
    line_comments: &'static [&'static str],
    block_comments: bool,
    nested_comments: bool,
    /// Quotes, longest first, and whether such a literal may span lines.
    quotes: &'static [(&'static str, bool)],
}

const SLASHES: &[&str] = &["//"];
const HASH: &[&str] = &["#"];
const PLAIN: &[(&str, bool)] = &[("\"", false), ("'", false)];
const TRIPLE: &[(&str, bool)] = &[("\"\"\"", true), ("'''", true), ("\"", false), ("'", false)];

fn manner(language: Language) -> Manner {
    let manner = |line_comments, block_comments, quotes| Manner {
        line_comments,
        block_comments,
        nested_comments: language == Language::Rust,
        quotes,
    };
    match language {
        Language::Rust => manner(SLASHES, true, &[("\"", true)]),
        Language::JavaScript | Language::CFamily => manner(SLASHES, true, PLAIN),
        Language::Jvm => manner(SLASHES, true, TRIPLE),
        Language::Go => manner(SLASHES, true, &[("`", true), ("\"", false), ("'", false)]),
        Language::Php => manner(&["//", "#"], true, &[("\"", true), ("'", true)]),
        Language::Python | Language::Elixir => manner(HASH, false, TRIPLE),
        Language::Ruby => manner(HASH, false, PLAIN),
        Language::Shell => manner(HASH, false, &[("\"", true), ("'", true)]),
    }
}

/// `text` with comments and the insides of literals replaced by spaces; line feeds stay.
pub(super) fn code_only(text: &str, language: Language) -> String {
    let mut scan =
        Scan { bytes: text.as_bytes(), at: 0, code: Vec::with_capacity(text.len()), language, braces: Vec::new() };
    let manner = manner(language);
    while scan.at < scan.bytes.len() {
        scan.step(&manner);
    }
    // Only whole characters were blanked; should that ever fail, no code is a silent rule and not a wrong one.
    String::from_utf8(scan.code).unwrap_or_default()
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    code: Vec<u8>,
    language: Language,
    /// Open braces within each `${` of a JavaScript template that we are in.
    braces: Vec<u32>,
}

impl Scan<'_> {
    fn rest_starts_with(&self, word: &str) -> bool {
        self.bytes[self.at..].starts_with(word.as_bytes())
    }

    fn keep(&mut self, count: usize) {
        let end = (self.at + count).min(self.bytes.len());
        self.code.extend_from_slice(&self.bytes[self.at..end]);
        self.at = end;
    }

    fn blank(&mut self, count: usize) {
        let end = (self.at + count).min(self.bytes.len());
        let blanked = self.bytes[self.at..end].iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' });
        self.code.extend(blanked);
        self.at = end;
    }

    fn step(&mut self, manner: &Manner) {
        if manner.line_comments.iter().any(|open| self.rest_starts_with(open)) && self.comment_may_start() {
            return self.blank_line();
        }
        if manner.block_comments && self.rest_starts_with("/*") {
            return self.block_comment(manner.nested_comments);
        }
        let taken = match self.language {
            Language::Rust => self.rust_literal(),
            Language::JavaScript => self.javascript_literal(),
            _ => false,
        };
        if taken {
            return;
        }
        match manner.quotes.iter().find(|(quote, _)| self.rest_starts_with(quote)) {
            Some((quote, spans)) => self.literal(quote, *spans, true),
            None => self.keep(1),
        }
    }

    /// In a shell, `#` opens a comment only at the start of a word.
    fn comment_may_start(&self) -> bool {
        let before = self.at.checked_sub(1).map_or(b' ', |before| self.bytes[before]);
        self.language != Language::Shell || before.is_ascii_whitespace() || before == b';'
    }

    fn blank_line(&mut self) {
        let length = self.bytes[self.at..].iter().take_while(|byte| **byte != b'\n').count();
        self.blank(length);
    }

    fn block_comment(&mut self, nested: bool) {
        let mut depth = 0_u32;
        while self.at < self.bytes.len() {
            if self.rest_starts_with("/*") && (nested || depth == 0) {
                depth += 1;
                self.blank(2);
            } else if self.rest_starts_with("*/") {
                depth -= 1;
                self.blank(2);
                if depth == 0 {
                    return;
                }
            } else {
                self.blank(1);
            }
        }
    }

    fn literal(&mut self, quote: &str, spans: bool, escapes: bool) {
        self.keep(quote.len());
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'\\' if escapes => self.blank(2),
                b'\n' if !spans => return,
                _ if self.rest_starts_with(quote) => return self.keep(quote.len()),
                _ => self.blank(1),
            }
        }
    }

    fn rust_literal(&mut self) -> bool {
        let rest = &self.bytes[self.at..];
        let in_word = self.at > 0 && is_word(self.bytes[self.at - 1]);
        if rest[0] == b'r' && (!in_word || self.bytes[self.at - 1] == b'b' || self.bytes[self.at - 1] == b'c') {
            let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
            if rest.get(1 + hashes) == Some(&b'"') {
                self.keep(1 + hashes);
                let close = format!("\"{}", "#".repeat(hashes));
                self.keep(1);
                while self.at < self.bytes.len() && !self.rest_starts_with(&close) {
                    self.blank(1);
                }
                self.keep(close.len());
                return true;
            }
        }
        if rest[0] == b'\'' {
            // A lifetime has no closing quote after one character.
            let width = rest.get(1).map_or(1, |byte| match byte {
                0xf0.. => 4,
                0xe0.. => 3,
                0xc0.. => 2,
                _ => 1,
            });
            if rest.get(1) == Some(&b'\\') || rest.get(1 + width) == Some(&b'\'') {
                self.literal("'", false, true);
            } else {
                self.keep(1);
            }
            return true;
        }
        false
    }

    fn javascript_literal(&mut self) -> bool {
        match self.bytes[self.at] {
            b'`' => {
                self.keep(1);
                self.template();
            }
            b'{' if !self.braces.is_empty() => {
                self.braces.iter_mut().next_back().into_iter().for_each(|open| *open += 1);
                self.keep(1);
            }
            b'}' if self.braces.last() == Some(&0) => {
                self.braces.pop();
                self.keep(1);
                self.template();
            }
            b'}' if !self.braces.is_empty() => {
                self.braces.iter_mut().next_back().into_iter().for_each(|open| *open -= 1);
                self.keep(1);
            }
            b'/' if self.regex_may_start() => self.regex(),
            _ => return false,
        }
        true
    }

    fn template(&mut self) {
        while self.at < self.bytes.len() {
            if self.rest_starts_with("${") {
                self.braces.push(0);
                return self.keep(2);
            }
            match self.bytes[self.at] {
                b'\\' => self.blank(2),
                b'`' => return self.keep(1),
                _ => self.blank(1),
            }
        }
    }

    fn regex_may_start(&self) -> bool {
        let before = self.code.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        before.is_none_or(|byte| b"(,=:[!&|?{};\n+".contains(byte))
    }

    fn regex(&mut self) {
        self.keep(1);
        let mut in_class = false;
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'\\' => {
                    self.blank(2);
                    continue;
                }
                b'\n' => return,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => return self.keep(1),
                _ => {}
            }
            self.blank(1);
        }
    }
}

/// Whether a byte can be part of a name.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Places where `word` stands by itself: no letter, digit or `_` on either side that would make it another word.
pub(super) fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bytes = code.as_bytes();
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let end = at + word.len();
        let opens = !word.as_bytes().first().copied().is_some_and(is_word);
        let closes = !word.as_bytes().last().copied().is_some_and(is_word);
        (opens || *at == 0 || !is_word(bytes[at - 1])) && (closes || end >= bytes.len() || !is_word(bytes[end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_become_spaces_in_place() {
        let cases = [
            (Language::Rust, "a(\"x\\\"y\"); // z", "a(\"    \");     "),
            (Language::Rust, "fn f<'a>(c: &'a str) { '\"' }", "fn f<'a>(c: &'a str) { ' ' }"),
            (Language::Rust, "r#\"a\"b\"# c /* d /* e */ f */ g", "r#\"   \"# c                   g"),
            (Language::JavaScript, "a(`x${ {b} }y`, /'/) // c", "a(` ${ {b} } `, / /)     "),
            (Language::Python, "a = '''b\nc''' # d", "a = ''' \n '''    "),
            (Language::Shell, "a$# 'b' # c", "a$# ' '    "),
        ];
        for (language, text, code) in cases {
            assert_eq!(code_only(text, language), code, "{text}");
        }
    }

    #[test]
    fn words_stand_by_themselves() {
        assert_eq!(words("dbg!(a) xdbg!(b) dbg!(c)", "dbg!(").collect::<Vec<_>>(), [0, 17]);
        assert_eq!(words("adebugger debugger;", "debugger").collect::<Vec<_>>(), [10]);
    }
}
