//! A JSON reader that says where and why, and names duplicate keys.
//!
//! Hand-written because a person needs the likely cause ("comma before `}`") at the byte where the mistake was made,
//! not where a parser noticed it; no value is built.

use std::collections::HashMap;

/// Nesting beyond which a document is refused rather than followed down the stack.
const DEPTH_MAX: u32 = 256;

/// How strict to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// RFC 8259.
    Strict,
    /// Comments and trailing commas, as editors and compilers take them.
    Commented,
}

/// What a document came to.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// Why it does not parse.
    pub error: Option<JsonError>,
    /// Keys that their object had before.
    pub duplicates: Vec<Duplicate>,
    /// Whether it has comments.
    pub comments: bool,
}

/// A key that its object had before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Duplicate {
    /// The key, unescaped only as far as quotes go.
    pub key: String,
    /// Byte of the first one.
    pub first: usize,
    /// Byte of this one.
    pub at: usize,
}

/// Why and where a document does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JsonError {
    /// Byte where the mistake was made.
    pub at: usize,
    /// Byte where a parser notices it.
    pub noticed: usize,
    /// What is wrong.
    pub cause: Cause,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    TrailingComma(char),
    MissingComma,
    MissingColon,
    MissingValue,
    SingleQuotes,
    BareKey,
    Comment,
    NotANumber,
    BadNumber,
    BadEscape,
    RawControl,
    UnclosedString,
    Unclosed(char),
    Unmatched(char),
    Extra,
    Unexpected(char),
    TooDeep,
    Empty,
}

impl Cause {
    /// A few words for a person.
    pub fn words(self) -> String {
        match self {
            Self::TrailingComma(close) => format!("comma before `{close}`"),
            Self::MissingComma => "a comma is missing here".into(),
            Self::MissingColon => "a `:` is missing after the key".into(),
            Self::MissingValue => "a value is missing".into(),
            Self::SingleQuotes => "strings need double quotes".into(),
            Self::BareKey => "a key needs double quotes".into(),
            Self::Comment => "JSON has no comments".into(),
            Self::NotANumber => "`NaN`, `Infinity`, `undefined` and the like are no JSON".into(),
            Self::BadNumber => "a number is written wrong".into(),
            Self::BadEscape => "an unknown escape in a string".into(),
            Self::RawControl => "a control character inside a string".into(),
            Self::UnclosedString => "a string is not closed".into(),
            Self::Unclosed(open) => format!("`{open}` is never closed"),
            Self::Unmatched(close) => format!("`{close}` does not match what is open"),
            Self::Extra => "something follows the end of the document".into(),
            Self::Unexpected(character) => format!("`{character}` is not expected here"),
            Self::TooDeep => format!("nested deeper than {DEPTH_MAX}"),
            Self::Empty => "the document is empty".into(),
        }
    }
}

/// Reads a whole document.
pub(super) fn parse(text: &str, dialect: Dialect) -> Parsed {
    let text_start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader =
        Reader { text, at: text_start, end_of_last: text_start, dialect, depth: 0, parsed: Parsed::default() };
    let error = reader.document().err();
    Parsed { error, ..reader.parsed }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Byte after the last token, where something missing belongs.
    end_of_last: usize,
    dialect: Dialect,
    depth: u32,
    parsed: Parsed,
}

