//! Which lines of a comment address the bot.

/// Lines of a comment that are looked at.
const LINES_MAX: usize = 1000;

/// A line that addresses the bot.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Addressed {
    /// What stands after the name.
    pub(super) line: String,
    /// The lines after it, to the next one that addresses the bot.
    pub(super) following: String,
}

/// The first `max` lines that address `bot`.
pub(super) fn addressed(body: &str, bot: &str, max: usize) -> Vec<Addressed> {
    let mut found: Vec<Addressed> = Vec::new();
    let mut hidden = Hidden::default();
    for line in body.lines().take(LINES_MAX) {
        match (!hidden.hides(line)).then(|| after_name(line, bot)).flatten() {
            Some(_) if found.len() == max => break,
            Some(rest) => found.push(Addressed { line: rest.trim().to_owned(), following: String::new() }),
            None => {
                if let Some(last) = found.last_mut() {
                    last.following.push_str(line);
                    last.following.push('\n');
                }
            }
        }
    }
    found
}

/// Whether we are in a code block or an HTML comment.
#[derive(Debug, Default)]
struct Hidden {
    fence: Option<(char, usize)>,
    html: bool,
}

impl Hidden {
    /// Takes the next line; true if what it says is code or invisible.
    fn hides(&mut self, line: &str) -> bool {
        if self.html {
            self.html = !line.contains("-->");
            return true;
        }
        if let Some(open) = self.fence {
            if closes(line, open) {
                self.fence = None;
            }
            return true;
        }
        self.fence = opens(line);
        if self.fence.is_none() && line.trim_start().starts_with("<!--") {
            self.html = !line.contains("-->");
            return true;
        }
        self.fence.is_some()
    }
}

/// A fence of at least three backticks or tildes, indented by at most three spaces.
fn opens(line: &str) -> Option<(char, usize)> {
    let text = unindented(line)?;
    let mark = text.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let length = text.chars().take_while(|c| *c == mark).count();
    // A backtick in the rest makes it a code span, not a fence.
    (length >= 3 && !(mark == '`' && text[length..].contains('`'))).then_some((mark, length))
}

fn closes(line: &str, (mark, length): (char, usize)) -> bool {
    let Some(text) = unindented(line) else { return false };
    let text = text.trim_end();
    text.len() >= length && text.chars().all(|c| c == mark)
}

/// The line without up to three spaces; none if it is indented like code.
fn unindented(line: &str) -> Option<&str> {
    let text = line.trim_start_matches(' ');
    (line.len() - text.len() <= 3 && !text.starts_with('\t')).then_some(text)
}

/// What stands after `@<bot>`, if the line begins with it.
fn after_name<'a>(line: &'a str, bot: &str) -> Option<&'a str> {
    let rest = unindented(line)?.strip_prefix('@')?;
    let name = rest.get(..bot.len()).filter(|name| name.eq_ignore_ascii_case(bot))?;
    let rest = &rest[name.len()..];
    let rest = rest.strip_prefix("[bot]").unwrap_or(rest);
    if !rest.is_empty() && !rest.starts_with([' ', '\t', ',', ':']) {
        return None; // `@longshore-fan` is somebody else.
    }
    Some(rest.trim_start_matches([',', ':']))
}
