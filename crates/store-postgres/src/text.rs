//! Texts that PostgreSQL cannot store. `text` holds every character but U+0000, and one such character in a title or a
//! log line would fail its whole batch, again and again. So U+0000 is written as two characters, and so is the one that
//! marks it. The order of texts, what they begin with and what they contain stay as they were, so that keys are found and
//! sorted as on any other store.

use std::borrow::Cow;

const NUL: char = '\0';
/// Begins a pair.
const MARK: char = '\u{1}';
/// Second of a pair: it stood for U+0000.
const WAS_NUL: char = '\u{1}';
/// Second of a pair: it stood for itself.
const WAS_MARK: char = '\u{2}';

/// Texts as they are stored, of one column.
pub(crate) type Texts<'a> = [Cow<'a, str>];

/// As it is stored.
pub(crate) fn stored(text: &str) -> Cow<'_, str> {
    // Two searches of whole words are quicker than one byte by byte; every text of every row comes by here.
    if !text.as_bytes().contains(&(NUL as u8)) && !text.as_bytes().contains(&(MARK as u8)) {
        return Cow::Borrowed(text);
    }
    let mut stored = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            NUL => stored.extend([MARK, WAS_NUL]),
            MARK => stored.extend([MARK, WAS_MARK]),
            other => stored.push(other),
        }
    }
    Cow::Owned(stored)
}

/// As it was before [`stored`].
pub(crate) fn original(text: String) -> String {
    if !text.contains(MARK) {
        return text;
    }
    let mut original = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, (character == MARK).then(|| characters.next()).flatten()) {
            (MARK, Some(WAS_NUL)) => original.push(NUL),
            (MARK, Some(WAS_MARK)) => original.push(MARK),
            // Not ours; kept as it is.
            (character, second) => original.extend([Some(character), second].into_iter().flatten()),
        }
    }
    original
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_none_is_stored_with_a_nul() {
        for text in ["", "plain", "a\0b", "\u{1}", "\0\0\u{1}\u{2}", "ends with \u{1}", "é\0ü"] {
            let as_stored = stored(text).into_owned();
            assert!(!as_stored.contains('\0'), "{text:?}");
            assert_eq!(original(as_stored), text, "{text:?}");
        }
        assert!(matches!(stored("plain"), Cow::Borrowed(_)), "the usual text is not copied");
    }

    #[test]
    fn order_and_beginnings_stay() {
        let mut texts = ["a\0", "a\u{1}", "a", "a\u{2}", "a\0b", "b", "", "\0", "\u{1}\u{1}"].map(str::to_owned);
        texts.sort();
        assert!(texts.iter().map(|text| stored(text).into_owned()).is_sorted());
        for (text, beginning) in [("a\0b", "a\0"), ("a\u{1}b", "a\u{1}"), ("a\0b", "a")] {
            assert!(stored(text).starts_with(&*stored(beginning)));
        }
    }
}