type Step<T = ()> = Result<T, JsonError>;

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn fail<T>(&self, at: usize, cause: Cause) -> Step<T> {
        Err(JsonError { at, noticed: self.at, cause })
    }

    fn bump(&mut self, bytes: usize) {
        self.at += bytes;
        self.end_of_last = self.at;
    }

    fn document(&mut self) -> Step {
        self.space()?;
        if self.peek().is_none() {
            return self.fail(self.at, Cause::Empty);
        }
        self.value()?;
        self.space()?;
        match self.peek() {
            None => Ok(()),
            Some(close @ ('}' | ']')) => self.fail(self.at, Cause::Unmatched(close)),
            Some(_) => self.fail(self.at, Cause::Extra),
        }
    }

    fn space(&mut self) -> Step {
        loop {
            let rest = &self.text[self.at..];
            self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
            let rest = &self.text[self.at..];
            let length = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                return Ok(());
            };
            self.parsed.comments = true;
            if self.dialect == Dialect::Strict {
                return self.fail(self.at, Cause::Comment);
            }
            self.at += length;
        }
    }

    fn value(&mut self) -> Step {
        match self.peek() {
            Some('{') => self.nested('{', '}'),
            Some('[') => self.nested('[', ']'),
            Some('"') => self.string(),
            Some('\'') => self.fail(self.at, Cause::SingleQuotes),
            Some('-' | '0'..='9') => self.number(),
            Some(character) if character.is_alphabetic() => self.word(),
            Some('}' | ']' | ',' | ':') => self.fail(self.end_of_last, Cause::MissingValue),
            Some(character) => self.fail(self.at, Cause::Unexpected(character)),
            None => self.fail(self.end_of_last, Cause::MissingValue),
        }
    }

    fn word(&mut self) -> Step {
        let rest = &self.text[self.at..];
        let word: String =
            rest.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect();
        match word.as_str() {
            "true" | "false" | "null" => {
                self.bump(word.len());
                Ok(())
            }
            "NaN" | "Infinity" | "undefined" | "None" | "True" | "False" => self.fail(self.at, Cause::NotANumber),
            _ => self.fail(self.at, Cause::Unexpected(word.chars().next().unwrap_or(' '))),
        }
    }

    fn number(&mut self) -> Step {
        let rest = &self.text[self.at..];
        let length = rest
            .find(|character: char| !matches!(character, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'))
            .unwrap_or(rest.len());
        if !is_number(&rest[..length]) {
            return self.fail(self.at, Cause::BadNumber);
        }
        self.bump(length);
        Ok(())
    }

    fn string(&mut self) -> Step {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        loop {
            match bytes.get(at) {
                None | Some(b'\n') => return self.fail(start, Cause::UnclosedString),
                Some(b'"') => break,
                Some(b'\\') => {
                    let known = match bytes.get(at + 1) {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => true,
                        Some(b'u') => {
                            bytes.get(at + 2..at + 6).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
                        }
                        _ => false,
                    };
                    if !known {
                        return self.fail(at, Cause::BadEscape);
                    }
                    at += 2;
                }
                Some(0..=0x1f) => return self.fail(at, Cause::RawControl),
                Some(_) => at += 1,
            }
        }
        self.bump(at + 1 - start);
        Ok(())
    }

    fn nested(&mut self, open: char, close: char) -> Step {
        let start = self.at;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.fail(start, Cause::TooDeep);
        }
        self.bump(1);
        let mut keys = HashMap::new();
        let mut comma = None;
        loop {
            self.space()?;
            match (self.peek(), comma) {
                (Some(character), None) if character == close => break,
                (Some(character), Some(_)) if character == close && self.dialect == Dialect::Commented => break,
                (Some(character), Some(at)) if character == close => return self.fail(at, Cause::TrailingComma(close)),
                (Some(other @ ('}' | ']')), _) => return self.fail(self.at, Cause::Unmatched(other)),
                (None, _) => return self.fail(start, Cause::Unclosed(open)),
                _ => {}
            }
            if open == '{' {
                self.key(&mut keys)?;
            }
            self.value()?;
            self.space()?;
            comma = match self.peek() {
                Some(',') => Some(self.at),
                Some(character) if character == close => None,
                Some(other @ ('}' | ']')) => return self.fail(self.at, Cause::Unmatched(other)),
                Some(_) => return self.fail(self.end_of_last, Cause::MissingComma),
                None => return self.fail(start, Cause::Unclosed(open)),
            };
            if comma.is_some() {
                self.bump(1);
            }
        }
        self.bump(1);
        self.depth -= 1;
        Ok(())
    }

    fn key(&mut self, keys: &mut HashMap<String, usize>) -> Step {
        let at = self.at;
        match self.peek() {
            Some('"') => self.string()?,
            Some('\'') => return self.fail(at, Cause::SingleQuotes),
            Some(character) if character.is_alphanumeric() || character == '_' => return self.fail(at, Cause::BareKey),
            Some(character) => return self.fail(at, Cause::Unexpected(character)),
            None => return self.fail(at, Cause::MissingValue),
        }
        let key = self.text[at + 1..self.at - 1].to_owned();
        if let Some(&first) = keys.get(&key) {
            self.parsed.duplicates.push(Duplicate { key, first, at });
        } else {
            keys.insert(key, at);
        }
        self.space()?;
        if self.peek() != Some(':') {
            return self.fail(self.end_of_last, Cause::MissingColon);
        }
        self.bump(1);
        self.space()
    }
}

/// RFC 8259, section 6.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) =
        text.split_once(['e', 'E']).map_or((text, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let (whole, fraction) =
        mantissa.split_once('.').map_or((mantissa, None), |(whole, fraction)| (whole, Some(fraction)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cause_is_named_where_the_mistake_is() {
        let cases = [
            ("{\"a\": 1,\n}", Cause::TrailingComma('}'), 7),
            ("[1, 2,]", Cause::TrailingComma(']'), 5),
            ("{\"a\": 1\n\"b\": 2}", Cause::MissingComma, 7),
            ("{\"a\" 1}", Cause::MissingColon, 4),
            ("{\"a\": }", Cause::MissingValue, 5),
            ("{'a': 1}", Cause::SingleQuotes, 1),
            ("{a: 1}", Cause::BareKey, 1),
            ("// a\n{}", Cause::Comment, 0),
            ("[NaN]", Cause::NotANumber, 1),
            ("[01]", Cause::BadNumber, 1),
            ("[\"\\x\"]", Cause::BadEscape, 2),
            ("[\"a\n\"]", Cause::UnclosedString, 1),
            ("{\"a\": [1", Cause::Unclosed('['), 6),
            ("{\"a\": [1}", Cause::Unmatched('}'), 8),
            ("{} {}", Cause::Extra, 3),
        ];
        for (text, cause, at) in cases {
            let error = parse(text, Dialect::Strict).error.unwrap();
            assert_eq!((error.cause, error.at), (cause, at), "{text}");
        }
    }

    #[test]
    fn comments_and_trailing_commas_parse_where_they_are_usual() {
        assert_eq!(parse("// a\n{\"a\": [1, /* b */ 2,],}\n", Dialect::Commented).error, None);
    }

    #[test]
    fn duplicate_keys_count_within_one_object() {
        let parsed = parse(r#"{"a": {"a": 1}, "b": 2, "a": 3}"#, Dialect::Strict);
        assert_eq!(parsed.duplicates, [Duplicate { key: "a".into(), first: 1, at: 24 }]);
    }

    #[test]
    fn nesting_is_bounded() {
        assert_eq!(parse(&"[".repeat(100_000), Dialect::Strict).error.unwrap().cause, Cause::TooDeep);
    }

    proptest! {
        #[test]
        fn it_agrees_with_serde_json(text in r#"[\[\]{},:"ab01e.\\ntrue -]{0,24}"#) {
            let ours = parse(&text, Dialect::Strict).error.is_none();
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(ours, theirs, "{}", text);
        }
    }
}
