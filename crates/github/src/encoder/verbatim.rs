//! Verbatim text: fences longer than their content, so that it cannot get out.

use super::{redact, visible};

/// Characters of a fence's language that are kept.
const LANGUAGE_CHARS_MAX: usize = 20;
/// Languages that GitHub does not show but acts on: it offers to apply a suggestion, and draws the others.
const ACTED_ON: [&str; 6] = ["suggestion", "mermaid", "math", "geojson", "topojson", "stl"];

/// `text` as a code span on one line.
pub fn code(text: &str) -> String {
    span(&visible(&redact(text)).replace(['\n', '\t'], " "))
}

/// A code span around text that is safe already.
pub(super) fn span(text: &str) -> String {
    if text.trim().is_empty() {
        return "` `".to_owned();
    }
    let fence = "`".repeat(longest_run(text, '`') + 1);
    // One space on each side is dropped again by the reader's Markdown.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// `text` as a fenced block. A language that is no plain word, or that GitHub acts on, is left out.
pub fn fence(language: &str, text: &str) -> String {
    let acted_on = ACTED_ON.iter().any(|it| it.eq_ignore_ascii_case(language));
    fenced(if acted_on { "" } else { language }, &visible(&redact(text)))
}

/// `text` as a suggestion that a click applies; `None` if it would have to be changed to be shown: what cannot be
/// seen as it is must not be applied as it is.
pub fn suggestion(text: &str) -> Option<String> {
    (visible(text) == text && redact(text) == text).then(|| fenced("suggestion", text))
}

fn fenced(language: &str, text: &str) -> String {
    let plain = language.len() <= LANGUAGE_CHARS_MAX
        && language.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'_'));
    let language = if plain { language } else { "" };
    let fence = "`".repeat((longest_run(text, '`') + 1).max(3));
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}")
}

fn longest_run(text: &str, mark: char) -> usize {
    text.split(|c| c != mark).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_fenced_by_more_backticks_than_it_holds() {
        assert_eq!(code("dbg!"), "`dbg!`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code("two\nlines"), "`two lines`");
        assert_eq!(code(""), "` `");
    }

    #[test]
    fn a_block_cannot_be_closed_from_inside() {
        assert_eq!(fence("rust", "let a;"), "```rust\nlet a;\n```");
        assert_eq!(fence("", "```\n<img>\n```"), "````\n```\n<img>\n```\n````");
        assert_eq!(fence("a b`", "x\n"), "```\nx\n```");
    }

    #[test]
    fn a_block_is_shown_and_never_acted_on() {
        assert_eq!(fence("suggestion", "rm -rf"), "```\nrm -rf\n```");
        assert_eq!(fence("Mermaid", "graph TD"), "```\ngraph TD\n```");
        assert_eq!(fence("math", "x"), "```\nx\n```");
    }

    #[test]
    fn a_suggestion_is_offered_unchanged_or_not_at_all() {
        assert_eq!(suggestion("  let a;").as_deref(), Some("```suggestion\n  let a;\n```"));
        assert_eq!(suggestion("```").as_deref(), Some("````suggestion\n```\n````"));
        assert_eq!(suggestion("let\u{202e} a;"), None);
        assert_eq!(suggestion(&format!("ghp_{}", "a".repeat(36))), None);
    }
}
