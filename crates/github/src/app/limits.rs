//! What GitHub takes, seen to on our side: it may answer 5xx for a field that is too long.

use crate::encoder::cut;

/// Characters of a summary, a review's body or a comment.
pub(super) const BODY_CHARS_MAX: usize = 65_535;
/// Buttons of a check run.
pub(super) const ACTIONS_MAX: usize = 3;
/// Characters of a button's label, and of its identifier.
pub(super) const ACTION_LABEL_CHARS_MAX: usize = 20;
/// Characters of a button's description.
pub(super) const ACTION_DESCRIPTION_CHARS_MAX: usize = 40;
/// Annotations of one request.
pub(super) const ANNOTATIONS_PER_REQUEST: usize = 50;
/// Characters of a title.
pub(super) const TITLE_CHARS_MAX: usize = 255;
/// Characters of an annotation's message: 64 KB, if each has four bytes.
pub(super) const MESSAGE_CHARS_MAX: usize = 16_000;

const SHORTENED: &str = "\n\n(shortened: longer than GitHub takes)";

/// `text` within `chars_max`, with a note if it was shortened. A fence that the cut left open is closed.
pub(super) fn fit(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let room = chars_max.saturating_sub(SHORTENED.len() + FENCE_ROOM);
    let mut kept = cut(text, room);
    if let Some(fence) = open_fence(&kept) {
        kept.push('\n');
        kept.push_str(&fence);
    }
    kept.push_str(SHORTENED);
    kept
}

/// Characters kept free to close a fence.
const FENCE_ROOM: usize = 200;

fn open_fence(text: &str) -> Option<String> {
    let mut open: Option<String> = None;
    for line in text.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &open {
            Some(fence) if ticks.len() >= fence.len() && ticks.len() == line.len() => open = None,
            None if ticks.len() >= 3 && !line[ticks.len()..].contains('`') => open = Some(ticks),
            _ => {}
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn text_that_fits_stays_and_longer_text_says_so() {
        assert_eq!(fit("short", 100), "short");
        let fitted = fit(&"ä".repeat(1000), 500);
        assert!(fitted.chars().count() <= 500);
        assert!(fitted.ends_with("(shortened: longer than GitHub takes)"));
    }

    #[test]
    fn a_fence_that_was_cut_is_closed() {
        let fitted = fit(&format!("````diff\n{}", "+x\n".repeat(500)), 500);
        assert!(fitted.contains("\n````\n\n(shortened"), "{fitted}");
    }
}
