use super::{Failure, table::Table};
use serde::Serialize;
use std::io::{ErrorKind, Write};

/// Where a verb's answer goes: data to stdout, words to stderr.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// `json`: data as JSON.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Data is JSON.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Prints data: as JSON, or as the text that `words` makes of it.
    pub(crate) fn data<T: Serialize>(&self, data: &T, words: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        if !self.json {
            return print(&words(data));
        }
        let text = serde_json::to_string_pretty(data).map_err(|error| Failure::new(error.to_string()))?;
        print(&format!("{text}\n"))
    }

    /// Prints rows: as JSON, or as a table.
    pub(super) fn table<T: Serialize>(&self, data: &T, table: impl FnOnce(&T) -> Table) -> Result<(), Failure> {
        self.data(data, |data| table(data).to_string())
    }

    /// Prints one value on one line, at once: a stream.
    pub(super) fn line<T: Serialize>(&self, data: &T, words: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        if !self.json {
            return print(&format!("{}\n", words(data)));
        }
        let text = serde_json::to_string(data).map_err(|error| Failure::new(error.to_string()))?;
        print(&format!("{text}\n"))
    }

    /// Says something to the person; not with `--json`.
    pub(crate) fn say(&self, words: &str) {
        if !self.json {
            eprintln!("{}", printable(words));
        }
    }
}

fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // The reader has seen enough: `longshore ps | head`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| Failure::new(format!("stdout: {error}"))),
    }
}

/// Text from elsewhere as a terminal may see it: control characters and text direction marks are shown, not obeyed.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let obeyed = character.is_control() && character != '\n'
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if obeyed && character != '\t' {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_that_came_from_elsewhere() {
        assert_eq!(printable("a\x1b[2Jb\r\u{202e}c\u{9b}"), "a\\u{1b}[2Jb\\u{d}\\u{202e}c\\u{9b}");
        assert_eq!(printable("plain\ttext, žluť 🔴\n"), "plain\ttext, žluť 🔴\n");
    }
}
