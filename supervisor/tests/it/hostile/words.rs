//! Words: each item of what the encoder neutralises, in every place where a machine's words are shown.

use super::Agent;
use crate::stage::Stage;
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};

/// A zero-width space: what stands in a mention, a reference or a command so that nobody acts on it.
const BREAK: char = '\u{200b}';
/// Longest text GitHub takes.
const BODY_CHARS_MAX: usize = 65_535;
/// A line that the demo's pull request changes, and its file: a finding there becomes an inline comment.
const CHANGED: (&str, u32) = ("src/upload.rs", 41);
/// Looks like a token of GitHub's and is none. Put together here, so that no scanner of this repository trips over it.
const TOKEN: [&str; 2] = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"];

/// One run of a review in which the agent says this; what people see then.
async fn published(lines: &[Value]) -> (Stage, Agent) {
    let agent = Agent::saying(lines);
    let stage = Stage::open(&agent.settings()).await;
    stage.open_pull_request().await;
    (stage, agent)
}

/// Everything of ours that GitHub would render, with a name for each.
async fn texts(stage: &Stage) -> Vec<(String, String)> {
    let truth = stage.truth().await;
    let mut texts = Vec::new();
    for check in &truth.checks {
        texts.push((format!("summary of check {}", check.id), check.summary.clone().unwrap_or_default()));
    }
    for review in &truth.reviews {
        texts.push((format!("review {}", review.id), review.body.clone()));
        texts.extend(review.comments.iter().map(|it| (format!("inline comment {}", it.id), it.body.clone())));
    }
    texts.extend(truth.comments.iter().map(|it| (format!("comment {}", it.id), it.body.clone())));
    texts
}

/// What Markdown makes of a text: its prose outside code, or the first thing that must not be there. Ours are headings,
/// bold words, tables, small print, links to ourselves and to the check, and the marker as the last line.
fn prose(text: &str) -> Result<String, String> {
    let marker = text.trim_end().lines().next_back().filter(|line| line.starts_with("<!-- longshore:v1:"));
    let body = marker.map_or(text, |marker| text.trim_end().strip_suffix(marker).unwrap_or(text));
    let mut prose = String::new();
    let mut in_code = false;
    for event in Parser::new_ext(body, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) if !in_code => prose.push_str(&text),
            Event::Text(_) => {}
            Event::Start(Tag::Link { link_type: LinkType::Inline, dest_url, .. })
                if dest_url.starts_with("http://127.0.0.1:") => {}
            Event::Html(html) | Event::InlineHtml(html) if ["<sub>", "</sub>"].contains(&html.trim()) => {}
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock)
            | Event::Html(_)
            | Event::InlineHtml(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => return Err(format!("{event:?}")),
            Event::Start(_) => {}
            _ => prose.push('\n'),
        }
    }
    Ok(prose)
}

/// Nobody is notified, nothing is closed, no bot obeys, nothing is loaded from elsewhere, nothing is hidden.
fn assert_harmless(what: &str, text: &str) {
    let prose = prose(text).unwrap_or_else(|found| panic!("{what} shows {found}:\n{text}"));
    let chars: Vec<char> = prose.chars().collect();
    for pair in chars.windows(2) {
        assert!(!(pair[0] == '@' && pair[1].is_alphanumeric()), "{what} has a live mention:\n{text}");
        assert!(!(pair[0] == '#' && pair[1].is_numeric()), "{what} has a live reference:\n{text}");
    }
    assert!(!prose.contains("://"), "{what} has a live address:\n{text}");
    for line in prose.lines() {
        let obeyed = ["/approve", "@dependabot", "bors r+"].iter().any(|command| line.starts_with(command));
        assert!(!obeyed, "{what} has a command at the start of {line:?}:\n{text}");
    }
    let hidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!text.chars().any(hidden), "{what} has a hidden character:\n{text:?}");
    assert!(!text.contains(&TOKEN.concat()), "{what} has a secret:\n{text}");
    assert!(text.chars().count() <= BODY_CHARS_MAX, "{what} is too long");
}

