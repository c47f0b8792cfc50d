//! Shows what a reader would not see: controls, bidirectional overrides, invisible and tag characters.

/// `text` with every hidden character as `U+202E`. Line feeds and tabs stay, `\r\n` becomes `\n`.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            _ if is_hidden(c) => shown.push_str(&format!("U+{:04X}", u32::from(c))),
            _ => shown.push(c),
        }
    }
    shown
}

/// Whether a reader cannot see `c`, or it moves what stands around it.
pub(super) fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        _ => {
            c.is_control()
                || matches!(c,
                    '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                    | '\u{180b}'..='\u{180f}'
                    // Zero-width and direction marks; line and paragraph separator, embeddings and overrides.
                    | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                    // Word joiner, invisible operators, isolates.
                    | '\u{2060}'..='\u{206f}'
                    | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
                    | '\u{1d173}'..='\u{1d17a}'
                    // Tags and further variation selectors carry whole hidden messages. U+FE0F stays: emoji use it.
                    | '\u{fe00}'..='\u{fe0d}' | '\u{e0000}'..='\u{e0fff}')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn hidden_characters_are_named() {
        assert_eq!(visible("if\u{202e} admin\u{2066}"), "ifU+202E adminU+2066");
        assert_eq!(visible("a\u{200b}b\u{feff}c\u{e0041}d"), "aU+200BbU+FEFFcU+E0041d");
        assert_eq!(visible("bell\u{7} esc\u{1b}[31m"), "bellU+0007 escU+001B[31m");
    }

    #[test]
    fn what_a_reader_sees_stays() {
        for text in ["plain", "tab\tand\nlines", "héllo wörld", "日本語", "⚠️ 🔴"] {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn line_ends_become_line_feeds_and_a_lone_return_is_shown() {
        assert_eq!(visible("a\r\nb\rc"), "a\nbU+000Dc");
    }
}
