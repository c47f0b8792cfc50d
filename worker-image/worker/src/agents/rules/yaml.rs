//! YAML: whether it parses, and which keys a mapping has twice.

use saphyr_parser::{Event, Parser, StrInput};
use std::collections::HashMap;

/// Nesting beyond which duplicates are not followed.
const DEPTH_MAX: usize = 256;

/// What a text came to.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// Why it does not parse.
    pub error: Option<YamlError>,
    /// Scalar keys that their mapping had before.
    pub duplicates: Vec<Duplicate>,
}

/// Why and where a text does not parse.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct YamlError {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// The parser's words.
    pub words: String,
}

/// A key that its mapping had before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Duplicate {
    /// The key.
    pub key: String,
    /// Line of the first one, from 1.
    pub first_line: u32,
    /// Line of this one, from 1.
    pub line: u32,
}

/// An open collection.
enum Open {
    Sequence,
    Mapping { keys: HashMap<String, u32>, key_is_next: bool },
}

/// Reads all documents of a text.
pub(super) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut open: Vec<Open> = Vec::new();
    let mut parser: Parser<'_, StrInput<'_>> = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let (event, span) = match next {
            Ok(next) => next,
            Err(error) => {
                let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
                let words = error.info().to_owned();
                let (line, column) =
                    (number(error.marker().line()).max(1), number(error.marker().col()).saturating_add(1));
                parsed.error = Some(YamlError { line, column, words });
                return parsed;
            }
        };
        let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
        match event {
            Event::Scalar(value, ..) => {
                if let Some(key) = turn(&mut open)
                    && value != "<<"
                {
                    note_key(key, &value, line, &mut parsed);
                }
            }
            Event::Alias(_) => {
                turn(&mut open);
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                turn(&mut open);
                let mapping = matches!(event, Event::MappingStart(..)) && open.len() < DEPTH_MAX;
                open.push(if mapping {
                    Open::Mapping { keys: HashMap::new(), key_is_next: true }
                } else {
                    Open::Sequence
                });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
            }
            _ => {}
        }
    }
    parsed
}

/// A node begins: if it is a key, gives the keys so far; from then on its mapping waits for the other of key and value.
fn turn(open: &mut [Open]) -> Option<&mut HashMap<String, u32>> {
    match open.last_mut() {
        Some(Open::Mapping { keys, key_is_next }) => {
            *key_is_next = !*key_is_next;
            (!*key_is_next).then_some(keys)
        }
        _ => None,
    }
}

fn note_key(keys: &mut HashMap<String, u32>, key: &str, line: u32, parsed: &mut Parsed) {
    match keys.get(key) {
        Some(&first_line) => parsed.duplicates.push(Duplicate { key: key.to_owned(), first_line, line }),
        None => {
            keys.insert(key.to_owned(), line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_count_within_one_mapping() {
        let parsed = parse("a: {x: 1}\nb:\n  - x: 1\n  - x: 2\n? [a]\n: 1\na: 2\n<<: 1\n<<: 2\n---\na: 1\n");
        assert_eq!(parsed.error, None);
        assert_eq!(parsed.duplicates, [Duplicate { key: "a".into(), first_line: 1, line: 7 }]);
    }

    #[test]
    fn an_error_has_its_place() {
        let error = parse("a: 1\nb: [1, 2\nc: 3\n").error.unwrap();
        assert!(error.line >= 2, "{error:?}");
    }
}