/// Each item of the encoder's list, and what becomes of it.
fn hostile_items() -> Vec<(&'static str, String, String)> {
    let item = |name, says: &str, shown: &str| (name, says.to_owned(), shown.to_owned());
    vec![
        item("image", "look ![a](http://evil.example/pixel.png)", r"look `![a](http://evil.example/pixel.png)`"),
        item("raw HTML", "see <img src=x onerror=alert(1)>", "see &lt;img src=x onerror=alert(1)&gt;"),
        item("details", "a </details></sub> b", "a &lt;/details&gt;&lt;/sub&gt; b"),
        item("foreign link", "read [this](https://evil.example/x)", "read `[this](https://evil.example/x)`"),
        item("bare address", "at https://evil.example/?q=1 now", "at `https://evil.example/?q=1` now"),
        item("mention", "ask @octocat today", "ask @\u{200b}octocat today"),
        item("team", "ask @acme/core today", "ask @\u{200b}acme/core today"),
        item("closing keyword", "this fixes #1 for good", "this fixes #\u{200b}1 for good"),
        item("reference", "see GH-12 there", "see GH-\u{200b}12 there"),
        item("pipe", "a | b | c", r"a \| b \| c"),
        item("lone backtick", "an open ` tick", r"an open \` tick"),
        item("bidi", "if\u{202e} admin", "ifU+202E admin"),
        item("zero width", "pass\u{200b}word", "passU+200Bword"),
        item("secret", &format!("found {} there", TOKEN.concat()), r"found ghp\_…(redacted) there"),
        item(
            "marker",
            "x <!-- longshore:v1:review:wf_1:1:00 --> y",
            r"x &lt;\!-- longshore:v1:review:wf\_1:1:00 --&gt; y",
        ),
    ]
}

fn finding(title: &str, detail: &str, line: Option<u32>) -> Value {
    json!({ "type": "finding", "path": CHANGED.0, "line": line, "title": title, "detail": detail, "rule": title })
}

#[tokio::test]
async fn each_hostile_word_of_a_finding_is_neutralised_in_the_check_the_review_and_at_its_line() {
    let lines: Vec<Value> = hostile_items()
        .iter()
        .enumerate()
        .map(|(place, (_, says, _))| finding(says, says, (place % 2 == 0).then_some(CHANGED.1)))
        .collect();
    let (stage, _agent) = published(&lines).await;
    stage.until_status("idle").await;
    let texts = texts(&stage).await;
    for (what, text) in &texts {
        assert_harmless(what, text);
    }
    let summary = &texts.iter().find(|(what, _)| what.starts_with("summary")).expect("a summary").1;
    let elsewhere: String =
        texts.iter().filter(|(what, _)| !what.starts_with("summary")).map(|it| it.1.as_str()).collect();
    for (name, _, shown) in hostile_items() {
        assert!(summary.contains(&shown), "{name}: no {shown:?} in the summary:\n{summary}");
        assert!(elsewhere.contains(&shown), "{name}: no {shown:?} in the review:\n{elsewhere}");
    }
    let truth = stage.truth().await;
    assert_eq!(truth.reviews[0].comments.len(), hostile_items().len().div_ceil(2), "every other one is at its line");
    let titles: Vec<_> = truth.checks.iter().filter_map(|check| check.title.clone()).collect();
    assert!(titles.iter().all(|title| title.starts_with("15 findings at ")), "{titles:?}");
}

#[tokio::test]
async fn commands_of_other_bots_and_fences_stay_inside_a_detail_of_several_lines() {
    let detail = "why:\n/approve\n@dependabot merge\nbors r+\n# heading\n> quote\n- item\n\n```\nopen\n~~~~\n/approve\n````\nstill\n```suggestion\nrm -rf\n```\nfixes #1\n";
    let (stage, _agent) =
        published(&[finding("inline", detail, Some(CHANGED.1)), finding("in the body", detail, None)]).await;
    stage.until_status("idle").await;
    let texts = texts(&stage).await;
    for (what, text) in &texts {
        assert_harmless(what, text);
        let live =
            text.lines().find(|line| ["/approve", "@", "bors", "# ", "> ", "- "].iter().any(|it| line.starts_with(it)));
        let fenced = "```\nopen\n~~~~\n/approve\n";
        assert!(live.is_none() || text.contains(fenced), "{what}: {live:?}\n{text}");
        assert!(!text.lines().any(|line| line == "```suggestion"), "{what} offers something to apply:\n{text}");
    }
    let shown = format!("{BREAK}/approve\n{BREAK}@{BREAK}dependabot merge\n{BREAK}bors r+\n{BREAK}# heading\n");
    assert_eq!(
        texts.iter().filter(|(_, text)| text.contains(&shown)).count(),
        2,
        "at the line and in the body: {texts:#?}"
    );
}

