//! Commands in comments: `@<bot> review`, `approve <id>`, `reject <id>`, `help`.
//!
//! A command counts at the start of a line, outside quotes and code. What is quoted, fenced or merely mentioned is
//! somebody talking about the bot, not to it.

use crate::ids::RequestId;

/// What somebody asked of the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Review the current head.
    Review,
    /// Answer a request with yes.
    Approve(RequestId),
    /// Answer a request with no.
    Reject(RequestId),
    /// List the commands.
    Help,
    /// Addressed to the bot, and not understood.
    Unknown,
}

/// One row of the help: usage, and what it does.
pub const HELP: [(&str, &str); 4] = [
    ("review", "review the current commits, also of a draft"),
    ("approve ID", "answer the open request with yes: push the shown patch, exactly"),
    ("reject ID", "answer the open request with no: nothing is pushed, findings stay open"),
    ("help", "this list"),
];

/// Lines of a comment that are looked at.
const LINES_MAX: usize = 1000;
/// Commands of one comment that are carried out.
const COMMANDS_MAX: usize = 5;

/// The commands of a comment, in order.
pub fn parse(body: &str, bot: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut fence: Option<(char, usize)> = None;
    let mut in_html_comment = false;
    for line in body.lines().take(LINES_MAX) {
        if commands.len() == COMMANDS_MAX {
            break;
        }
        if in_html_comment {
            in_html_comment = !line.contains("-->");
            continue;
        }
        if let Some(open) = fence {
            if closes(line, open) {
                fence = None;
            }
            continue;
        }
        if let Some(opened) = opens(line) {
            fence = Some(opened);
            continue;
        }
        if line.trim_start().starts_with("<!--") {
            in_html_comment = !line.contains("-->");
            continue;
        }
        commands.extend(command_of(line, bot));
    }
    commands
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

fn command_of(line: &str, bot: &str) -> Option<Command> {
    let rest = unindented(line)?.strip_prefix('@')?;
    let name = rest.get(..bot.len()).filter(|name| name.eq_ignore_ascii_case(bot))?;
    let rest = &rest[name.len()..];
    let rest = rest.strip_prefix("[bot]").unwrap_or(rest);
    if !rest.is_empty() && !rest.starts_with([' ', '\t', ',', ':']) {
        return None; // `@longshore-fan` is somebody else.
    }
    let mut words = rest.trim_start_matches([',', ':']).split_whitespace();
    let verb = words.next().map(str::to_ascii_lowercase);
    let id = words.next().map(|word| word.trim_end_matches(['.', ',', '!'])).and_then(RequestId::parse);
    Some(match (verb.as_deref(), id) {
        (Some("review"), _) => Command::Review,
        (Some("approve"), Some(id)) => Command::Approve(id),
        (Some("reject"), Some(id)) => Command::Reject(id),
        (Some("help") | None, _) => Command::Help,
        _ => Command::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> RequestId {
        RequestId(text.into())
    }

    #[test]
    fn commands_stand_at_the_start_of_a_line() {
        assert_eq!(parse("@longshore review", "longshore"), [Command::Review]);
        assert_eq!(parse("hello\n@Longshore approve k7qf2m\nthanks", "longshore"), [Command::Approve(id("K7QF2M"))]);
        assert_eq!(parse("@longshore[bot]: reject K7QF2M.", "longshore"), [Command::Reject(id("K7QF2M"))]);
        assert_eq!(parse("@longshore", "longshore"), [Command::Help]);
        assert_eq!(parse("please @longshore review", "longshore"), []);
    }

    #[test]
    fn quotes_code_and_hidden_text_are_not_commands() {
        for body in [
            "> @longshore review",
            "```\n@longshore review\n```",
            "~~~~\n@longshore review\n~~~\n@longshore review\n~~~~",
            "    @longshore review",
            "\t@longshore review",
            "`@longshore review`",
            "<!-- \n@longshore review\n-->",
            "- @longshore review",
            "@longshore-fan review",
            "@longshorer review",
        ] {
            assert_eq!(parse(body, "longshore"), [], "{body:?}");
        }
    }

    #[test]
    fn an_unclosed_fence_hides_the_rest_and_a_closed_one_does_not() {
        assert_eq!(parse("```\ncode\n```\n@longshore help", "longshore"), [Command::Help]);
        assert_eq!(parse("```rust\n@longshore help", "longshore"), []);
    }

    #[test]
    fn an_answer_without_an_id_is_not_understood() {
        assert_eq!(parse("@longshore approve", "longshore"), [Command::Unknown]);
        assert_eq!(parse("@longshore approve it all", "longshore"), [Command::Unknown]);
    }

    #[test]
    fn a_flood_of_commands_is_bounded() {
        let body = "@longshore review\n".repeat(10_000);
        assert_eq!(parse(&body, "longshore").len(), COMMANDS_MAX);
    }

    #[test]
    fn letters_beyond_ascii_do_not_confuse_the_name() {
        assert_eq!(parse("@löngshore review", "longshore"), []);
        assert_eq!(parse("@ééééééééé review", "longshore"), []);
    }
}
