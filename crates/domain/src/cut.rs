//! Words of others, such as a failure's reason, bounded before they are stored and shown: at the end of a word, and marked, so
//! that nobody takes half a sentence for a whole one.

/// Characters of why something did not work, as checks and replies say it.
pub const WHY_CHARS_MAX: usize = 300;

/// At most `chars_max` characters of `text`. What was cut off is marked with `…` after the last whole word; where a single word
/// is as long as half of what there is room for, the mark comes within it.
pub fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let Some(room) = chars_max.checked_sub(1) else { return String::new() };
    let end = text.char_indices().nth(room).map_or(text.len(), |(at, _)| at);
    let whole = text[..end].rfind(char::is_whitespace).filter(|_| !text[end..].starts_with(char::is_whitespace));
    let end = whole.filter(|at| text[..*at].chars().count() >= room / 2).unwrap_or(end);
    let kept = text[..end].trim_end_matches(|it: char| it.is_whitespace() || matches!(it, ',' | ';' | ':' | '(' | '…'));
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn what_is_too_long_ends_with_a_whole_word_and_a_mark() {
        let told = "the volume is full: remove something, or take more room";
        assert_eq!(cut(told, 55), told);
        assert_eq!(cut(told, 54), "the volume is full: remove something, or take more…");
        assert_eq!(cut(told, 51), "the volume is full: remove something, or take more…");
        assert_eq!(cut(told, 50), "the volume is full: remove something, or take…");
        assert_eq!(cut(told, 40), "the volume is full: remove something…");
    }

    #[test]
    fn what_was_cut_before_is_not_cut_within_its_mark() {
        let once = cut("one two three four five six", 20);
        assert_eq!(once, "one two three four…");
        assert_eq!((cut(&once, 20), cut(&once, 18)), (once.clone(), "one two three…".to_owned()));
    }

    #[test]
    fn a_word_without_an_end_is_cut_between_characters() {
        assert_eq!(cut("äöüßäöüß", 4), "äöü…");
        assert_eq!(cut("at /a/path/that/goes/on/and/on", 12), "at /a/path/…");
        assert_eq!((cut("ab", 1), cut("ab", 0)), ("…".to_owned(), String::new()));
    }
}