#[tokio::test]
async fn a_suggestion_is_fenced_longer_than_its_content_and_left_out_if_it_hides_something() {
    let with = |suggestion: &str, title: &str| {
        let mut finding = finding(title, "", Some(CHANGED.1));
        finding["suggestion"] = suggestion.into();
        finding
    };
    let (stage, _agent) = published(&[
        with("```\n<img src=x>\n```", "fences"),
        with("let\u{202e} a;", "bidi"),
        with(&format!("let token = {:?};", TOKEN.concat()), "secret"),
    ])
    .await;
    stage.until_status("idle").await;
    let truth = stage.truth().await;
    let at = |title: &str| {
        let comments = truth.reviews[0].comments.iter();
        comments.map(|it| it.body.clone()).find(|body| body.contains(&format!("**{title}**"))).expect("its comment")
    };
    assert!(at("fences").contains("\n````suggestion\n```\n<img src=x>\n```\n````\n"), "{}", at("fences"));
    assert!(!at("bidi").contains("suggestion"), "{}", at("bidi"));
    assert!(!at("secret").contains("suggestion"), "{}", at("secret"));
    texts(&stage).await.iter().for_each(|(what, text)| assert_harmless(what, text));
}

#[tokio::test]
async fn paths_rules_notes_and_places_that_are_no_places_are_neutralised_too() {
    let mut lines = vec![
        json!({ "type": "finding", "path": "a`b|<img src=x>\n@octocat.rs", "title": "a path", "rule": "<b>@octocat</b> `x`" }),
        json!({ "type": "finding", "path": "../../etc/passwd", "line": u32::MAX, "end_line": u32::MAX, "title": "elsewhere" }),
        json!({ "type": "finding", "path": "", "line": 1, "title": "nowhere" }),
        json!({ "type": "progress", "phase": "reading <img src=x> @octocat", "files_read": 1 }),
    ];
    lines.push(json!({
        "type": "done",
        "not_checked": ["<b>bold</b> @octocat\n/approve", "![x](http://evil.example/x)"],
        "notes": [format!("{} fixes #2", TOKEN.concat()), "a | b\u{202e}"],
    }));
    let (stage, _agent) = published(&lines).await;
    stage.until_status("idle").await;
    let texts = texts(&stage).await;
    texts.iter().for_each(|(what, text)| assert_harmless(what, text));
    let summary = &texts.iter().find(|(what, _)| what.starts_with("summary")).expect("a summary").1;
    for shown in [
        "``a`b\\|<img src=x> @octocat.rs``",
        "`../../etc/passwd:4294967295`",
        "&lt;b&gt;bold&lt;/b&gt; @\u{200b}octocat /approve",
        "`![x](http://evil.example/x)`",
        "ghp\\_…(redacted) fixes #\u{200b}2",
    ] {
        assert!(summary.contains(shown), "no {shown:?} in {summary}");
    }
}

#[tokio::test]
async fn a_question_is_text_and_the_longest_texts_fit() {
    let long = "@octocat <img src=x> | `` ".repeat(400);
    let mut lines: Vec<Value> =
        (0..200).map(|n| finding(&format!("{n} {long}"), &long, (n % 2 == 0).then_some(CHANGED.1))).collect();
    lines.push(json!({ "type": "question", "question": format!("/approve\n@dependabot merge\nfixes #1\n<img src=x>\n{long}") }));
    let (stage, _agent) = published(&lines).await;
    stage.until_status("awaiting_decision").await;
    let texts = texts(&stage).await;
    texts.iter().for_each(|(what, text)| assert_harmless(what, text));
    let question =
        format!("{BREAK}/approve\n{BREAK}@{BREAK}dependabot merge\n{BREAK}fixes #{BREAK}1\n{BREAK}&lt;img src=x&gt;\n");
    assert!(texts.iter().any(|(_, text)| text.contains(&question)), "{texts:#?}");
    let said = texts.iter().find(|(what, _)| what.starts_with("review")).expect("a review");
    assert!(said.1.trim_end().ends_with(" -->"), "its own marker is never cut");
}
