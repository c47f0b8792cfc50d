use super::*;

fn id(text: &str) -> RequestId {
    RequestId(text.into())
}

fn question(text: &str) -> Command {
    Command::Question { text: text.into() }
}

fn one(body: &str) -> Command {
    let mut commands = parse(body, "longshore");
    assert_eq!(commands.len(), 1, "{body:?}: {commands:?}");
    commands.remove(0)
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
fn each_command_is_read_as_it_is_written() {
    for (words, command) in [
        ("review", Command::Review),
        ("review the last commit", Command::Review),
        ("Cancel!", Command::Cancel),
        ("cancel this, please", Command::Cancel),
        ("pause", Command::Pause),
        ("resume now", Command::Resume),
        ("explain?", Command::Explain),
        ("reminders", Command::Reminders),
        ("cancel reminder R7.", Command::CancelReminder("R7".into())),
        ("help", Command::Help),
        ("remind me in 2 days  to check", Command::Remind { text: "me in 2 days  to check".into() }),
        ("remind", Command::Remind { text: String::new() }),
    ] {
        assert_eq!(one(&format!("@longshore {words}")), command, "{words:?}");
    }
}

#[test]
fn a_sentence_that_only_begins_like_a_command_is_a_question() {
    for words in [
        "cancel the subscription when it is closed?",
        "pause-ability: is it tested",
        "explain why line 3 is wrong",
        "what does this do?",
        "reviewer's guide, where is it?",
        "helpful, thanks",
    ] {
        assert_eq!(one(&format!("@longshore {words}")), question(words));
    }
}

#[test]
fn a_question_takes_in_the_lines_after_it_and_a_command_does_not() {
    let body = "@longshore why is this slow?\n\n```rust\n@longshore review\n```\n> quoted\n\n@longshore review\nthanks";
    let asked = question("why is this slow?\n\n```rust\n@longshore review\n```\n> quoted");
    assert_eq!(parse(body, "longshore"), [asked, Command::Review]);
    assert_eq!(one("@longshore\nwhy?"), question("why?"));
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
fn a_command_without_its_id_is_answered_with_its_usage() {
    assert_eq!(one("@longshore approve"), Command::Misused(Verb::Approve));
    assert_eq!(one("@longshore reject it all"), Command::Misused(Verb::Reject));
    assert_eq!(one("@longshore cancel reminder"), Command::Misused(Verb::CancelReminder));
}

#[test]
fn a_flood_of_commands_is_bounded() {
    let body = "@longshore review\n".repeat(10_000);
    assert_eq!(parse(&body, "longshore").len(), COMMANDS_MAX);
}

#[test]
fn a_text_that_is_too_long_is_cut_and_says_so() {
    for verb in ["remind", "how"] {
        let body = format!("@longshore {verb} {}", "é".repeat(60_000));
        let (Command::Remind { text } | Command::Question { text }) = one(&body) else { panic!("{verb}") };
        assert_eq!((text.chars().count(), text.ends_with(CUT)), (TEXT_CHARS_MAX, true));
    }
    let Command::CancelReminder(id) = one(&format!("@longshore cancel reminder {}", "7".repeat(500))) else { panic!() };
    assert_eq!(id.len(), REMINDER_ID_CHARS_MAX);
}

#[test]
fn letters_beyond_ascii_do_not_confuse_the_name() {
    assert_eq!(parse("@löngshore review", "longshore"), []);
    assert_eq!(parse("@ééééééééé review", "longshore"), []);
}

#[test]
fn every_command_has_one_row_and_its_usage_is_read_as_itself() {
    for row in &table::TABLE {
        assert_eq!(row.verb.row().usage, row.usage);
    }
    for (number, row) in table::TABLE.iter().enumerate() {
        assert!(table::TABLE[..number].iter().all(|earlier| earlier.verb != row.verb), "{:?} twice", row.verb);
    }
    assert_eq!(one("@longshore remind me WHEN to TEXT"), Command::Remind { text: "me WHEN to TEXT".into() });
    assert_eq!(one("@longshore approve K7QF2M"), Command::Approve(id("K7QF2M")));
    assert_eq!(one("@longshore anything else"), question("anything else"));
}

/// The page in `docs/` lists the commands as they are; `UPDATE_DOCS=1 cargo test -p domain` writes the list anew.
#[test]
fn the_commands_in_the_docs_are_the_table() {
    let rows = table::TABLE.iter().map(|row| format!("| `{}` | {} | {} |\n", row.usage, row.does, row.who.words()));
    let list = format!("\n| `@longshore …` | what it does | who may |\n|---|---|---|\n{}\n", rows.collect::<String>());
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/github-app.md");
    let page = std::fs::read_to_string(&path).expect("the page is there");
    let (before, rest) = page.split_once("<!-- commands -->\n").expect("where the list begins");
    let (there, after) = rest.split_once("<!-- /commands -->").expect("where the list ends");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let page = format!("{before}<!-- commands -->\n{list}<!-- /commands -->{after}");
        std::fs::write(&path, page).expect("docs/ can be written");
        return;
    }
    assert_eq!(there, list, "docs/github-app.md is stale: run `UPDATE_DOCS=1 cargo test -p domain`");
}
