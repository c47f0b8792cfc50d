use super::*;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

/// The head of the one table that a test makes itself.
const TABLE: &str = "| a | b |\n|---|---|";

/// What a reader's Markdown makes of it: prose outside code, or the first thing that must not be there.
fn prose(markdown: &str) -> Result<String, String> {
    let mut prose = String::new();
    let mut in_code = false;
    for event in
        Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH)
    {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_code = false,
            Event::Start(Tag::Paragraph) | Event::End(_) | Event::Code(_) => prose.push('\n'),
            Event::SoftBreak | Event::HardBreak => prose.push('\n'),
            Event::Text(text) if !in_code => prose.push_str(&text),
            Event::Text(_) => {}
            Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell)
                if markdown.starts_with(TABLE) => {}
            other => return Err(format!("{other:?}")),
        }
    }
    Ok(prose)
}

fn assert_harmless(markdown: &str) {
    let prose = prose(markdown).unwrap_or_else(|found| panic!("{found} in {markdown:?}"));
    let chars: Vec<char> = prose.chars().collect();
    for pair in chars.windows(2) {
        assert!(!(pair[0] == '@' && pair[1].is_alphanumeric()), "a live mention in {markdown:?}");
        assert!(!(pair[0] == '#' && pair[1].is_numeric()), "a live reference in {markdown:?}");
    }
    assert!(!prose.contains("://"), "a live address in {markdown:?}");
    let hidden = markdown.chars().find(|c| *c != BREAK && visible::is_hidden(*c));
    assert_eq!(hidden, None, "a hidden character in {markdown:?}");
}

/// Text made of what attacks are made of.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "`", "``", "```", "~~~", "\n", "\r\n", " ", "    ", "\t", "@", "@octocat", "#1", "GH-2", "fixes #3", "/approve",
            "@dependabot merge", "bors r+", "<img src=x>", "<!--", "-->", "</details>", "<script>", "![a](http://x/y)",
            "[a](javascript:x)", "[a]: http://x", "http://x.y/z", "www.x.y", "mailto:a@b.c", "|", "\\", "*", "_", "**", "# ",
            "> ", "- ", "1. ", "===", "---", "$x$", "&lt;", "&#64;a", "&", "\u{202e}", "\u{200b}", "\u{0}", "\u{feff}", "!", "[",
            "]", "(", ")", "[^1]", ":x:", "owner/repo#9", "a@b.c", "xmpp:a@b",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[a-z]{1,5}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_line_is_harmless_whatever_it_holds(text in hostile()) {
        let line = inline(&text);
        assert_harmless(&line);
        prop_assert!(!line.contains('\n'));
    }

    #[test]
    fn paragraphs_are_harmless_whatever_they_hold(text in hostile()) {
        let block = block(&text);
        assert_harmless(&block);
    }

    #[test]
    fn no_line_of_prose_begins_with_a_command(text in hostile()) {
        let mut fence: Option<usize> = None;
        for line in block(&text).lines() {
            let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
            match fence {
                Some(length) => if ticks >= length && ticks == line.len() { fence = None },
                None if ticks >= 3 => fence = Some(ticks),
                None => prop_assert!(line.is_empty() || line.starts_with(BREAK), "{line:?}"),
            }
        }
    }

    #[test]
    fn a_cell_stays_one_cell(text in hostile()) {
        let table = format!("{TABLE}\n| {} | end |", cell(&text));
        let cells = Parser::new_ext(&table, Options::ENABLE_TABLES)
            .filter(|event| matches!(event, Event::Start(Tag::TableCell)))
            .count();
        prop_assert_eq!(cells, 4, "{}", table);
        assert_harmless(&table);
    }

    #[test]
    fn verbatim_text_stays_inside(text in hostile()) {
        for markdown in [fence("text", &text), code(&text)] {
            let prose = prose(&markdown).unwrap_or_else(|found| panic!("{found} in {markdown:?}"));
            prop_assert!(prose.trim().is_empty(), "{:?} got out of {:?}", prose, markdown);
        }
    }

    #[test]
    fn showing_and_redacting_twice_changes_nothing_more(text in hostile()) {
        let once = visible(&redact(&text));
        prop_assert_eq!(visible(&redact(&once)), once);
    }
}

#[test]
fn code_spans_survive_and_other_markdown_is_shown_as_written() {
    assert_eq!(inline("`dbg!` outside tests"), "`dbg!` outside tests");
    assert_eq!(inline("Not valid JSON: comma before `}`"), "Not valid JSON: comma before `}`");
    assert_eq!(inline("**bold** [a](b) ![c](d)"), r"\*\*bold\*\* \[a\](b) \!\[c\](d)");
    assert_eq!(inline("a ` lone backtick"), r"a \` lone backtick");
}

#[test]
fn markup_is_text() {
    assert_eq!(inline("<img src=x onerror=y>"), "&lt;img src=x onerror=y&gt;");
    assert_eq!(inline("see https://evil.example/?q=1"), "see `https://evil.example/?q=1`");
}

#[test]
fn mentions_and_references_are_broken() {
    assert_eq!(
        inline("thanks @octocat, fixes #1 and GH-2"),
        "thanks @\u{200b}octocat, fixes #\u{200b}1 and GH-\u{200b}2"
    );
}

#[test]
fn commands_of_other_bots_do_not_stand_at_the_start_of_a_line() {
    assert_eq!(
        block("/approve\nbors r+\n\n\n@dependabot merge"),
        "\u{200b}/approve\n\u{200b}bors r+\n\n\u{200b}@\u{200b}dependabot merge"
    );
}

#[test]
fn fenced_code_in_a_block_stays_code() {
    assert_eq!(block("look:\n~~~rust\nlet a;\n~~~\nend"), "\u{200b}look:\n```rust\nlet a;\n```\n\u{200b}end");
    assert_eq!(block("```\nnever closed"), "```\nnever closed\n```");
    assert_eq!(block("~~~~suggestion\nrm\n~~~~"), "```\nrm\n```");
}

#[test]
fn a_pipe_does_not_end_a_cell() {
    assert_eq!(cell("a | `b | c`"), r"a \| `b \| c`");
}

#[test]
fn plain_text_is_one_line_without_hidden_characters() {
    assert_eq!(plain("  a\n b\u{202e} "), "a bU+202E");
}

#[test]
fn images_links_and_comments_are_text() {
    assert_eq!(inline("![a](http://evil.example/x)"), "`![a](http://evil.example/x)`");
    assert_eq!(inline("[a](https://evil.example)"), "`[a](https://evil.example)`");
    assert_eq!(inline("x <!-- longshore:v1:review:1:00 -->"), r"x &lt;\!-- longshore:v1:review:1:00 --&gt;");
}

#[test]
fn a_table_stays_whole() {
    assert_eq!(cell("a | b\n| c"), r"a \| b \| c");
}

#[test]
fn secrets_and_hidden_characters_are_shown_as_what_they_are() {
    let token = format!("ghp_{}", "aB3".repeat(12));
    assert_eq!(inline(&format!("token {token}.")), "token ghp\\_…(redacted).");
    assert_eq!(inline("if\u{202e} admin"), "ifU+202E admin");
}
