//! Safe HTML: everything is escaped but what this crate wrote itself.

use super::style::STYLE;
use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// Text as HTML.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Markdown as HTML. Raw HTML is shown as text but for comments, which GitHub hides, and `<sub>`, which it keeps. Links go
/// to pages of ours, to the web, or nowhere; images are not loaded.
pub fn markdown(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut diff = None::<String>;
    let events = Parser::new_ext(text, options).filter_map(|event| match (event, &mut diff) {
        (Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))), None) if &*language == "diff" => {
            diff = Some(String::new());
            None
        }
        (Event::End(TagEnd::CodeBlock), Some(lines)) => {
            let shown = diff_lines(&std::mem::take(lines));
            diff = None;
            Some(Event::Html(shown.into()))
        }
        (Event::Text(text), Some(lines)) => {
            lines.push_str(&text);
            None
        }
        (event, _) => tamed(event),
    });
    let mut rendered = String::new();
    html::push_html(&mut rendered, events);
    rendered
}

/// Lines of a patch, coloured.
pub fn diff_lines(patch: &str) -> String {
    let line = |line: &str| {
        let class = match line.chars().next() {
            Some('+') => "a",
            Some('-') => "d",
            Some('@') => "h",
            _ => "c",
        };
        format!("<span class=\"{class}\">{}</span>", escape(line))
    };
    let lines: String = patch.lines().map(line).collect();
    if lines.is_empty() { lines } else { format!("<pre class=\"diff\">{lines}</pre>") }
}

fn tamed(event: Event<'_>) -> Option<Event<'_>> {
    match event {
        Event::Html(raw) | Event::InlineHtml(raw) => tame(&raw),
        Event::Start(Tag::Image { dest_url, .. }) => Some(Event::Text(CowStr::from(format!("[image: {dest_url}] ")))),
        Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = if harmless(&dest_url) { dest_url } else { CowStr::from("#") };
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        other => Some(other),
    }
}

fn tame<'a>(raw: &CowStr<'a>) -> Option<Event<'a>> {
    let trimmed = raw.trim();
    if trimmed.starts_with("<!--") {
        return None;
    }
    if matches!(trimmed, "<sub>" | "</sub>" | "<sup>" | "</sup>" | "<br>") {
        return Some(Event::InlineHtml(raw.clone()));
    }
    Some(Event::Text(raw.clone()))
}

fn harmless(url: &str) -> bool {
    let lower = url.trim().to_ascii_lowercase();
    lower.starts_with("http://")
        || lower.starts_with("https://")
        || lower.starts_with(['#', '/'])
        || !lower.contains(':')
}

/// A whole page; it loads itself again after so many seconds, if a number is given.
pub fn page(title: &str, reload_s: Option<u32>, body: &str) -> String {
    // To the address without its query: what the query says holds once.
    let reload = reload_s.map(|it| format!("<meta http-equiv=\"refresh\" content=\"{it};url=?\">")).unwrap_or_default();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">{reload}<title>{}</title><style>{STYLE}</style></head>\
         <body><p class=\"standin\">stand-in, not GitHub</p><main>{body}</main></body></html>",
        escape(title)
    )
}

/// A page with a few words.
pub fn message(title: &str, words: &str) -> String {
    page(
        title,
        None,
        &format!("<h1>{}</h1><p>{}</p><p><a href=\"/\">All pull requests</a></p>", escape(title), escape(words)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_markdown_does_not_become_markup() {
        let hostile =
            ["<script>alert(1)</script>", "![x](http://evil/p.png)", "[a](javascript:alert(1))", "a <!-- m -->"];
        let rendered = markdown(&hostile.join("\n\n"));
        for bad in ["<script", "<img", "javascript:", "<!--", "&lt;!--"] {
            assert!(!rendered.contains(bad), "{bad} in {rendered}");
        }
    }

    #[test]
    fn what_the_supervisor_writes_is_rendered() {
        let rendered =
            markdown("### Apply?\n\n| a | b |\n|---|---|\n| `x` | y |\n\n<sub>small</sub>\n\n```diff\n-<b>\n```\nend");
        for part in ["<h3>", "<table>", "<code>x</code>", "<sub>small</sub>", "<span class=\"d\">-&lt;b&gt;", "<p>end"]
        {
            assert!(rendered.contains(part), "{part} not in {rendered}");
        }
    }
}
